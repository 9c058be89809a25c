//===- SmallFloats.h - Floating-point numbers of 4 and 8 bits ---*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_QUANTIZED_SMALLFLOATS_H
#define G4_MODELS_CHECKPOINT_QUANTIZED_SMALLFLOATS_H

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace g4 {

/// E2M1 of the OCP microscaling formats: a sign, two bits of exponent, one of
/// mantissa; neither NaN nor infinity.
constexpr std::array<float, 16> kE2M1 = {0,    .5f,  1,  1.5f,  2,  3,  4,  6,
                                         -0.f, -.5f, -1, -1.5f, -2, -3, -4, -6};

/// E4M3 of the OCP 8-bit formats ("fn": no infinity; both codes with all bits
/// of exponent and mantissa are NaN), exactly.
inline float fromE4M3(uint8_t bits) {
  int exponent = bits >> 3 & 15, mantissa = bits & 7;
  float size = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -9)
                             : std::ldexp(static_cast<float>(8 + mantissa),
                                          exponent - 10);
  if ((bits & 127) == 127)
    size = std::numeric_limits<float>::quiet_NaN();
  return bits & 128 ? -size : size;
}

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_QUANTIZED_SMALLFLOATS_H
