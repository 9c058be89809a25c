//===- GraphInterpreter.cpp - Runs a function of g4 ops, slowly -----------===//

#include "compiler/interpret/GraphInterpreter.h"

#include "mlir/IR/BuiltinOps.h"

namespace g4 {

using namespace mlir;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

GraphStep wholeSequences(const std::vector<std::vector<int32_t>> &sequences) {
  GraphStep step;
  for (size_t s = 0; s < sequences.size(); ++s)
    for (size_t i = 0; i < sequences[s].size(); ++i) {
      step.outputs.push_back(static_cast<int32_t>(step.ids.size()));
      step.ids.push_back(sequences[s][i]);
      step.positions.push_back(static_cast<int32_t>(i));
      step.sequences.push_back(static_cast<int32_t>(s));
    }
  return step;
}

GraphTensor indexTensor(const std::vector<int32_t> &numbers) {
  return {{static_cast<int64_t>(numbers.size())},
          {numbers.begin(), numbers.end()}};
}

Result<GraphInterpreter> GraphInterpreter::create(func::FuncOp function,
                                                  const WeightSource &source,
                                                  Precision precision) {
  if (!function.getBody().hasOneBlock())
    return invalid("@" + function.getSymName().str() +
                   ": a function of one block is needed");
  GraphInterpreter interpreter(function, precision);
  auto module = function->getParentOfType<ModuleOp>();
  for (auto op : module.getOps<graph::WeightOp>()) {
    G4RT_ASSIGN(GraphWeight weight, GraphWeight::open(op, source));
    interpreter.state_.weights.try_emplace(op.getSymName(), std::move(weight));
  }
  return interpreter;
}

static Status bindArgument(Value argument, const GraphArgument &value,
                           GraphFrame &frame) {
  if (auto *tensor = std::get_if<GraphTensor>(&value))
    return frame.define(argument, *tensor);
  auto &weight = std::get<GraphWeight>(value);
  if (weight.type() != argument.getType())
    return invalid("a weight of another type is given");
  frame.define(argument, weight);
  return Status();
}

Result<std::vector<GraphTensor>>
GraphInterpreter::run(const std::vector<GraphArgument> &arguments,
                      const std::vector<int32_t> &sequences) {
  Block &body = function_.getBody().front();
  std::string what = "interpreting @" + function_.getSymName().str();
  if (arguments.size() != body.getNumArguments())
    return invalid(what + ": " + std::to_string(arguments.size()) +
                   " arguments, it takes " +
                   std::to_string(body.getNumArguments()));
  GraphFrame frame(state_, sequences);
  for (size_t i = 0; i < arguments.size(); ++i)
    if (Status status = bindArgument(body.getArgument(i), arguments[i], frame);
        !status.ok())
      return std::move(status).during(what + ": argument " + std::to_string(i));
  if (Status status = frame.run(body); !status.ok())
    return std::move(status).during(what);
  std::vector<GraphTensor> results;
  for (Value value : body.getTerminator()->getOperands()) {
    if (!isa<RankedTensorType>(value.getType()))
      return invalid(what + ": returns what is no tensor");
    results.push_back(frame.tensor(value));
  }
  return results;
}

Result<GraphTensor> GraphInterpreter::step(const GraphStep &step) {
  G4RT_ASSIGN(std::vector<GraphTensor> results,
              run({indexTensor(step.ids), indexTensor(step.positions),
                   indexTensor(step.outputs)},
                  step.sequences));
  if (results.size() != 1)
    return invalid("@" + function_.getSymName().str() + ": returns " +
                   std::to_string(results.size()) + " values, a model has one");
  return std::move(results[0]);
}

} // namespace g4
