//===- WeightPacker.cpp - Weights from the checkpoint to their layout -----===//

#include "compiler/pack/WeightPacker.h"

#include "compiler/pack/SyntheticWeight.h"
#include "compiler/quantize/Int4.h"
#include "models/checkpoint/StackedRows.h"
#include "runtime/base/Bf16.h"

#include <bit>

namespace g4 {

using g4rt::Status;
using g4rt::StatusCode;

namespace {

/// Packs the matrices of one weight.
class Packer {
public:
  Packer(graph::WeightOp weight, const ByteSink &sink)
      : type_(weight.getWeightType()), sink_(sink) {
    WeightRows rows = WeightRows::of(weight);
    segments_ = rows.segments;
    sourceRows_ = rows.sourceRows;
  }

  int64_t numRows() const {
    return type_.getRank() == 1 ? 1 : type_.getDimSize(type_.getRank() - 2);
  }
  int64_t numCols() const { return type_.getShape().back(); }
  int64_t numMatrices() const {
    return type_.getRank() == 3 ? type_.getDimSize(0) : 1;
  }
  int64_t allSourceRows() const { return numMatrices() * sourceRows_; }
  artifact::PackedMatrix matrix() const {
    return {numRows(), numCols(), type_.getLayout().getPanel(),
            type_.getLayout().getInterleave(), type_.getLayout().getMma()};
  }
  artifact::PackedInt4 int4Matrix() const {
    return {numRows(), numCols(),
            type_.getLayout().getMma() ? artifact::Int4Order::Mma
                                       : artifact::Int4Order::Panel};
  }

  /// `rows` reads and describes the rows of all matrices, without padding.
  template <typename Rows>
  Status pack(const Rows &rows) {
    bool isPlain = type_.getFormat().isPlain();
    for (int64_t e = 0; e < numMatrices(); ++e) {
      Status status = isPlain ? packMatrix(rows, e) : packInt4(rows, e);
      if (!status.ok())
        return status;
    }
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

  template <typename Rows>
  Status packMatrix(const Rows &rows, int64_t e) {
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
        if (Status status = readRow(rows, source, row); !status.ok())
          return status;
        for (int64_t k = 0; k < m.numCols; ++k)
          packed[m.indexOf(n, k) - base] = row[k];
      }
      if (Status status = emit(packed); !status.ok())
        return status;
    }
    return Status();
  }

  template <typename Rows>
  Status packInt4(const Rows &rows, int64_t e) {
    artifact::PackedInt4 m = int4Matrix();
    std::vector<float> row(numCols());
    std::vector<std::byte> panel(m.panelBytes());
    for (int64_t first = 0; first < m.paddedRows();
         first += artifact::kInt4UnitRows) {
      clearInt4Panel(panel);
      for (int64_t n = 0; n < artifact::kInt4UnitRows; ++n) {
        int64_t source = sourceRow(e, first + n);
        if (source < 0)
          continue;
        if constexpr (std::is_same_v<Rows, SyntheticRows>) {
          rows.packInt4(m, {.source = source, .row = n}, panel);
          continue;
        }
        if (Status status = readRow(rows, source, row); !status.ok())
          return status;
        packInt4Row(m, n, row, panel);
      }
      if (Status status = sink_(panel); !status.ok())
        return status;
    }
    return Status();
  }

  template <typename Rows>
  static Status readRow(const Rows &rows, int64_t source,
                        std::span<float> row) {
    rows.read(source, row);
    if (Status status = checkFinite(row); !status.ok())
      return std::move(status).during(rows.describe(source));
    return Status();
  }

  /// One such number would spread over every answer, long after anybody could
  /// tell where it came from.
  static Status checkFinite(std::span<const float> row) {
    constexpr uint32_t kExponent = 0x7f800000;
    int64_t count = 0;
    for (float x : row)
      count += (std::bit_cast<uint32_t>(x) & kExponent) == kExponent;
    if (count == 0)
      return Status();
    return Status(StatusCode::InvalidArgument,
                  "holds " + std::to_string(count) +
                      " numbers that are NaN or infinite, needs finite ones");
  }

  Status emit(std::span<const float> numbers) {
    if (type_.getElementType().isF32())
      return sink_(std::as_bytes(numbers));
    halves_.resize(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i)
      halves_[i] = g4rt::toBf16(numbers[i]);
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
  artifact::PackedMatrix matrix{
      rank == 1 ? 1 : type.getDimSize(rank - 2), type.getShape().back(),
      type.getLayout().getPanel(), type.getLayout().getInterleave(),
      type.getLayout().getMma()};
  int64_t matrices = rank == 3 ? type.getDimSize(0) : 1;
  if (!type.getFormat().isPlain())
    return matrices * artifact::PackedInt4{matrix.numRows, matrix.numCols,
                                           artifact::Int4Order::Panel}
                          .numBytes();
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
  if (graph::isSynthetic(weight))
    return packer.pack(SyntheticRows{syntheticValues(weight)});
  std::vector<std::string> parts;
  mlir::ArrayAttr names = *weight.getParts();
  for (mlir::Attribute part : names)
    parts.push_back(mlir::cast<mlir::StringAttr>(part).str());
  auto rows = StackedRows::open(checkpoint, parts, packer.numCols());
  if (!rows)
    return std::move(rows).error().during("weight " + name);
  if (rows->numRows() != packer.allSourceRows())
    return Status(StatusCode::InvalidArgument,
                  "weight " + name + ": its parts have " +
                      std::to_string(rows->numRows()) + " rows, needed " +
                      std::to_string(packer.allSourceRows()));
  if (Status status = packer.pack(*rows); !status.ok())
    return std::move(status).during("weight " + name);
  return Status();
}

} // namespace g4
