//===- PixelRows.cpp - Tensors of pixels in another order -----------------===//

#include "models/gemma4/gguf/PixelRows.h"

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

constexpr int64_t kColors = 3;

static Status wrongShape(const std::string &name, const StoredTensor &tensor,
                         const char *needed) {
  return Status(StatusCode::InvalidArgument, "tensor " + name + ": shape " +
                                                 shapeText(tensor.shape) +
                                                 ", needed " + needed);
}

/// The shape with the planes of a pixel as one dimension; empty for a tensor
/// that has none.
static std::vector<int64_t> pixelShape(std::vector<int64_t> shape) {
  if (shape.size() == 4 && shape[1] == kColors && shape[2] == shape[3] &&
      shape[2] > 0)
    return {shape[0], kColors * shape[2] * shape[3]};
  if (shape.empty() || shape.size() > 2 || shape.back() < kColors ||
      shape.back() % kColors != 0)
    return {};
  return shape;
}

Result<std::unique_ptr<RowSource>> PixelRows::open(const std::string &name,
                                                   const StoredTensor &tensor) {
  std::vector<int64_t> shape = pixelShape(tensor.shape);
  if (shape.empty())
    return wrongShape(name, tensor, "[.., 3, side, side] or [.., 3 side^2]");
  bool isReadable = tensor.storage != RowStorage::Unreadable;
  Facts facts{.name = name,
              .typeName = tensor.typeName,
              .shape = std::move(shape),
              .storage =
                  isReadable ? RowStorage::Other : RowStorage::Unreadable};
  return std::unique_ptr<RowSource>(new PixelRows(std::move(facts), tensor));
}

PixelRows::PixelRows(Facts facts, const StoredTensor &tensor)
    : RowSource(std::move(facts)), planes_(name(), tensor) {}

void PixelRows::read(int64_t row, std::span<float> out) const {
  std::vector<float> planes(numCols());
  int64_t perRow = numCols() / planes_.numCols();
  for (int64_t i = 0; i < perRow; ++i)
    planes_.read(
        row * perRow + i,
        std::span(planes).subspan(i * planes_.numCols(), planes_.numCols()));
  int64_t numPixels = numCols() / kColors;
  for (int64_t i = 0; i < numCols(); ++i)
    out[i] = planes[i % kColors * numPixels + i / kColors];
}

Result<std::unique_ptr<RowSource>> AxisRows::open(const std::string &name,
                                                  const StoredTensor &tensor) {
  const std::vector<int64_t> &shape = tensor.shape;
  if (shape.size() != 3)
    return wrongShape(name, tensor, "[axes, count, channels]");
  Facts facts{.name = name,
              .typeName = tensor.typeName,
              .shape = {shape[1], shape[0], shape[2]},
              .storage = tensor.storage};
  return std::unique_ptr<RowSource>(new AxisRows(std::move(facts), tensor));
}

AxisRows::AxisRows(Facts facts, const StoredTensor &tensor)
    : RowSource(std::move(facts)), rows_(name(), tensor),
      numAxes_(tensor.shape[0]), count_(tensor.shape[1]) {}

int64_t AxisRows::place(int64_t row) const {
  return row % numAxes_ * count_ + row / numAxes_;
}

void AxisRows::read(int64_t row, std::span<float> out) const {
  rows_.read(place(row), out);
}

std::span<const std::byte> AxisRows::storedRow(int64_t row) const {
  return rows_.storedRow(place(row));
}

} // namespace g4::gemma4
