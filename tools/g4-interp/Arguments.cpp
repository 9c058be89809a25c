//===- Arguments.cpp - What g4-interp calls a function with ---------------===//

#include "tools/g4-interp/Arguments.h"

#include "runtime/base/Json.h"

#include <cmath>

namespace g4 {

using namespace mlir;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

static Result<std::vector<int32_t>> readSequence(const json::array &array) {
  std::vector<int32_t> ids;
  for (const json::value &entry : array) {
    const int64_t *id = entry.if_int64();
    if (!id || *id < 0 || *id > INT32_MAX)
      return invalid("a token must be a whole number of 31 bits");
    ids.push_back(static_cast<int32_t>(*id));
  }
  return ids;
}

static Result<std::vector<std::vector<int32_t>>>
readSequences(const json::value &file) {
  const json::array *array = file.if_array();
  if (!array || array->empty())
    return invalid("must be an array of tokens, or of such arrays");
  std::vector<std::vector<int32_t>> sequences;
  if (!array->front().is_array()) {
    G4RT_ASSIGN(auto sequence, readSequence(*array));
    sequences.push_back(std::move(sequence));
    return sequences;
  }
  for (const json::value &entry : *array) {
    const json::array *ids = entry.if_array();
    if (!ids)
      return invalid("must not hold tokens beside arrays of tokens");
    G4RT_ASSIGN(auto sequence, readSequence(*ids));
    sequences.push_back(std::move(sequence));
  }
  return sequences;
}

Result<std::vector<std::vector<int32_t>>> readTokens(const std::string &path) {
  G4RT_ASSIGN(json::value file, g4rt::parseJsonFile(path));
  auto sequences = readSequences(file);
  if (!sequences)
    return std::move(sequences).error().during(path);
  return sequences;
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// One number for each row.
static GraphTensor constantIndices(const GraphStep &step, int32_t number) {
  return indexTensor(std::vector<int32_t>(step.ids.size(), number));
}

/// The rows of a picture or, of a prompt, those that came before and itself.
static GraphTensor endsFor(Operation *reader, const GraphStep &step) {
  if (isa<graph::SpanAttentionOp>(reader))
    return constantIndices(step, static_cast<int32_t>(step.ids.size()));
  std::vector<int32_t> ends = step.positions;
  for (int32_t &end : ends)
    ++end;
  return indexTensor(ends);
}

/// Of indices [rows]: what the first reader that says it takes them for. All
/// rows are of one picture; no row is a soft token.
static GraphTensor indicesFor(Value argument, const GraphStep &step) {
  for (Operation *user : argument.getUsers()) {
    if (isa<graph::EmbedOp>(user))
      return indexTensor(step.ids);
    if (isa<graph::TakeRowsOp>(user))
      return indexTensor(step.outputs);
    if (isa<graph::ReplaceRowsOp>(user))
      return constantIndices(step, -1);
    if (auto op = dyn_cast<graph::AttentionOp>(user);
        op && op.getEnds() == argument)
      return endsFor(op, step);
    if (auto op = dyn_cast<graph::SpanAttentionOp>(user))
      return op.getEnds() == argument ? endsFor(op, step)
                                      : constantIndices(step, 0);
  }
  return indexTensor(step.positions);
}

/// Indices [rows, k], of experts, axes or a cell's patches: 0 to k - 1 for
/// every row.
static void fillCounting(GraphTensor &indices) {
  for (int64_t t = 0; t < indices.numRows(); ++t)
    for (int64_t j = 0; j < indices.lastDim(); ++j)
      indices.row(t)[j] = static_cast<double>(j);
}

/// Mean 0, variance 1.
static void fillRandom(GraphTensor &tensor, uint64_t seed, StringRef name) {
  for (size_t i = 0; i < tensor.elements.size(); ++i)
    tensor.elements[i] =
        static_cast<float>(std::sqrt(12.0) * (randomUnit(seed, name, i) - 0.5));
}

static Result<GraphArgument> makeArgument(Value argument, StringRef name,
                                          const GraphStep &step,
                                          uint64_t seed) {
  if (auto weight = dyn_cast<quant::WeightType>(argument.getType())) {
    if (!GraphWeight::canInterpret(weight.getFormat()))
      return invalid("this grouped format cannot be interpreted");
    return GraphArgument(GraphWeight::random(weight, seed, name.str()));
  }
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!type || type.getRank() == 0 ||
      llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
    return invalid("is neither a weight nor a tensor of rows of known size");
  bool isIndex = type.getElementType().isInteger(32);
  if (isIndex && type.getRank() == 1)
    return GraphArgument(indicesFor(argument, step));
  std::vector<int64_t> shape = type.getShape().vec();
  shape[0] = static_cast<int64_t>(step.ids.size());
  G4RT_ASSIGN(GraphTensor tensor, makeTensor(std::move(shape)));
  if (isIndex)
    fillCounting(tensor);
  else
    fillRandom(tensor, seed, name);
  return GraphArgument(std::move(tensor));
}

Result<std::vector<GraphArgument>>
makeArguments(func::FuncOp function, const GraphStep &step, uint64_t seed) {
  std::vector<GraphArgument> arguments;
  for (BlockArgument argument : function.getArguments()) {
    std::string name = "argument " + std::to_string(argument.getArgNumber());
    auto value = makeArgument(argument, name, step, seed);
    if (!value)
      return std::move(value).error().during("@" + function.getSymName().str() +
                                             ": " + name);
    arguments.push_back(*std::move(value));
  }
  return arguments;
}

} // namespace g4
