//===- GraphWeights.cpp - Where an interpreted graph's weights are --------===//

#include "compiler/interpret/GraphWeights.h"

#include "compiler/quantize/Encode.h"
#include "models/checkpoint/StackedRows.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cmath>

namespace g4 {

using namespace mlir;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

constexpr int64_t kMaxValues = int64_t{1} << 28;

static int64_t numRowsOf(quant::WeightType type) {
  int64_t rows = 1; // at most 2^40, the type's verifier says
  for (int64_t size : type.getShape().drop_back())
    rows *= size;
  return rows;
}

static std::string nameOf(graph::WeightOp weight) {
  return "weight " + weight.getSymName().str();
}

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

//===----------------------------------------------------------------------===//
// Checkpoints
//===----------------------------------------------------------------------===//

static Result<RowReader> openRows(const Checkpoint &checkpoint,
                                  graph::WeightOp weight) {
  auto type = weight.getWeightType();
  G4RT_ASSIGN(StackedRows rows,
              StackedRows::open(checkpoint, weight.getPartNames(),
                                type.getShape().back()));
  if (rows.numRows() != numRowsOf(type))
    return invalid("its parts have " + std::to_string(rows.numRows()) +
                   " rows, needed " + std::to_string(numRowsOf(type)));
  return RowReader([rows = std::move(rows)](int64_t row, std::span<float> out) {
    rows.read(row, out);
  });
}

WeightSource checkpointWeights(const Checkpoint &checkpoint) {
  return [&checkpoint](graph::WeightOp weight) {
    return openRows(checkpoint, weight);
  };
}

//===----------------------------------------------------------------------===//
// Made-up weights
//===----------------------------------------------------------------------===//

/// 64 well-mixed bits of a counter: splitmix64 (Steele, Lea, Flood, OOPSLA
/// 2014).
static uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// FNV-1a.
static uint64_t hashOf(StringRef name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : name)
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

double randomUnit(uint64_t seed, StringRef name, uint64_t index) {
  return static_cast<double>(mix(mix(seed ^ hashOf(name)) + index) >> 11) *
         0x1p-53;
}

/// Rows of each part: as part_rows says, else all alike.
static Result<std::vector<int64_t>> partRowsOf(graph::WeightOp weight) {
  int64_t numRows = numRowsOf(weight.getWeightType());
  int64_t numParts = weight.getParts()->size();
  if (auto rows = weight.getPartRows()) {
    int64_t left = numRows;
    for (int64_t count : *rows)
      left = count <= left ? left - count : -1;
    if (left != 0)
      return invalid("part_rows does not add up to " + std::to_string(numRows) +
                     " rows of " + std::to_string(numParts) + " parts");
    return rows->vec();
  }
  if (numRows % numParts != 0)
    return invalid(std::to_string(numParts) +
                   " parts cannot have equally many "
                   "of " +
                   std::to_string(numRows) + " rows");
  return std::vector<int64_t>(numParts, numRows / numParts);
}

/// The rows of made-up tensors of these names and numbers of rows, stacked.
static RowReader makeUp(uint64_t seed, quant::WeightType type,
                        std::vector<std::string> names,
                        std::vector<int64_t> numRows) {
  bool isVector = type.getRank() == 1;
  double center = isVector ? 1 : 0;
  double width =
      isVector ? 1
               : std::sqrt(12.0 / static_cast<double>(type.getShape().back()));
  return [=](int64_t row, std::span<float> out) {
    size_t part = 0;
    for (; row >= numRows[part]; ++part)
      row -= numRows[part];
    uint64_t first = static_cast<uint64_t>(row) * out.size();
    for (size_t k = 0; k < out.size(); ++k)
      out[k] = static_cast<float>(
          center + width * (randomUnit(seed, names[part], first + k) - 0.5));
  };
}

WeightSource randomWeights(uint64_t seed) {
  return [seed](graph::WeightOp weight) -> Result<RowReader> {
    G4RT_ASSIGN(std::vector<int64_t> numRows, partRowsOf(weight));
    return makeUp(seed, weight.getWeightType(), weight.getPartNames(),
                  std::move(numRows));
  };
}

//===----------------------------------------------------------------------===//
// GraphWeight
//===----------------------------------------------------------------------===//

static Result<RowReader> openValues(graph::WeightOp weight) {
  ElementsAttr values = *weight.getValues();
  // A splat of any size is one number in the file.
  if (values.getNumElements() > kMaxValues)
    return invalid("has more than 2^28 values");
  auto numbers = values.tryGetValues<float>();
  if (!numbers)
    return invalid("its values cannot be read");
  std::vector<float> copy(numbers->begin(), numbers->end());
  return RowReader([copy = std::move(copy)](int64_t row, std::span<float> out) {
    std::copy_n(copy.begin() + row * out.size(), out.size(), out.begin());
  });
}

bool GraphWeight::canInterpret(quant::FormatAttr format) {
  return format.getDescription() != nullptr;
}

GraphWeight GraphWeight::of(quant::WeightType type, RowReader read) {
  GraphWeight weight;
  weight.type_ = type;
  weight.read_ = std::move(read);
  return weight;
}

GraphWeight GraphWeight::random(quant::WeightType type, uint64_t seed,
                                std::string name) {
  return of(type, makeUp(seed, type, {std::move(name)}, {numRowsOf(type)}));
}

Result<GraphWeight> GraphWeight::open(graph::WeightOp op,
                                      const WeightSource &source) {
  auto type = op.getWeightType();
  if (!canInterpret(type.getFormat()))
    return Status(StatusCode::Unimplemented,
                  nameOf(op) + ": this grouped format cannot be interpreted");
  Result<RowReader> reader = op.getValues() ? openValues(op) : source(op);
  if (!reader)
    return std::move(reader).error().during(nameOf(op));
  return of(type, *std::move(reader));
}

int64_t GraphWeight::numRows() const { return numRowsOf(type_); }

std::vector<double> GraphWeight::row(int64_t row) const {
  std::vector<float> numbers(lastDim());
  read_(row, numbers);
  roundRow(type_.getDescription(), numbers);
  return {numbers.begin(), numbers.end()};
}

} // namespace g4
