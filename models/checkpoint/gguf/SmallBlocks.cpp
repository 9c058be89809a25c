//===- SmallBlocks.cpp - Blocks of 32 numbers -----------------------------===//

#include "models/checkpoint/gguf/BlockBytes.h"
#include "models/checkpoint/gguf/Blocks.h"

namespace g4::gguf {

constexpr int kHalf = 16; // numbers i and i + kHalf share a byte

/// The codes of 32 numbers in 16 bytes.
static void unpackNibbles(const std::byte *codes, int (&out)[32]) {
  for (int i = 0; i < kHalf; ++i) {
    out[i] = byteAt(codes + i) & 15;
    out[i + kHalf] = byteAt(codes + i) >> 4;
  }
}

/// The same with a fifth bit each.
static void unpackFiveBits(const std::byte *high, const std::byte *codes,
                           int (&out)[32]) {
  unpackNibbles(codes, out);
  uint32_t bits = numberAt<uint32_t>(high);
  for (int i = 0; i < 32; ++i)
    out[i] |= (bits >> i & 1) << 4;
}

static void scaleCodes(float d, int zero, const int (&codes)[32], float *out) {
  for (int i = 0; i < 32; ++i)
    out[i] = d * static_cast<float>(codes[i] - zero);
}

static void scaleAndShift(float d, float m, const int (&codes)[32],
                          float *out) {
  for (int i = 0; i < 32; ++i) {
    float product = d * static_cast<float>(codes[i]); // rounded by itself
    out[i] = product + m;
  }
}

static void decodeQ4_0(const std::byte *block, float *out) {
  int codes[32];
  unpackNibbles(block + 2, codes);
  scaleCodes(f16At(block), 8, codes, out);
}

static void decodeQ4_1(const std::byte *block, float *out) {
  int codes[32];
  unpackNibbles(block + 4, codes);
  scaleAndShift(f16At(block), f16At(block + 2), codes, out);
}

static void decodeQ5_0(const std::byte *block, float *out) {
  int codes[32];
  unpackFiveBits(block + 2, block + 6, codes);
  scaleCodes(f16At(block), 16, codes, out);
}

static void decodeQ5_1(const std::byte *block, float *out) {
  int codes[32];
  unpackFiveBits(block + 4, block + 8, codes);
  scaleAndShift(f16At(block), f16At(block + 2), codes, out);
}

static void decodeQ8_0(const std::byte *block, float *out) {
  float d = f16At(block);
  for (int i = 0; i < 32; ++i)
    out[i] = d * static_cast<float>(numberAt<int8_t>(block + 2 + i));
}

static void decodeIq4Nl(const std::byte *block, float *out) {
  int codes[32];
  unpackNibbles(block + 2, codes);
  for (int &code : codes)
    code = kIq4Values[code];
  scaleCodes(f16At(block), 0, codes, out);
}

const BlockFormat kQ4_0 = {32, 18, decodeBlocks<32, 18, decodeQ4_0>};
const BlockFormat kQ4_1 = {32, 20, decodeBlocks<32, 20, decodeQ4_1>};
const BlockFormat kQ5_0 = {32, 22, decodeBlocks<32, 22, decodeQ5_0>};
const BlockFormat kQ5_1 = {32, 24, decodeBlocks<32, 24, decodeQ5_1>};
const BlockFormat kQ8_0 = {32, 34, decodeBlocks<32, 34, decodeQ8_0>};
const BlockFormat kIq4Nl = {32, 18, decodeBlocks<32, 18, decodeIq4Nl>};

} // namespace g4::gguf
