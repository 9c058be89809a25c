//===- RowSource.cpp - A tensor of a checkpoint, row by row ---------------===//

#include "models/checkpoint/RowSource.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace g4 {

std::string shapeText(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

int64_t RowSource::numRows() const {
  int64_t count = 1;
  for (size_t i = 0; i + 1 < shape().size(); ++i)
    count *= shape()[i];
  return count;
}

static bool haveEqualNumbers(const RowSource &a, const RowSource &b,
                             int64_t row) {
  std::vector<float> ofA(a.numCols()), ofB(b.numCols());
  a.read(row, ofA);
  b.read(row, ofB);
  return std::ranges::equal(ofA, ofB, [](float x, float y) {
    return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y);
  });
}

bool haveEqualRows(const RowSource &a, const RowSource &b) {
  if (a.shape() != b.shape() || a.typeName() != b.typeName())
    return false;
  for (int64_t row = 0; row < a.numRows(); ++row) {
    auto ofA = a.storedRow(row), ofB = b.storedRow(row);
    bool equal = ofA.empty() && ofB.empty() && a.isReadable() && b.isReadable()
                     ? haveEqualNumbers(a, b, row)
                     : std::ranges::equal(ofA, ofB);
    if (!equal)
      return false;
  }
  return true;
}

MappedRows::MappedRows(std::string name, const StoredTensor &tensor)
    : RowSource({.name = std::move(name),
                 .typeName = tensor.typeName,
                 .shape = tensor.shape,
                 .storage = tensor.storage}),
      format_(blockFormatOf(storage())), bytes_(tensor.bytes) {
  if (!format_)
    return;
  assert(numCols() % format_->numElements == 0 && "rows are whole blocks");
  rowBytes_ = numCols() / format_->numElements * format_->numBytes;
  assert(bytes_.size() == rowBytes_ * numRows() && "the reader has checked it");
}

std::span<const std::byte> MappedRows::storedRow(int64_t row) const {
  return format_ ? bytes_.subspan(row * rowBytes_, rowBytes_)
                 : std::span<const std::byte>();
}

void MappedRows::read(int64_t row, std::span<float> out) const {
  assert(format_ && "nothing can read it");
  format_->decode(storedRow(row), out);
}

} // namespace g4
