//===- Synthetic.h - The numbers of weights that nobody trained -*- C++ -*-===//
//
// The formula of docs/artifact.md for synthetic weights, in plain C++: the
// packer writes these numbers where a file shall hold them, and tests compare
// them with what the generator kernels (compiler/tile/kernels/Generate.cpp)
// leave in memory. Both must give the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_SYNTHETIC_H
#define G4_RUNTIME_ARTIFACT_SYNTHETIC_H

#include "runtime/base/Bf16.h"

#include <bit>
#include <cstdint>

namespace g4::artifact {

/// Multipliers of the hash: those of the 32-bit mixer "lowbias32" (C. Wellons,
/// public domain), found by search for the least bias; and 2^32 / golden ratio,
/// which spreads columns that follow each other.
inline constexpr uint32_t kHashFactor1 = 0x7feb352d, kHashFactor2 = 0x846ca68b;
inline constexpr uint32_t kHashColumn = 0x9e3779b9;

/// A bijection of 32-bit words in which every bit depends on every other.
constexpr uint32_t mixBits(uint32_t x) {
  x = (x ^ (x >> 16)) * kHashFactor1;
  x = (x ^ (x >> 15)) * kHashFactor2;
  return x ^ (x >> 16);
}

/// Numbers evenly distributed in (center - halfWidth, center + halfWidth).
struct SyntheticValues {
  uint64_t seed = 0;
  float center = 0, halfWidth = 0;

  /// What a step of the whole numbers of at() is worth: they are below 2^23.
  float step() const { return halfWidth * 0x1p-23f; }

  /// 32 random bits for a place; `row` counts through all matrices of a weight.
  uint32_t bitsAt(uint32_t row, uint32_t col) const {
    uint32_t key = mixBits(row ^ static_cast<uint32_t>(seed)) ^
                   static_cast<uint32_t>(seed >> 32);
    return mixBits(key ^ (col * kHashColumn));
  }

  /// The integer of a 4-bit weight: evenly distributed in 0..15.
  int int4At(uint32_t row, uint32_t col) const {
    return static_cast<int>(bitsAt(row, col) >> 28);
  }
  /// The size of all its scales, bits of a bf16: (0..15 - 8) * size has nearly
  /// the deviation of the plain numbers.
  uint16_t int4ScaleSize() const { return g4rt::toBf16(halfWidth / 8); }
  /// The scale of a group. Its sign is random: the mean of the integers is
  /// -1/2, that of a row's numbers shall be 0.
  uint16_t int4ScaleAt(uint32_t row, uint32_t group) const {
    uint32_t sign = bitsAt(row, ~group) >> 31;
    return static_cast<uint16_t>(int4ScaleSize() | sign << 15);
  }

  /// An odd number of 24 bits, so that no sign is favoured and none is zero,
  /// times step(). With a center, halfWidth is a power of two: then the product
  /// is exact and a fused multiply-add gives the same.
  float at(uint32_t row, uint32_t col) const {
    int32_t odd = (std::bit_cast<int32_t>(bitsAt(row, col)) >> 8) | 1;
    return center + static_cast<float>(odd) * step();
  }
};

} // namespace g4::artifact

#endif // G4_RUNTIME_ARTIFACT_SYNTHETIC_H
