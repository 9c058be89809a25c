//===- BlockBytes.h - What blocks are made of -------------------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_GGUF_BLOCKBYTES_H
#define G4_MODELS_CHECKPOINT_GGUF_BLOCKBYTES_H

#include "runtime/base/F16.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace g4::gguf {

/// Numbers that a block's 4-bit codes choose from in IQ4_NL and IQ4_XS.
inline constexpr int8_t kIq4Values[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

inline float f16At(const std::byte *at) {
  uint16_t bits; // not aligned in the file
  std::memcpy(&bits, at, sizeof(bits));
  return g4rt::fromF16(bits);
}

template <typename T>
T numberAt(const std::byte *at) {
  T number;
  std::memcpy(&number, at, sizeof(number));
  return number;
}

inline uint8_t byteAt(const std::byte *at) {
  return std::to_integer<uint8_t>(*at);
}

/// Scale and minimum of 32 numbers of Q4_K or Q5_K, 6 bits each.
struct SmallScale {
  int scale, minimum;
};

/// Of sub-block `i` of 8 in 12 bytes. Bytes 0-3 and 4-7 have six bits of the
/// scales and the minima of the first four; those of the last four are in
/// halves of bytes 8-11, with their upper two bits on top of bytes 0-7.
inline SmallScale smallScaleAt(const std::byte *bytes, int i) {
  if (i < 4)
    return {byteAt(bytes + i) & 63, byteAt(bytes + 4 + i) & 63};
  int low = byteAt(bytes + 4 + i);
  return {(low & 15) | (byteAt(bytes + i - 4) >> 6) << 4,
          low >> 4 | (byteAt(bytes + i) >> 6) << 4};
}

/// Decodes whole blocks with `decodeBlock`.
template <size_t kNumElements, size_t kNumBytes,
          void (*decodeBlock)(const std::byte *block, float *out)>
void decodeBlocks(std::span<const std::byte> blocks, std::span<float> out) {
  for (size_t i = 0; i < out.size() / kNumElements; ++i)
    decodeBlock(blocks.data() + i * kNumBytes, out.data() + i * kNumElements);
}

} // namespace g4::gguf

#endif // G4_MODELS_CHECKPOINT_GGUF_BLOCKBYTES_H
