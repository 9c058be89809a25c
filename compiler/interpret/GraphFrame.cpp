//===- GraphFrame.cpp - One evaluation of a graph -------------------------===//

#include "compiler/interpret/GraphFrame.h"

#include <cassert>
#include <optional>

namespace g4 {

using namespace mlir;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

Result<int64_t> checkedIndex(double index, int64_t count, const char *what) {
  if (index >= 0 && index < static_cast<double>(count))
    return static_cast<int64_t>(index);
  return invalid(std::string(what) + " " + std::to_string(int64_t(index)) +
                 " is none of " + std::to_string(count));
}

const GraphTensor &GraphFrame::tensor(Value value) const {
  auto found = tensors_.find(value);
  assert(found != tensors_.end() && "an op's operands come before it");
  return found->second;
}

const GraphWeight &GraphFrame::weight(Value value) const {
  const GraphWeight *weight = weights_.lookup(value);
  assert(weight && "an op's operands come before it");
  return *weight;
}

const GraphWeight *GraphFrame::weightIfAny(Value value) const {
  return value ? &weight(value) : nullptr;
}

Result<GraphCache::Rows> GraphFrame::rows(Value positions) const {
  const GraphTensor &numbers = tensor(positions);
  if (numbers.numRows() != int64_t(sequences_.size()))
    return invalid(std::to_string(numbers.numRows()) + " positions, " +
                   std::to_string(sequences_.size()) +
                   " rows belong to sequences");
  return GraphCache::Rows{numbers, sequences_};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Only the number of rows may be open; the ops' verifiers look at the rest.
static bool hasKnownRows(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return !tensor ||
         (tensor.getRank() > 0 &&
          llvm::none_of(tensor.getShape().drop_front(), ShapedType::isDynamic));
}

static bool fits(const GraphTensor &tensor, RankedTensorType type) {
  if (static_cast<int64_t>(tensor.shape.size()) != type.getRank())
    return false;
  for (auto [size, wanted] : llvm::zip(tensor.shape, type.getShape()))
    if (!ShapedType::isDynamic(wanted) && size != wanted)
      return false;
  return true;
}

Status GraphFrame::define(Value value, GraphTensor tensor) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !hasKnownRows(type) || !fits(tensor, type)) {
    std::string text;
    llvm::raw_string_ostream(text) << value.getType();
    return invalid("a value of shape " + shapeText(tensor.shape) +
                   " cannot be " + text);
  }
  if (state_.precision == Precision::F32 && type.getElementType().isF32())
    for (double &element : tensor.elements)
      element = static_cast<float>(element);
  tensors_[value] = std::move(tensor);
  return Status();
}

void GraphFrame::define(Value value, const GraphWeight &weight) {
  weights_[value] = &weight;
}

void GraphFrame::copy(Value value, Value other) {
  if (const GraphWeight *weight = weights_.lookup(other))
    return define(value, *weight);
  GraphTensor copy = tensor(other);
  tensors_[value] = std::move(copy);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

static const GraphTable &graphTable() {
  static const GraphTable table = [] {
    GraphTable ops;
    addGraphOps(ops);
    addAttentionOps(ops);
    addExpertOps(ops);
    addFusedOps(ops);
    addTowerOps(ops);
    return ops;
  }();
  return table;
}

/// Whether an op takes rows by their numbers, from an operand that may have
/// more or fewer of them.
static bool isIndexed(Operation *op) {
  return isa<graph::TakeRowsOp, graph::PoolOp, graph::ReplaceRowsOp>(op);
}

/// Every other op works on rows that belong together.
static Status checkRows(Operation *op, const GraphFrame &frame) {
  std::optional<int64_t> numRows;
  for (Value operand : op->getOperands()) {
    if (!isa<RankedTensorType>(operand.getType()))
      continue;
    int64_t count = frame.tensor(operand).numRows();
    if (numRows && *numRows != count)
      return invalid("operands have " + std::to_string(*numRows) + " and " +
                     std::to_string(count) + " rows");
    numRows = count;
  }
  return Status();
}

static Status evaluate(Operation *op, GraphFrame &frame) {
  auto function = graphTable().find(op->getName().getStringRef());
  if (function == graphTable().end())
    return Status(StatusCode::Unimplemented, "has no meaning in a graph");
  if (!llvm::all_of(op->getResultTypes(), hasKnownRows))
    return invalid("only the first dimension of a result may be dynamic");
  if (!isIndexed(op))
    G4RT_TRY(checkRows(op, frame));
  return function->second(op, frame);
}

Status GraphFrame::run(Block &block) {
  for (Operation &op : block.without_terminator()) {
    Status status = evaluate(&op, *this);
    if (status.ok())
      continue;
    std::string where;
    llvm::raw_string_ostream(where) << op.getName() << " at " << op.getLoc();
    return std::move(status).during(where);
  }
  return Status();
}

} // namespace g4
