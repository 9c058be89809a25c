//===- GraphInterpreter.h - Runs a function of g4 ops, slowly ---*- C++ -*-===//
//
// The meaning of the graph dialect: one op after the other, each as its
// description says, floats in f64. Takes what import, quantize and fuse leave;
// the passes are tested by comparing what it gives before and after them. A
// weight's format and a cache's dtype round what is stored; that a kernel may
// read its activations as bf16 is not shown.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_INTERPRET_GRAPHINTERPRETER_H
#define G4_COMPILER_INTERPRET_GRAPHINTERPRETER_H

#include "compiler/interpret/GraphFrame.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <variant>

namespace g4 {

/// The rows of one step, as a server would batch them.
struct GraphStep {
  /// Equally many: of each row the token, its position and its sequence.
  std::vector<int32_t> ids, positions, sequences;
  /// The rows whose logits are wanted.
  std::vector<int32_t> outputs;
};

/// Rows for whole sequences from position 0, one after the other; all are
/// wanted.
GraphStep wholeSequences(const std::vector<std::vector<int32_t>> &sequences);

/// Indices [numbers.size()] as a value.
GraphTensor indexTensor(const std::vector<int32_t> &numbers);

/// What an argument of a function is: numbers, or a weight where the function
/// takes one instead of using a symbol.
using GraphArgument = std::variant<GraphTensor, GraphWeight>;

/// A function with its weights and its caches, which grow from call to call.
/// Not thread-safe; borrows the IR and what the weights come from.
class GraphInterpreter {
public:
  /// Errors: those of GraphWeight::open, for each g4.weight beside `function`.
  static g4rt::Result<GraphInterpreter> create(mlir::func::FuncOp function,
                                               const WeightSource &source,
                                               Precision precision);

  /// Calls `sink` in later runs with each g4.tap; null ends it.
  void setTapSink(GraphTapSink sink) { state_.tapSink = std::move(sink); }

  /// The function's results. `sequences` has the sequence of each row.
  ///
  /// Errors: InvalidArgument for arguments that are not the function's, rows
  /// that do not belong together, tokens, experts or positions out of range;
  /// Unimplemented for an op of another dialect. The caches then hold some of
  /// the step, and the interpreter is of no more use.
  g4rt::Result<std::vector<GraphTensor>>
  run(const std::vector<GraphArgument> &arguments,
      const std::vector<int32_t> &sequences);

  /// Logits [outputs, vocabulary] of a text program without soft tokens, as
  /// import makes it. Errors: as above.
  g4rt::Result<GraphTensor> step(const GraphStep &step);

private:
  GraphInterpreter(mlir::func::FuncOp function, Precision precision)
      : function_(function), state_{precision, {}, GraphCache(precision), {}} {}

  mlir::func::FuncOp function_;
  GraphState state_;
};

} // namespace g4

#endif // G4_COMPILER_INTERPRET_GRAPHINTERPRETER_H
