//===- GraphFrame.h - One evaluation of a graph -----------------*- C++ -*-===//
//
// The values of a function while it is evaluated, and the table of what each op
// does with them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_INTERPRET_GRAPHFRAME_H
#define G4_COMPILER_INTERPRET_GRAPHFRAME_H

#include "compiler/interpret/GraphCache.h"
#include "compiler/interpret/GraphWeights.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "mlir/IR/Block.h"

#include <functional>

namespace g4 {

/// Called with each g4.tap: its name ("layers.3") and its value.
using GraphTapSink =
    std::function<void(llvm::StringRef name, const GraphTensor &value)>;

class GraphFrame;

/// What an op does. Errors: InvalidArgument for numbers that it has no meaning
/// for, such as a token that the table lacks.
using GraphFunction = g4rt::Status (*)(mlir::Operation *op, GraphFrame &frame);
using GraphTable = llvm::StringMap<GraphFunction>;

/// What outlives an evaluation.
struct GraphState {
  Precision precision = Precision::F64;
  llvm::StringMap<GraphWeight> weights;
  GraphCache cache;
  GraphTapSink tapSink;
};

/// Index `index` of `count` things, of which a message calls each `what`.
///
/// Errors: InvalidArgument if there is none.
g4rt::Result<int64_t> checkedIndex(double index, int64_t count,
                                   const char *what);

class GraphFrame {
public:
  /// `sequences` has the sequence of each row.
  GraphFrame(GraphState &state, const std::vector<int32_t> &sequences)
      : state_(state), sequences_(sequences) {}

  GraphState &state() { return state_; }
  /// Until the next define() or copy().
  const GraphTensor &tensor(mlir::Value value) const;
  const GraphWeight &weight(mlir::Value value) const;
  /// Null for a null value.
  const GraphWeight *weightIfAny(mlir::Value value) const;

  /// Positions of rows, with their sequences. Errors: InvalidArgument if there
  /// are not as many sequences.
  g4rt::Result<GraphCache::Rows> rows(mlir::Value positions) const;

  /// Gives `value` its numbers, rounded to the precision. Errors:
  /// InvalidArgument if they do not have the shape that its type says.
  g4rt::Status define(mlir::Value value, GraphTensor tensor);
  void define(mlir::Value value, const GraphWeight &weight);
  /// Makes `value` mean what `other` means.
  void copy(mlir::Value value, mlir::Value other);

  /// Evaluates the ops of `block`, but for its terminator. Errors: those of the
  /// ops, with the op's name and location.
  g4rt::Status run(mlir::Block &block);

private:
  GraphState &state_;
  const std::vector<int32_t> &sequences_;
  llvm::DenseMap<mlir::Value, GraphTensor> tensors_;
  llvm::DenseMap<mlir::Value, const GraphWeight *> weights_;
};

/// Add the ops of a .td file of dialects/graph to a table.
void addGraphOps(GraphTable &table);
void addAttentionOps(GraphTable &table);
void addExpertOps(GraphTable &table);
void addFusedOps(GraphTable &table);
void addTowerOps(GraphTable &table);

/// A row of the table: `function` with the op's own type.
template <typename Op, g4rt::Status (*function)(Op, GraphFrame &)>
void addGraphOp(GraphTable &table) {
  table[Op::getOperationName()] = [](mlir::Operation *op, GraphFrame &frame) {
    return function(mlir::cast<Op>(op), frame);
  };
}

} // namespace g4

#endif // G4_COMPILER_INTERPRET_GRAPHFRAME_H
