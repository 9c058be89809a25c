//===- WeightPacker.cpp - Weights from the checkpoint to their layout -----===//

#include "compiler/pack/WeightPacker.h"

#include "compiler/pack/EncodedRows.h"
#include "compiler/quantize/PanelWriter.h"

#include "llvm/Support/Parallel.h"

#include <algorithm>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

namespace {

// What is packed before it is given away: enough that all threads have work,
// and little against a checkpoint.
constexpr int64_t kBatchBytes = int64_t{8} << 20;

/// Packs the matrices of one weight.
class Packer {
public:
  Packer(graph::WeightOp weight, const EncodedRows &rows, const ByteSink &sink)
      : type_(weight.getWeightType()), segments_(weight.getNumSegments()),
        realRows_(weight.getNumRealRows()), rows_(rows), sink_(sink),
        matrix_(type_.getMatrix()), writer_(matrix_) {}

  /// Panels are packed side by side and given away in order, so that the bytes
  /// do not depend on the threads.
  Status pack() {
    int64_t numPanels = type_.getNumMatrices() * panelsOfMatrix();
    int64_t size = writer_.numBytes();
    int64_t most = std::clamp<int64_t>(kBatchBytes / size, 1, numPanels);
    for (int64_t first = 0; first < numPanels; first += most) {
      int64_t count = std::min(most, numPanels - first);
      readAhead(first + count, std::min(first + 2 * count, numPanels));
      std::vector<std::byte> batch(count * size);
      std::vector<Status> status(count);
      llvm::parallelFor(0, count, [&](size_t i) {
        status[i] = packPanel(first + static_cast<int64_t>(i),
                              std::span(batch).subspan(i * size, size));
      });
      for (Status &one : status)
        G4RT_TRY(std::move(one));
      G4RT_TRY(sink_(std::move(batch)));
    }
    return Status();
  }

private:
  /// Source rows before row n of matrix e. Segments are padded one by one.
  int64_t rowsBefore(int64_t e, int64_t n) const {
    int64_t padded = matrix_.numRows / segments_, real = realRows_ / segments_;
    return e * realRows_ + n / padded * real + std::min(n % padded, real);
  }

  /// The source row of row n of matrix e; -1 for padding.
  int64_t sourceRow(int64_t e, int64_t n) const {
    int64_t padded = matrix_.numRows / segments_, real = realRows_ / segments_;
    bool isPadding = n >= matrix_.numRows || n % padded >= real;
    return isPadding ? -1 : rowsBefore(e, n);
  }

  int64_t panelsOfMatrix() const {
    return matrix_.paddedRows() / writer_.numRows();
  }

  void readAhead(int64_t firstPanel, int64_t endPanel) const {
    auto rows = [&](int64_t panel) {
      return rowsBefore(panel / panelsOfMatrix(),
                        panel % panelsOfMatrix() * writer_.numRows());
    };
    if (firstPanel < endPanel)
      rows_.readAhead(rows(firstPanel), rows(endPanel));
  }

  Status packPanel(int64_t panel, std::span<std::byte> bytes) const {
    int64_t first = panel % panelsOfMatrix() * writer_.numRows();
    EncodedRow row;
    writer_.begin(bytes);
    for (int64_t n = 0; n < writer_.numRows(); ++n) {
      int64_t source = sourceRow(panel / panelsOfMatrix(), first + n);
      if (source < 0) {
        writer_.putPadding(n, bytes);
        continue;
      }
      G4RT_TRY(rows_.encode(source, row));
      writer_.put(n, row, bytes);
    }
    return Status();
  }

  quant::WeightType type_;
  int64_t segments_, realRows_;
  const EncodedRows &rows_;
  const ByteSink &sink_;
  artifact::PackedMatrix matrix_;
  PanelWriter writer_;
};

} // namespace

uint64_t packedBytes(quant::WeightType type) {
  return type.getNumMatrices() * type.getMatrix().numBytes();
}

static Status packValues(graph::WeightOp weight, const ByteSink &sink) {
  std::vector<float> numbers;
  mlir::ElementsAttr values = *weight.getValues();
  for (float value : values.getValues<float>())
    numbers.push_back(value);
  auto bytes = std::as_bytes(std::span<const float>(numbers));
  return sink({bytes.begin(), bytes.end()});
}

Status packWeight(graph::WeightOp weight, const Checkpoint &checkpoint,
                  const ByteSink &sink) {
  if (weight.getValues())
    return packValues(weight, sink);
  std::string what = "weight " + weight.getSymName().str();
  auto rows = openEncodedRows(weight, checkpoint);
  if (!rows)
    return std::move(rows).error().during(what);
  Status status = Packer(weight, **rows, sink).pack();
  return status.ok() ? status : std::move(status).during(what);
}

} // namespace g4
