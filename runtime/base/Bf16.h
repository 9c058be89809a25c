//===- Bf16.h - bf16 and f32 ------------------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_BASE_BF16_H
#define G4_RUNTIME_BASE_BF16_H

#include <bit>
#include <cstdint>

namespace g4rt {

/// The nearest bf16, ties to even, as its bits; NaN stays NaN.
inline uint16_t toBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Exact.
inline float fromBf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

} // namespace g4rt

#endif // G4_RUNTIME_BASE_BF16_H
