//===- GraphWords.cpp - Words that Gemma 4's graphs are written in --------===//

#include "models/gemma4/GraphWords.h"

#include "dialects/graph/Graph.h"

#include <cmath>

namespace g4::gemma4 {

using namespace mlir;
using namespace graph;

//===----------------------------------------------------------------------===//
// Module level
//===----------------------------------------------------------------------===//

static quant::WeightType f32Weight(OpBuilder &b, ArrayRef<int64_t> shape) {
  auto format =
      quant::FormatAttr::of(b.getContext(), *artifact::findFormat("f32"));
  return quant::WeightType::get(b.getContext(), shape, format,
                                quant::LayoutAttr());
}

void GraphWords::declareWeight(const WeightSpec &spec) {
  SmallVector<StringRef> parts(spec.sources.begin(), spec.sources.end());
  auto op = WeightOp::create(b_, loc_, spec.name, f32Weight(b_, spec.shape),
                             b_.getStrArrayAttr(parts), ElementsAttr());
  op.setWeightClassAttr(
      WeightClassAttr::get(b_.getContext(), spec.weightClass));
  if (spec.synthetic)
    op.setSynthetic({{spec.synthetic->center, spec.synthetic->halfWidth}});
}

// theta^(-2i/headDim): the denominator is the whole head also where only the
// first pairs rotate. Each step rounds to f32 as transformers does it
// (modeling_rope_utils.py): an angle is position * frequency, so one ulp of a
// frequency is 1e-4 radians at position 1000.
static float ropeFrequency(int64_t pair, int64_t headDim,
                           const RopeConfig &rope) {
  float exponent = static_cast<float>(2 * pair) / static_cast<float>(headDim);
  float power =
      static_cast<float>(std::pow(rope.theta, static_cast<double>(exponent)));
  return 1.0f / power / static_cast<float>(rope.factor);
}

void GraphWords::declareRope(StringRef name, int64_t headDim,
                             const RopeConfig &rope) {
  SmallVector<float> frequencies(headDim / 2);
  for (int64_t i = 0; i < rope.numRotatedPairs; ++i)
    frequencies[i] = ropeFrequency(i, headDim, rope);
  auto type = RankedTensorType::get({headDim / 2}, b_.getF32Type());
  WeightOp::create(b_, loc_, name, f32Weight(b_, {headDim / 2}), ArrayAttr(),
                   DenseElementsAttr::get(type, ArrayRef<float>(frequencies)));
}

Block *GraphWords::beginFunction(StringRef name, FunctionType type) {
  b_.setInsertionPointToEnd(module_.getBody());
  auto function = func::FuncOp::create(b_, loc_, name, type);
  Block *entry = function.addEntryBlock();
  b_.setInsertionPointToStart(entry);
  return entry;
}

void GraphWords::endFunction(Value result) {
  func::ReturnOp::create(b_, loc_, result);
}

//===----------------------------------------------------------------------===//
// Types and ops
//===----------------------------------------------------------------------===//

RankedTensorType GraphWords::rows(ArrayRef<int64_t> dims, Type element) {
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  shape.append(dims.begin(), dims.end());
  return RankedTensorType::get(shape, element ? element : b_.getF32Type());
}

Value GraphWords::use(const std::string &name) {
  auto weight = module_.lookupSymbol<WeightOp>(name);
  return UseOp::create(b_, loc_, weight.getType(), name);
}

Value GraphWords::norm(Value x, const std::string &weight) {
  return RmsNormOp::create(b_, loc_, x.getType(), x,
                           weight.empty() ? Value() : use(weight),
                           f32(epsilon_));
}

Value GraphWords::linear(Value x, const std::string &weight) {
  Value w = use(weight);
  int64_t n = cast<quant::WeightType>(w.getType()).getDimSize(0);
  return LinearOp::create(b_, loc_, rows({n}), x, w);
}

Value GraphWords::heads(Value x, int64_t headDim) {
  return HeadsOp::create(b_, loc_, rows({lastDim(x) / headDim, headDim}), x);
}

Value GraphWords::flat(Value x) {
  auto type = cast<RankedTensorType>(x.getType());
  return HeadsOp::create(b_, loc_,
                         rows({type.getDimSize(1) * type.getDimSize(2)}), x);
}

Value GraphWords::scale(Value x, double factor, const std::string &weight) {
  return ScaleOp::create(b_, loc_, x.getType(), x,
                         weight.empty() ? Value() : use(weight), f32(factor));
}

Value GraphWords::add(Value a, Value b) {
  return AddOp::create(b_, loc_, a, b);
}

Value GraphWords::geluMul(Value gate, Value up) {
  return GeluMulOp::create(b_, loc_, gate, up);
}

Value GraphWords::rope(Value x, Value positions, const std::string &freqs) {
  return RopeOp::create(b_, loc_, x.getType(), x, positions, use(freqs));
}

void GraphWords::tap(const std::string &name, Value x) {
  TapOp::create(b_, loc_, name, x);
}

} // namespace g4::gemma4
