//===- StackedRows.cpp - Tensors of a checkpoint as one matrix ------------===//

#include "models/checkpoint/StackedRows.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static int64_t sizeOfElement(TensorType type) {
  return type == TensorType::F32 ? 4 : 2;
}

/// A number of a tensor as f32, exact for all three types.
static float readElement(TensorType type, const std::byte *at) {
  if (type == TensorType::F32) {
    float value;
    std::memcpy(&value, at, sizeof(value));
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, at, sizeof(bits));
  if (type == TensorType::BF16)
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  return static_cast<float>(std::bit_cast<_Float16>(bits));
}

Result<StackedRows> StackedRows::open(const Checkpoint &checkpoint,
                                      const std::vector<std::string> &names,
                                      int64_t numCols) {
  assert(numCols > 0 && "a row has a column");
  StackedRows rows;
  rows.numCols_ = numCols;
  for (const std::string &name : names) {
    const Tensor *tensor = checkpoint.find(name);
    if (!tensor || tensor->type == TensorType::Other ||
        tensor->numElements() % numCols != 0)
      return Status(StatusCode::InvalidArgument,
                    "tensor " + name + " is missing or of another shape");
    rows.tensors_.push_back(tensor);
    rows.names_.push_back(name);
    rows.firstRows_.push_back(rows.numRows() + tensor->numElements() / numCols);
  }
  return rows;
}

std::pair<size_t, int64_t> StackedRows::place(int64_t row) const {
  assert(row >= 0 && row < numRows() && "outside of the tensors");
  auto next = std::upper_bound(firstRows_.begin(), firstRows_.end(), row);
  size_t part = next - firstRows_.begin() - 1;
  return {part, row - firstRows_[part]};
}

std::string StackedRows::describe(int64_t row) const {
  auto [part, local] = place(row);
  return "tensor " + names_[part] + ": row " + std::to_string(local);
}

void StackedRows::read(int64_t row, std::span<float> out) const {
  auto [part, local] = place(row);
  const Tensor &tensor = *tensors_[part];
  int64_t size = sizeOfElement(tensor.type);
  const std::byte *at = tensor.bytes.data() + local * numCols_ * size;
  for (int64_t k = 0; k < numCols_; ++k)
    out[k] = readElement(tensor.type, at + k * size);
}

} // namespace g4
