//===- EncodedRows.cpp - The rows of a weight in its format ---------------===//

#include "compiler/pack/EncodedRows.h"

#include "compiler/pack/SyntheticWeight.h"
#include "compiler/quantize/EncodeStored.h"
#include "compiler/quantize/ErrorFeedback.h"
#include "compiler/quantize/WeightEncoding.h"
#include "models/checkpoint/StackedRows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>

namespace g4 {

using artifact::WeightFormat;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static Status wrongNumbers(int64_t count, const char *what) {
  return Status(StatusCode::InvalidArgument,
                "holds " + std::to_string(count) + " numbers that are " + what);
}

/// A number that is not finite would spread over every answer, long after
/// anybody could tell where it came from; and f16 has no number beyond 65504.
static Status refuseNumbers(const WeightFormat &format,
                            std::span<const float> row) {
  constexpr uint32_t kExponent = 0x7f800000;
  int64_t notFinite = 0, tooLarge = 0;
  for (float x : row) {
    notFinite += (std::bit_cast<uint32_t>(x) & kExponent) == kExponent;
    tooLarge += std::abs(x) > artifact::kLargestF16;
  }
  if (notFinite != 0)
    return wrongNumbers(notFinite, "NaN or infinite, needs finite ones");
  if (tooLarge != 0 && format.element == artifact::NumberType::F16)
    return wrongNumbers(tooLarge, "too large for f16, needs at most 65504");
  return Status();
}

/// Nearly all rows have nothing wrong, which their largest number shows.
static Status checkNumbers(const WeightFormat &format,
                           std::span<const float> row) {
  constexpr uint32_t kSize = 0x7fffffff;
  uint32_t largest = 0;
  for (float x : row)
    largest = std::max(largest, std::bit_cast<uint32_t>(x) & kSize);
  bool isFine = largest <= std::bit_cast<uint32_t>(artifact::kLargestF16);
  return isFine ? Status() : refuseNumbers(format, row);
}

namespace {

/// What a linear's inputs say of how much errors in its weight matter; nothing
/// where nobody asked or knows.
struct KnownInputs {
  std::vector<float> importance;
  std::optional<ErrorFeedback> feedback;
};

class CheckpointRows final : public EncodedRows {
public:
  CheckpointRows(const Encoding &encoding, StackedRows rows, KnownInputs inputs)
      : inputs_(std::move(inputs)),
        encoding_(encoding.format, encoding.rule, inputs_.importance),
        format_(encoding.format), rows_(std::move(rows)) {
    if (inputs_.feedback)
      encoding_.feedback = &*inputs_.feedback;
  }

  Status encode(int64_t row, EncodedRow &out) const override {
    Status status = takesStorage(format_, rows_.storage(row))
                        ? repack(row, out)
                        : readAndEncode(row, out);
    return status.ok() ? status : std::move(status).during(rows_.describe(row));
  }

  void readAhead(int64_t first, int64_t end) const override {
    rows_.readAhead(first, end);
  }

private:
  Status repack(int64_t row, EncodedRow &out) const {
    int64_t notFinite =
        encodeStored(format_, rows_.storage(row), rows_.storedRow(row),
                     rows_.numCols(), out);
    return notFinite == 0
               ? Status()
               : wrongNumbers(notFinite, "NaN or infinite, needs finite ones");
  }

  Status readAndEncode(int64_t row, EncodedRow &out) const {
    std::vector<float> numbers(rows_.numCols());
    rows_.read(row, numbers);
    G4RT_TRY(checkNumbers(format_, numbers));
    encodeRow(encoding_, numbers, out);
    return Status();
  }

  KnownInputs inputs_;
  Encoding encoding_; // refers to them
  const WeightFormat &format_;
  StackedRows rows_;
};

class SyntheticRows final : public EncodedRows {
public:
  explicit SyntheticRows(graph::WeightOp weight)
      : format_(weight.getWeightType().getDescription()),
        values_(syntheticValues(weight)),
        numCols_(weight.getWeightType().getNumCols()) {}

  Status encode(int64_t row, EncodedRow &out) const override {
    encodeSynthetic(format_, values_,
                    {.row = static_cast<uint32_t>(row), .numCols = numCols_},
                    out);
    return Status();
  }

private:
  const WeightFormat &format_;
  artifact::SyntheticValues values_;
  int64_t numCols_;
};

} // namespace

static void damp(std::vector<float> &means) {
  double sum = std::accumulate(means.begin(), means.end(), 0.0);
  for (float &mean : means)
    mean += static_cast<float>(kInputDamping * sum / double(means.size()));
}

/// What a calibration knows of what the weight is multiplied with.
static Result<KnownInputs> inputsOf(graph::WeightOp weight,
                                    const CalibrationFile *calibration) {
  KnownInputs inputs;
  if (!calibration || encodingOf(weight).rule != ScaleRule::Search)
    return inputs;
  int64_t numCols = weight.getWeightType().getNumCols();
  std::string tensor = weight.getPartNames().front();
  if (auto found = calibration->moments.find(tensor);
      found != calibration->moments.end()) {
    G4RT_TRY(checkInputs(found->second.size(), numCols * numCols));
    G4RT_ASSIGN(inputs.feedback, ErrorFeedback::of(found->second, numCols));
  } else if (auto means = calibration->meanSquares.find(tensor);
             means != calibration->meanSquares.end()) {
    G4RT_TRY(checkInputs(means->second.size(), numCols));
    inputs.importance = means->second;
    damp(inputs.importance);
  }
  return inputs;
}

Result<std::unique_ptr<EncodedRows>>
openEncodedRows(graph::WeightOp weight, const Checkpoint &checkpoint,
                const CalibrationFile *calibration) {
  if (graph::isSynthetic(weight))
    return std::unique_ptr<EncodedRows>(new SyntheticRows(weight));
  auto type = weight.getWeightType();
  int64_t needed = type.getNumMatrices() * weight.getNumRealRows();
  G4RT_ASSIGN(
      StackedRows rows,
      StackedRows::open(checkpoint, weight.getPartNames(), type.getNumCols()));
  if (rows.numRows() != needed)
    return Status(StatusCode::InvalidArgument,
                  "its parts have " + std::to_string(rows.numRows()) +
                      " rows, needed " + std::to_string(needed));
  G4RT_ASSIGN(KnownInputs inputs, inputsOf(weight, calibration));
  return std::unique_ptr<EncodedRows>(new CheckpointRows(
      encodingOf(weight), std::move(rows), std::move(inputs)));
}

} // namespace g4
