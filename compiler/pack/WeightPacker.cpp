//===- WeightPacker.cpp - Weights from the checkpoint to their layout -----===//

#include "compiler/pack/WeightPacker.h"

#include "compiler/interpret/HostMemory.h"
#include "runtime/artifact/Packing.h"

#include <bit>
#include <cstring>

namespace g4 {

using g4rt::Status;
using g4rt::StatusCode;

namespace {

/// A number of a checkpoint's tensor as f32.
float readElement(TensorType type, const std::byte *at) {
  if (type == TensorType::F32) {
    float value;
    std::memcpy(&value, at, sizeof(value));
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, at, sizeof(bits));
  if (type == TensorType::BF16)
    return fromBf16(bits);
  return static_cast<float>(std::bit_cast<_Float16>(bits));
}

/// The rows of a weight's parts, one after the other.
class SourceRows {
public:
  SourceRows(int64_t cols) : cols_(cols) {}

  void add(const Tensor &tensor) { parts_.push_back(&tensor); }
  int64_t numElements() const {
    int64_t count = 0;
    for (const Tensor *part : parts_)
      count += part->numElements();
    return count;
  }
  /// Row `row`, as f32. Rows are mostly asked for in order.
  void read(int64_t row, std::span<float> out) {
    while (row < first_ || row >= first_ + rowsOf(current_))
      step(row);
    const Tensor &part = *parts_[current_];
    int64_t size = part.type == TensorType::F32 ? 4 : 2;
    const std::byte *at = part.bytes.data() + (row - first_) * cols_ * size;
    for (int64_t k = 0; k < cols_; ++k)
      out[k] = readElement(part.type, at + k * size);
  }

private:
  int64_t rowsOf(size_t part) const {
    return parts_[part]->numElements() / cols_;
  }
  void step(int64_t row) {
    if (row < first_) {
      current_ = 0;
      first_ = 0;
      return;
    }
    first_ += rowsOf(current_++);
  }

  int64_t cols_;
  std::vector<const Tensor *> parts_;
  size_t current_ = 0;
  int64_t first_ = 0; // row at which the current part begins
};

/// Packs the matrices of one weight.
class Packer {
public:
  Packer(graph::WeightOp weight, const ByteSink &sink)
      : type_(weight.getWeightType()), sink_(sink) {
    if (auto attr = weight->getAttrOfType<mlir::IntegerAttr>("segments"))
      segments_ = attr.getInt();
    if (auto attr = weight->getAttrOfType<mlir::IntegerAttr>("source_rows"))
      sourceRows_ = attr.getInt();
    else
      sourceRows_ = numRows();
  }

  int64_t numRows() const {
    return type_.getRank() == 1 ? 1 : type_.getDimSize(type_.getRank() - 2);
  }
  int64_t numCols() const { return type_.getShape().back(); }
  int64_t numMatrices() const {
    return type_.getRank() == 3 ? type_.getDimSize(0) : 1;
  }
  int64_t sourceElements() const {
    return numMatrices() * sourceRows_ * numCols();
  }
  artifact::PackedMatrix matrix() const {
    return {numRows(), numCols(), type_.getLayout().getPanel(),
            type_.getLayout().getInterleave()};
  }

  Status pack(SourceRows &rows) {
    for (int64_t e = 0; e < numMatrices(); ++e)
      if (Status status = packMatrix(rows, e); !status.ok())
        return status;
    return Status();
  }

private:
  /// The source row of row n of matrix e; -1 for padding. Segments are padded
  /// one by one.
  int64_t sourceRow(int64_t e, int64_t n) const {
    int64_t padded = numRows() / segments_, real = sourceRows_ / segments_;
    if (n >= numRows() || n % padded >= real)
      return -1;
    return e * sourceRows_ + n / padded * real + n % padded;
  }

  Status packMatrix(SourceRows &rows, int64_t e) {
    artifact::PackedMatrix m = matrix();
    int64_t panel = std::max<int64_t>(m.panel, 1);
    std::vector<float> row(numCols());
    std::vector<float> packed(panel * m.paddedCols());
    for (int64_t first = 0; first < m.paddedRows(); first += panel) {
      std::fill(packed.begin(), packed.end(), 0.0f);
      int64_t base = m.indexOf(first, 0);
      for (int64_t n = first; n < first + panel; ++n) {
        int64_t source = sourceRow(e, n);
        if (source < 0)
          continue;
        rows.read(source, row);
        for (int64_t k = 0; k < m.numCols; ++k)
          packed[m.indexOf(n, k) - base] = row[k];
      }
      if (Status status = emit(packed); !status.ok())
        return status;
    }
    return Status();
  }

  Status emit(std::span<const float> numbers) {
    if (type_.getElementType().isF32())
      return sink_(std::as_bytes(numbers));
    halves_.resize(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i)
      halves_[i] = toBf16(numbers[i]);
    return sink_(std::as_bytes(std::span<const uint16_t>(halves_)));
  }

  quant::WeightType type_;
  const ByteSink &sink_;
  int64_t segments_ = 1, sourceRows_ = 0;
  std::vector<uint16_t> halves_;
};

} // namespace

uint64_t packedBytes(quant::WeightType type) {
  int64_t rank = type.getRank();
  artifact::PackedMatrix matrix{rank == 1 ? 1 : type.getDimSize(rank - 2),
                                type.getShape().back(),
                                type.getLayout().getPanel(),
                                type.getLayout().getInterleave()};
  int64_t matrices = rank == 3 ? type.getDimSize(0) : 1;
  return matrices * matrix.numElements() *
         (type.getElementType().isF32() ? 4 : 2);
}

static Status packValues(graph::WeightOp weight, const ByteSink &sink) {
  std::vector<float> numbers;
  mlir::ElementsAttr values = *weight.getValues();
  for (float value : values.getValues<float>())
    numbers.push_back(value);
  return sink(std::as_bytes(std::span<const float>(numbers)));
}

Status packWeight(graph::WeightOp weight, const Checkpoint &checkpoint,
                  const ByteSink &sink) {
  std::string name = weight.getSymName().str();
  if (weight.getValues())
    return packValues(weight, sink);
  Packer packer(weight, sink);
  SourceRows rows(packer.numCols());
  mlir::ArrayAttr parts = *weight.getParts();
  for (mlir::Attribute part : parts) {
    std::string source = mlir::cast<mlir::StringAttr>(part).str();
    const Tensor *tensor = checkpoint.find(source);
    if (!tensor || tensor->type == TensorType::Other ||
        tensor->numElements() % packer.numCols() != 0)
      return Status(StatusCode::InvalidArgument,
                    "weight " + name + ": tensor " + source +
                        " is missing or of another shape");
    rows.add(*tensor);
  }
  if (rows.numElements() != packer.sourceElements())
    return Status(StatusCode::InvalidArgument,
                  "weight " + name + ": its parts have " +
                      std::to_string(rows.numElements()) +
                      " elements, needed " +
                      std::to_string(packer.sourceElements()));
  return packer.pack(rows);
}

} // namespace g4
