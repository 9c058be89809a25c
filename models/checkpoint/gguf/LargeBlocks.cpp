//===- LargeBlocks.cpp - Blocks of 256 numbers ----------------------------===//

#include "models/checkpoint/gguf/BlockBytes.h"
#include "models/checkpoint/gguf/Blocks.h"

namespace g4::gguf {

/// 4-bit code of number `k` of a block: each 32 bytes have the low halves first
/// and then, for the next 32 numbers, the high ones.
static int nibbleOf(const std::byte *codes, int k) {
  int byte = byteAt(codes + k / 64 * 32 + k % 32);
  return k % 64 < 32 ? byte & 15 : byte >> 4;
}

/// 256 numbers with the codes that `codeOf` gives.
template <typename CodeOf>
static void decodeWithMinimum(const std::byte *block, CodeOf codeOf,
                              float *out) {
  float d = f16At(block), m = f16At(block + 2);
  for (int i = 0; i < 8; ++i) {
    SmallScale small = smallScaleAt(block + 4, i);
    float scale = d * static_cast<float>(small.scale);
    float minimum = m * static_cast<float>(small.minimum);
    for (int k = 32 * i; k < 32 * (i + 1); ++k) {
      float product = scale * static_cast<float>(codeOf(k)); // rounded
      out[k] = product - minimum;
    }
  }
}

static void decodeQ4K(const std::byte *block, float *out) {
  decodeWithMinimum(block, [&](int k) { return nibbleOf(block + 16, k); }, out);
}

static void decodeQ5K(const std::byte *block, float *out) {
  // Bit i of byte j: the fifth bit of number j of sub-block i.
  decodeWithMinimum(
      block,
      [&](int k) {
        int high = byteAt(block + 16 + k % 32) >> (k / 32) & 1;
        return nibbleOf(block + 48, k) | high << 4;
      },
      out);
}

static void decodeQ6K(const std::byte *block, float *out) {
  const std::byte *low = block, *high = block + 128, *scales = block + 192;
  float d = f16At(block + 208);
  for (int k = 0; k < 256; ++k) {
    // 64 bytes of `low` and 32 of `high` have 128 numbers: quarters one and two
    // are in the low halves, three and four in the high ones.
    int half = k / 128, quarter = k % 128 / 32, at = k % 32;
    int byte = byteAt(low + 64 * half + 32 * (quarter % 2) + at);
    int code = quarter < 2 ? byte & 15 : byte >> 4;
    code |= (byteAt(high + 32 * half + at) >> 2 * quarter & 3) << 4;
    float scale = d * static_cast<float>(numberAt<int8_t>(scales + k / 16));
    out[k] = scale * static_cast<float>(code - 32);
  }
}

static void decodeIq4Xs(const std::byte *block, float *out) {
  float d = f16At(block);
  uint16_t high = numberAt<uint16_t>(block + 2);
  for (int i = 0; i < 8; ++i) {
    int low = byteAt(block + 4 + i / 2) >> 4 * (i % 2) & 15;
    int small = low | (high >> 2 * i & 3) << 4;
    float scale = d * static_cast<float>(small - 32);
    const std::byte *codes = block + 8 + 16 * i;
    for (int k = 0; k < 16; ++k) {
      int byte = byteAt(codes + k);
      out[32 * i + k] = scale * static_cast<float>(kIq4Values[byte & 15]);
      out[32 * i + k + 16] = scale * static_cast<float>(kIq4Values[byte >> 4]);
    }
  }
}

const BlockFormat kQ4K = {256, 144, decodeBlocks<256, 144, decodeQ4K>};
const BlockFormat kQ5K = {256, 176, decodeBlocks<256, 176, decodeQ5K>};
const BlockFormat kQ6K = {256, 210, decodeBlocks<256, 210, decodeQ6K>};
const BlockFormat kIq4Xs = {256, 136, decodeBlocks<256, 136, decodeIq4Xs>};

} // namespace g4::gguf
