//===- PackedInts.h - Small integers in 32-bit words ------------*- C++ -*-===//

#ifndef G4_MODELS_CHECKPOINT_QUANTIZED_PACKEDINTS_H
#define G4_MODELS_CHECKPOINT_QUANTIZED_PACKEDINTS_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace g4 {

/// Unsigned integers of 2, 4 or 8 bits. Those of one line follow each other
/// along a row of words, the first in a word's lowest bits; how far the words
/// of a line, and the lines, are apart says the tool that wrote them.
struct PackedInts {
  const std::byte *words = nullptr; // need not be aligned
  int64_t bits = 4;
  int64_t lineStride = 0, wordStride = 1; // in words
  /// Where a word holds its `place`-th integer; null: in order.
  const uint8_t *order = nullptr;

  uint32_t at(int64_t line, int64_t place) const {
    int64_t perWord = 32 / bits, inWord = place % perWord;
    uint32_t word;
    std::memcpy(&word,
                words + 4 * (line * lineStride + place / perWord * wordStride),
                sizeof(word));
    int64_t slot = order ? order[inWord] : inWord;
    return word >> (slot * bits) & ((1u << bits) - 1);
  }
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_QUANTIZED_PACKEDINTS_H
