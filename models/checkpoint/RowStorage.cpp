//===- RowStorage.cpp - Rows of numbers of their own ----------------------===//

#include "models/checkpoint/RowStorage.h"

#include "models/checkpoint/gguf/Blocks.h"
#include "runtime/base/Bf16.h"
#include "runtime/base/F16.h"

#include <bit>
#include <cstring>

namespace g4 {

/// `Bits` in the file, each a number by itself.
template <typename Bits, float (*toFloat)(Bits)>
static void decodeNumbers(std::span<const std::byte> blocks,
                          std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    Bits bits; // not aligned in the file
    std::memcpy(&bits, blocks.data() + i * sizeof(bits), sizeof(bits));
    out[i] = toFloat(bits);
  }
}

static float fromF32(uint32_t bits) { return std::bit_cast<float>(bits); }

const BlockFormat *blockFormatOf(RowStorage storage) {
  static constexpr BlockFormat kF32 = {1, 4, decodeNumbers<uint32_t, fromF32>};
  static constexpr BlockFormat kBf16 = {
      1, 2, decodeNumbers<uint16_t, g4rt::fromBf16>};
  static constexpr BlockFormat kF16 = {1, 2,
                                       decodeNumbers<uint16_t, g4rt::fromF16>};
  switch (storage) {
  case RowStorage::F32:
    return &kF32;
  case RowStorage::BF16:
    return &kBf16;
  case RowStorage::F16:
    return &kF16;
  case RowStorage::Q4_0:
    return &gguf::kQ4_0;
  case RowStorage::Q4_1:
    return &gguf::kQ4_1;
  case RowStorage::Q5_0:
    return &gguf::kQ5_0;
  case RowStorage::Q5_1:
    return &gguf::kQ5_1;
  case RowStorage::Q8_0:
    return &gguf::kQ8_0;
  case RowStorage::Q4_K:
    return &gguf::kQ4K;
  case RowStorage::Q5_K:
    return &gguf::kQ5K;
  case RowStorage::Q6_K:
    return &gguf::kQ6K;
  case RowStorage::IQ4_NL:
    return &gguf::kIq4Nl;
  case RowStorage::IQ4_XS:
    return &gguf::kIq4Xs;
  case RowStorage::Other:
  case RowStorage::Unreadable:
    return nullptr;
  }
  return nullptr;
}

} // namespace g4
