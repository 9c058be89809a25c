//===- F16.h - f16 and f32 --------------------------------------*- C++ -*-===//
//
// Not by _Float16: the processors that a program may expect have no instruction
// for it, and each conversion is a call. A checkpoint has billions of numbers.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_F16_H
#define G4_RUNTIME_BASE_F16_H

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace g4rt {

/// Exact. An f16 has its exponent 112 below an f32's: multiplied by 2^112,
/// subnormal numbers are right, too.
inline float fromF16(uint16_t bits) {
  constexpr uint32_t kExponent = 0x7c00;
  uint32_t sign = (bits & 0x8000U) << 16, size = (bits & 0x7fffU) << 13;
  uint32_t finite =
      std::bit_cast<uint32_t>(std::bit_cast<float>(size) * 0x1p112F);
  bool isFinite = (bits & kExponent) != kExponent;
  return std::bit_cast<float>(sign | (isFinite ? finite : 0x7f800000 | size));
}

/// The nearest f16, ties to even, as its bits; what is larger than the largest
/// becomes that; NaN stays NaN.
inline uint16_t toF16(float value) {
  constexpr float kSmallestNormal = 0x1p-14F, kLargest = 65504;
  constexpr uint32_t kDropped = 13; // bits of mantissa
  uint32_t sign = std::signbit(value) ? 0x8000 : 0;
  float size = std::abs(value);
  if (std::isnan(value))
    return static_cast<uint16_t>(sign | 0x7e00);
  if (size < kSmallestNormal) // f32 from 1/2 to 1 have its steps, of 2^-24
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(size + 0.5F) -
                                         std::bit_cast<uint32_t>(0.5F)));
  auto bits = std::bit_cast<uint32_t>(std::min(size, kLargest));
  bits += (1U << (kDropped - 1)) - 1 + (bits >> kDropped & 1);
  return static_cast<uint16_t>(sign |
                               ((bits >> kDropped) - ((127 - 15) << 10)));
}

} // namespace g4rt

#endif // G4_RUNTIME_BASE_F16_H
