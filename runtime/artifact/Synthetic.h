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

#include "runtime/artifact/WeightFormat.h"

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

  /// The code of a number with a scale: its random bits are the highest ones.
  uint32_t codeAt(const WeightFormat &format, uint32_t row,
                  uint32_t col) const {
    return bitsAt(row, col) >> (32 - format.bits) & format.syntheticMask;
  }
  /// The size of all scales: the numbers have nearly the deviation of the plain
  /// ones.
  uint32_t scaleBits(const WeightFormat &format) const {
    return bitsOf(format.scale, halfWidth / format.syntheticSteps);
  }
  /// Whether the scale of a group is negative. That is random: the mean of the
  /// integers of 4 bits is -1/2, that of a row's numbers shall be 0.
  bool isNegative(uint32_t row, uint32_t group) const {
    return bitsAt(row, ~group) >> 31 != 0;
  }
  /// The scale of a group.
  uint32_t scaleBitsAt(const WeightFormat &format, uint32_t row,
                       uint32_t group) const {
    return scaleBits(format) | uint32_t{isNegative(row, group)}
                                   << (8 * format.scaleBytes() - 1);
  }

  /// The minimum of a group: 8 times its scale with the other sign, so that
  /// codes of 4 bits are spread around zero.
  uint32_t minimumBitsAt(const WeightFormat &format, uint32_t row,
                         uint32_t group) const {
    uint32_t size = scaleBits(format);
    if (size != 0)
      size += timesEight(format);
    return size | uint32_t{!isNegative(row, group)}
                      << (8 * format.scaleBytes() - 1);
  }
  /// What to add to the bits of a scale, for a number that is 8 times as large.
  static uint32_t timesEight(const WeightFormat &format) {
    return 3u << (format.scale == NumberType::F16    ? 10
                  : format.scale == NumberType::BF16 ? 7
                                                     : 23);
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
