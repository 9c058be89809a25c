//===- RowStorage.h - How the numbers of a row are stored -------*- C++ -*-===//
//
// A row of a weight is a run of blocks, and a block some numbers in some bytes.
// Numbers of their own are blocks of one.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_ROWSTORAGE_H
#define G4_MODELS_CHECKPOINT_ROWSTORAGE_H

#include <cstddef>
#include <cstdint>
#include <span>

namespace g4 {

/// Names are those of safetensors and of GGUF.
enum class RowStorage : uint8_t {
  F32,
  BF16,
  F16,
  Q4_0,
  Q4_1,
  Q5_0,
  Q5_1,
  Q8_0,
  Q4_K,
  Q5_K,
  Q6_K,
  IQ4_NL,
  IQ4_XS,
  /// Rows can be read, and their bytes are of no use without other tensors.
  Other,
  /// Nothing here can read it: whole numbers, or a format that is not known.
  Unreadable,
};

struct BlockFormat {
  int64_t numElements, numBytes;
  /// Whole blocks to f32, exactly.
  void (*decode)(std::span<const std::byte> blocks, std::span<float> out);
};

/// Null for Other and Unreadable.
const BlockFormat *blockFormatOf(RowStorage storage);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_ROWSTORAGE_H
