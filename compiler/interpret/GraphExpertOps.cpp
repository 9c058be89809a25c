//===- GraphExpertOps.cpp - Meaning of routing and experts ----------------===//

#include "compiler/interpret/GraphFrame.h"
#include "compiler/interpret/GraphMath.h"

namespace g4 {

using namespace graph;
using g4rt::Result;
using g4rt::Status;

static int64_t placesOf(mlir::Value weights) {
  return mlir::cast<mlir::RankedTensorType>(weights.getType())
      .getShape()
      .back();
}

static Status topKOp(TopKOp op, GraphFrame &frame) {
  G4RT_ASSIGN(TopK chosen,
              topK(frame.tensor(op.getLogits()), placesOf(op.getWeights()),
                   op.getSkipBelow().convertToDouble()));
  G4RT_TRY(frame.define(op.getWeights(), std::move(chosen.weights)));
  return frame.define(op.getExperts(), std::move(chosen.experts));
}

static Status expertScale(ExpertScaleOp op, GraphFrame &frame) {
  G4RT_ASSIGN(GraphTensor y, expertScaled(frame.tensor(op.getWeights()),
                                          frame.tensor(op.getExperts()),
                                          frame.weight(op.getScales())));
  return frame.define(op.getY(), std::move(y));
}

static Status expertLinearOp(ExpertLinearOp op, GraphFrame &frame) {
  G4RT_ASSIGN(GraphTensor y, expertLinear(frame.tensor(op.getX()),
                                          frame.tensor(op.getExperts()),
                                          frame.weight(op.getW())));
  return frame.define(op.getY(), std::move(y));
}

static Status expertSumOp(ExpertSumOp op, GraphFrame &frame) {
  G4RT_ASSIGN(GraphTensor y, expertSum(frame.tensor(op.getX()),
                                       frame.tensor(op.getWeights())));
  return frame.define(op.getY(), std::move(y));
}

static Status router(RouterOp op, GraphFrame &frame) {
  GraphTensor r = rmsNorm(frame.tensor(op.getX()), nullptr,
                          op.getEpsilon().convertToDouble());
  r = scaled(std::move(r), &frame.weight(op.getScale()),
             op.getFactor().convertToDouble());
  G4RT_ASSIGN(GraphTensor logits, linear(r, frame.weight(op.getProj())));
  G4RT_ASSIGN(TopK chosen, topK(logits, placesOf(op.getWeights()),
                                op.getSkipBelow().convertToDouble()));
  G4RT_ASSIGN(GraphTensor weights,
              expertScaled(std::move(chosen.weights), chosen.experts,
                           frame.weight(op.getPerExpertScale())));
  G4RT_TRY(frame.define(op.getWeights(), std::move(weights)));
  return frame.define(op.getExperts(), std::move(chosen.experts));
}

void addExpertOps(GraphTable &table) {
  addGraphOp<TopKOp, topKOp>(table);
  addGraphOp<ExpertScaleOp, expertScale>(table);
  addGraphOp<ExpertLinearOp, expertLinearOp>(table);
  addGraphOp<ExpertSumOp, expertSumOp>(table);
  addGraphOp<RouterOp, router>(table);
}

} // namespace g4
