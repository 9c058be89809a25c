//===- EncodedRows.cpp - The rows of a weight in its format ---------------===//

#include "compiler/pack/EncodedRows.h"

#include "compiler/pack/SyntheticWeight.h"
#include "compiler/quantize/EncodeStored.h"
#include "models/checkpoint/StackedRows.h"

#include <bit>
#include <cmath>

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
static Status checkNumbers(const WeightFormat &format,
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

namespace {

class CheckpointRows final : public EncodedRows {
public:
  CheckpointRows(const WeightFormat &format, StackedRows rows)
      : format_(format), rows_(std::move(rows)) {}

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
    encodeRow(format_, numbers, out);
    return Status();
  }

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

Result<std::unique_ptr<EncodedRows>>
openEncodedRows(graph::WeightOp weight, const Checkpoint &checkpoint) {
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
  return std::unique_ptr<EncodedRows>(
      new CheckpointRows(type.getDescription(), std::move(rows)));
}

} // namespace g4
