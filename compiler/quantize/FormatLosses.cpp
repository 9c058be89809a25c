//===- FormatLosses.cpp - What a checkpoint loses in each format ----------===//

#include "compiler/quantize/FormatLosses.h"

#include "compiler/quantize/EncodeStored.h"
#include "compiler/quantize/SharedInputs.h"
#include "models/checkpoint/StackedRows.h"

#include "llvm/Support/Parallel.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using artifact::WeightFormat;
using g4rt::Result;
using g4rt::Status;

constexpr int64_t kMostRows = 1024;

/// From the coarsest to the finest.
static std::vector<const WeightFormat *> candidates(const WeightFormat &plain,
                                                    int64_t numCols) {
  std::vector<const WeightFormat *> formats;
  for (const char *name : {"int4-g64-f16", "int4-f16", "int6", "int8-g32"})
    if (const WeightFormat *format = artifact::findFormat(name);
        format->takesRowsOf(numCols))
      formats.push_back(format);
  formats.push_back(&plain);
  return formats;
}

static uint64_t bytesOf(const WeightFormat &format, int64_t numRows,
                        int64_t numCols) {
  int64_t scales = format.groupsOf(numCols) * format.scaleBytes();
  int64_t row =
      (numCols * format.bits + 7) / 8 + scales * (format.hasMinimum ? 2 : 1);
  return static_cast<uint64_t>(numRows * row);
}

namespace {

/// Sums over columns, weighted by what is known of their inputs.
struct RowPower {
  double signal = 0;
  std::vector<double> noise; // by format
};

class LossMeasure {
public:
  LossMeasure(const StackedRows &rows,
              const std::vector<const WeightFormat *> &formats, ScaleRule rule,
              std::span<const float> importance)
      : rows_(rows), formats_(formats), rule_(rule), importance_(importance) {}

  /// By format.
  std::vector<double> measure() const;

private:
  RowPower powerOf(int64_t row) const;
  void round(const WeightFormat &format, int64_t row,
             std::span<float> numbers) const;
  double weighted(size_t col, double x) const {
    return x * x * (importance_.empty() ? 1 : importance_[col]);
  }

  const StackedRows &rows_;
  const std::vector<const WeightFormat *> &formats_;
  ScaleRule rule_;
  std::span<const float> importance_;
};

} // namespace

/// As pack does it: blocks that the format takes stay what they are.
void LossMeasure::round(const WeightFormat &format, int64_t row,
                        std::span<float> numbers) const {
  EncodedRow encoded;
  if (takesStorage(format, rows_.storage(row)))
    encodeStored(format, rows_.storage(row), rows_.storedRow(row),
                 rows_.numCols(), encoded);
  else
    encodeRow({format, rule_, importance_}, numbers, encoded);
  decodeRow(format, encoded, numbers);
}

RowPower LossMeasure::powerOf(int64_t row) const {
  std::vector<float> numbers(rows_.numCols());
  rows_.read(row, numbers);
  RowPower power;
  for (size_t k = 0; k < numbers.size(); ++k)
    power.signal += weighted(k, numbers[k]);
  for (const WeightFormat *format : formats_) {
    std::vector<float> rounded = numbers;
    round(*format, row, rounded);
    double noise = 0;
    for (size_t k = 0; k < numbers.size(); ++k)
      noise += weighted(k, double(numbers[k]) - rounded[k]);
    power.noise.push_back(noise);
  }
  return power;
}

std::vector<double> LossMeasure::measure() const {
  int64_t count = std::min(rows_.numRows(), kMostRows);
  std::vector<RowPower> powers(count);
  llvm::parallelFor(0, count, [&](size_t i) {
    powers[i] = powerOf(static_cast<int64_t>(i) * rows_.numRows() / count);
  });
  double signal = 0;
  std::vector<double> noise(formats_.size());
  for (const RowPower &power : powers) {
    signal += power.signal;
    for (size_t i = 0; i < noise.size(); ++i)
      noise[i] += power.noise[i];
  }
  for (double &sum : noise)
    sum = signal > 0 ? sum / signal : 0;
  return noise;
}

static Result<std::span<const float>>
importanceOf(graph::WeightOp weight, const CalibrationFile *calibration) {
  if (!calibration)
    return std::span<const float>();
  auto means = calibration->meanSquares.find(weight.getPartNames().front());
  if (means == calibration->meanSquares.end())
    return std::span<const float>();
  G4RT_TRY(
      checkInputs(means->second.size(), weight.getWeightType().getNumCols()));
  return std::span<const float>(means->second);
}

/// Adds what a weight takes and loses to its unit.
static Status addWeight(graph::WeightOp weight, const Checkpoint &checkpoint,
                        const LossOptions &options, FormatUnit &unit) {
  int64_t numCols = weight.getWeightType().getNumCols();
  G4RT_ASSIGN(StackedRows rows,
              StackedRows::open(checkpoint, weight.getPartNames(), numCols));
  G4RT_ASSIGN(auto importance, importanceOf(weight, options.calibration));
  auto formats = candidates(*options.plain, numCols);
  auto losses =
      LossMeasure(rows, formats, options.scaleRule, importance).measure();
  // Weights that read the same value have equally long rows.
  unit.options.resize(formats.size());
  for (size_t i = 0; i < formats.size(); ++i) {
    unit.options[i].format = formats[i];
    unit.options[i].bytes += bytesOf(*formats[i], rows.numRows(), numCols);
    unit.options[i].loss += losses[i];
  }
  unit.weights.push_back(weight.getSymName().str());
  return Status();
}

Result<std::vector<FormatUnit>> measureFormats(ModuleOp module,
                                               const Checkpoint &checkpoint,
                                               const LossOptions &options) {
  std::vector<FormatUnit> units;
  for (const auto &weights : weightsByInput(module)) {
    FormatUnit unit;
    for (graph::WeightOp weight : weights)
      if (Status status = addWeight(weight, checkpoint, options, unit);
          !status.ok())
        return std::move(status).during("weight " + weight.getSymName().str());
    units.push_back(std::move(unit));
    checkpoint.dropPages();
  }
  return units;
}

} // namespace g4
