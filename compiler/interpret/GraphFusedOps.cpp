//===- GraphFusedOps.cpp - Meaning of fused linears and row groups --------===//

#include "compiler/interpret/GraphFrame.h"
#include "compiler/interpret/GraphMath.h"

namespace g4 {

using namespace graph;
using g4rt::Result;
using g4rt::Status;

static Result<GraphTensor> normAndLinear(FusedLinearOp op, GraphFrame &frame) {
  GraphTensor x = frame.tensor(op.getX());
  if (op.getNorm())
    x = rmsNorm(std::move(x), &frame.weight(op.getNorm()),
                op.getEpsilon()->convertToDouble());
  const GraphWeight &w = frame.weight(op.getW());
  return op.getExperts() ? expertLinear(x, frame.tensor(op.getExperts()), w)
                         : linear(x, w);
}

static Result<GraphTensor> epilogue(FusedLinearOp op, GraphTensor z,
                                    GraphFrame &frame) {
  switch (op.getEpilogue()) {
  case Epilogue::None:
    return z;
  case Epilogue::GeluGated: {
    int64_t half = z.lastDim() / 2;
    G4RT_ASSIGN(GraphTensor gate, sliced(z, 0, half));
    G4RT_ASSIGN(GraphTensor up, sliced(z, half, half));
    return geluMul(std::move(gate), up);
  }
  case Epilogue::GeluTimes:
    return geluMul(std::move(z), frame.tensor(op.getUp()));
  case Epilogue::Softcap:
    return softcapped(std::move(z), op.getCap()->convertToDouble());
  }
  return z;
}

static Status fusedLinear(FusedLinearOp op, GraphFrame &frame) {
  G4RT_ASSIGN(GraphTensor z, normAndLinear(op, frame));
  G4RT_ASSIGN(GraphTensor y, epilogue(op, std::move(z), frame));
  return frame.define(op.getY(), std::move(y));
}

static Status rows(RowsOp op, GraphFrame &frame) {
  mlir::Block &body = op.getBody().front();
  for (auto [argument, input] : llvm::zip(body.getArguments(), op.getInputs()))
    frame.copy(argument, input);
  G4RT_TRY(frame.run(body));
  auto yield = mlir::cast<YieldOp>(body.getTerminator());
  for (auto [output, value] : llvm::zip(op.getOutputs(), yield.getValues()))
    frame.copy(output, value);
  return Status();
}

void addFusedOps(GraphTable &table) {
  addGraphOp<FusedLinearOp, fusedLinear>(table);
  addGraphOp<RowsOp, rows>(table);
}

} // namespace g4
