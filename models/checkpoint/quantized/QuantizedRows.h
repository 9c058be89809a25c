//===- QuantizedRows.h - Rows of codes and scales ---------------*- C++ -*-===//
//
// A weight that a quantiser left as several tensors. Element [row, col] is
//
//   (code - zero) * scale             in f32, each step rounded once
//
// where codes are small integers or floats, a scale belongs to some rows and
// columns, and zero is 0 or belongs to the same. A scale is the product or the
// quotient of its own number and one of the whole tensor, computed first, as
// the tools' own readers do. A scale that is NaN or infinite makes such rows,
// which the packer refuses.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZEDROWS_H
#define G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZEDROWS_H

#include "models/checkpoint/RowSource.h"
#include "models/checkpoint/quantized/PackedInts.h"

#include <optional>

namespace g4 {

/// The codes of a matrix. Integers are `packed`, others lie at `bytes` row by
/// row, a byte each, E2M1 two in a byte with the lower column in the low half.
struct Codes {
  enum class Kind : uint8_t { PackedRows, PackedColumns, I8, E4M3, E2M1 };
  Kind kind = Kind::I8;
  /// PackedRows: a line is a row. PackedColumns: a line is a column.
  PackedInts packed;
  const std::byte *bytes = nullptr;
};

/// The numbers that scale a matrix, for each block of rows x columns.
struct Scales {
  enum class Kind : uint8_t { F32, BF16, F16, E4M3 };
  Kind kind = Kind::F32;
  const std::byte *bytes = nullptr;
  int64_t rowsPerBlock = 1, colsPerBlock = 1;
  /// How far blocks are apart, in numbers; 0 where there is one.
  int64_t rowStride = 0, colStride = 0;
  /// Of all blocks; divided by where `divides`.
  float global = 1;
  bool divides = false;
};

/// What is subtracted from a code.
struct Zeros {
  /// From integers that are stored without a sign.
  int64_t offset = 0;
  /// And besides, of each row and block of columns: integers whose lines are
  /// blocks, or bytes with a sign as the scales lie.
  std::optional<PackedInts> packed = {};
  const std::byte *bytes = nullptr;
};

class QuantizedRows final : public RowSource {
public:
  struct Parts {
    Codes codes;
    Scales scales;
    Zeros zeros;
    /// [numCols] i32: the block of columns of each column, where they were
    /// sorted by activation; null: in order.
    const std::byte *blockOfCol = nullptr;
  };

  /// `facts.shape` is [rows, cols]; the parts are as large as it asks, which
  /// the reader of the files has checked, and blockOfCol within the scales.
  QuantizedRows(Facts facts, Parts parts)
      : RowSource(std::move(facts)), parts_(parts) {}

  void read(int64_t row, std::span<float> out) const override;
  std::span<const std::byte> storedRow(int64_t) const override { return {}; }

private:
  void readCodes(int64_t row, std::span<float> out) const;
  int64_t blockOf(int64_t col) const;
  float scaleOf(int64_t row, int64_t block) const;
  int64_t zeroOf(int64_t row, int64_t block) const;

  Parts parts_;
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZEDROWS_H
