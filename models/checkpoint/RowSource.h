//===- RowSource.h - A tensor of a checkpoint, row by row -------*- C++ -*-===//
//
// What the rest of the compiler knows of a weight in a file: its rows, in f32
// or as they are stored. A container (safetensors, GGUF) or a way to compress
// (several stored tensors that are one weight) is a class of its own here, and
// nothing else asks which.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_ROWSOURCE_H
#define G4_MODELS_CHECKPOINT_ROWSOURCE_H

#include "models/checkpoint/RowStorage.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace g4 {

/// "[4096, 2816]".
std::string shapeText(std::span<const int64_t> shape);

/// A row is a run of the last dimension; those of more than two dimensions lie
/// one after the other. Lives as long as the files behind it; threads may read
/// at once.
class RowSource {
public:
  /// What an error may say of a source, and what a reader must know. The
  /// product of the shape fits 63 bits.
  struct Facts {
    std::string name;
    std::string typeName; // as the file says it: "BF16"
    std::vector<int64_t> shape;
    RowStorage storage = RowStorage::Unreadable;
  };

  virtual ~RowSource() = default;
  RowSource(const RowSource &) = delete;
  RowSource &operator=(const RowSource &) = delete;

  const std::string &name() const { return facts_.name; }
  const std::string &typeName() const { return facts_.typeName; }
  const std::vector<int64_t> &shape() const { return facts_.shape; }
  RowStorage storage() const { return facts_.storage; }
  bool isReadable() const { return storage() != RowStorage::Unreadable; }

  /// 1 for a tensor without dimensions.
  int64_t numCols() const { return shape().empty() ? 1 : shape().back(); }
  int64_t numRows() const;

  /// Row `row` < numRows(), numCols() numbers, exactly. Not for one that is
  /// Unreadable.
  virtual void read(int64_t row, std::span<float> out) const = 0;

  /// The bytes of a row as storage() says; empty for Other and Unreadable. They
  /// need not be aligned.
  virtual std::span<const std::byte> storedRow(int64_t row) const = 0;

protected:
  explicit RowSource(Facts facts) : facts_(std::move(facts)) {}

private:
  Facts facts_;
};

/// Whether two sources have the same shape and every row the same bytes or,
/// where rows have none, the same numbers.
bool haveEqualRows(const RowSource &a, const RowSource &b);

/// A tensor as it is stored, of any type; lives as long as the file.
struct StoredTensor {
  /// Unreadable for what is no number of its own, such as packed integers.
  RowStorage storage = RowStorage::Unreadable;
  std::string typeName; // as the file says it: "BF16"
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

/// The rows of a tensor whose bytes lie in a mapped file one after the other.
class MappedRows final : public RowSource {
public:
  /// The tensor's bytes are what shape and storage ask for: the reader of the
  /// file has checked that, and that rows are whole blocks.
  MappedRows(std::string name, const StoredTensor &tensor);

  void read(int64_t row, std::span<float> out) const override;
  std::span<const std::byte> storedRow(int64_t row) const override;

private:
  const BlockFormat *format_; // null: Unreadable
  std::span<const std::byte> bytes_;
  size_t rowBytes_ = 0;
};

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_ROWSOURCE_H
