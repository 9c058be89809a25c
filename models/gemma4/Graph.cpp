//===- Graph.cpp - Gemma 4 as a graph -------------------------------------===//

#include "models/gemma4/Graph.h"

#include "dialects/graph/Graph.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

namespace g4::gemma4 {

using namespace mlir;
using namespace graph;

namespace {

class GraphBuilder {
public:
  GraphBuilder(const TextConfig &config, MLIRContext *context)
      : config_(config), b_(context), loc_(b_.getUnknownLoc()) {}

  OwningOpRef<ModuleOp> build(const std::vector<WeightSpec> &weights);

private:
  // Module level.
  void declareWeight(const WeightSpec &spec);
  void declareRope(StringRef name, int64_t headDim, const RopeConfig &rope);
  void declareCaches();
  void buildFunction();

  // Blocks of the model; h is the residual stream [rows, hidden].
  Value embedTokens();
  Value perLayerInputs(Value h);
  Value decoderLayer(int64_t i, Value h, Value perLayerInput);
  Value attention(int64_t i, Value h);
  Value feedForward(int64_t i, Value h);
  Value denseMlp(const std::string &layer, Value h);
  Value experts(const std::string &layer, Value h);
  std::pair<Value, Value> route(const std::string &layer, Value h);
  Value addPerLayerInput(int64_t i, Value h, Value perLayerInput);
  Value logits(Value h);

  // Words.
  RankedTensorType rows(ArrayRef<int64_t> dims, Type element = {});
  Value use(const std::string &name);
  Value norm(Value x, const std::string &weight = "");
  Value linear(Value x, const std::string &weight);
  Value heads(Value x, int64_t headDim);
  Value flat(Value x);
  Value scale(Value x, double factor, const std::string &weight = "");
  Value add(Value a, Value b) { return AddOp::create(b_, loc_, a, b); }
  Value geluMul(Value gate, Value up) {
    return GeluMulOp::create(b_, loc_, gate, up);
  }
  void tap(const std::string &name, Value x) {
    TapOp::create(b_, loc_, name, x);
  }
  std::string layerName(int64_t i) const {
    return "layers." + std::to_string(i) + ".";
  }
  FloatAttr f32(double value) { return b_.getF32FloatAttr(value); }

  const TextConfig &config_;
  OpBuilder b_;
  Location loc_;
  ModuleOp module_;
  Value ids_, positions_, outputs_;
};

} // namespace

static int64_t lastDim(Value x) {
  return cast<RankedTensorType>(x.getType()).getShape().back();
}

RankedTensorType GraphBuilder::rows(ArrayRef<int64_t> dims, Type element) {
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  shape.append(dims.begin(), dims.end());
  return RankedTensorType::get(shape, element ? element : b_.getF32Type());
}

//===----------------------------------------------------------------------===//
// Module level
//===----------------------------------------------------------------------===//

static quant::WeightType f32Weight(OpBuilder &b, ArrayRef<int64_t> shape) {
  auto format =
      quant::FormatAttr::of(b.getContext(), *artifact::findFormat("f32"));
  return quant::WeightType::get(b.getContext(), shape, format,
                                quant::LayoutAttr());
}

void GraphBuilder::declareWeight(const WeightSpec &spec) {
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

void GraphBuilder::declareRope(StringRef name, int64_t headDim,
                               const RopeConfig &rope) {
  SmallVector<float> frequencies(headDim / 2);
  for (int64_t i = 0; i < rope.numRotatedPairs; ++i)
    frequencies[i] = ropeFrequency(i, headDim, rope);
  auto type = RankedTensorType::get({headDim / 2}, b_.getF32Type());
  WeightOp::create(
      b_, loc_, name, f32Weight(b_, {headDim / 2}), ArrayAttr(),
      DenseElementsAttr::get(type, ArrayRef<float>(frequencies)));
}

void GraphBuilder::declareCaches() {
  const LayerConfig *sliding = nullptr, *full = nullptr;
  for (int64_t i = 0; i < config_.numLayers(); ++i) {
    const LayerConfig &layer = config_.layers[i];
    (layer.isFull ? full : sliding) = &layer;
    if (layer.kvLayer == i)
      KvCacheOp::create(b_, loc_, "kv." + std::to_string(i),
                        layer.isFull ? 0 : config_.slidingWindow,
                        layer.numKvHeads, layer.headDim, b_.getF32Type());
  }
  if (sliding)
    declareRope("rope.sliding", sliding->headDim, config_.slidingRope);
  if (full)
    declareRope("rope.full", full->headDim, config_.fullRope);
}

OwningOpRef<ModuleOp>
GraphBuilder::build(const std::vector<WeightSpec> &weights) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc_);
  module_ = *module;
  b_.setInsertionPointToEnd(module_.getBody());
  for (const WeightSpec &spec : weights)
    declareWeight(spec);
  declareCaches();
  buildFunction();
  return module;
}

void GraphBuilder::buildFunction() {
  auto words = rows({}, b_.getI32Type());
  auto type =
      b_.getFunctionType({words, words, words}, {rows({config_.vocabSize})});
  auto function = func::FuncOp::create(b_, loc_, "text", type);
  Block *entry = function.addEntryBlock();
  b_.setInsertionPointToStart(entry);
  ids_ = entry->getArgument(0);
  positions_ = entry->getArgument(1);
  outputs_ = entry->getArgument(2);
  Value h = embedTokens();
  tap("embed", h);
  Value inputs = config_.perLayerInputSize ? perLayerInputs(h) : Value();
  for (int64_t i = 0; i < config_.numLayers(); ++i) {
    h = decoderLayer(i, h, inputs);
    tap("layers." + std::to_string(i), h);
  }
  func::ReturnOp::create(b_, loc_, logits(h));
}

//===----------------------------------------------------------------------===//
// Blocks of the model
//===----------------------------------------------------------------------===//

Value GraphBuilder::embedTokens() {
  double factor = std::sqrt(static_cast<double>(config_.hiddenSize));
  return EmbedOp::create(b_, loc_, rows({config_.hiddenSize}), ids_,
                         use("embed"), f32(factor));
}

// ple = (norm(proj(h) / sqrt(hidden)) + table[ids] * sqrt(p)) / sqrt(2), for
// all layers at once; the norm is over the p channels of one layer.
Value GraphBuilder::perLayerInputs(Value h) {
  int64_t p = config_.perLayerInputSize;
  Value tokens =
      EmbedOp::create(b_, loc_, rows({config_.numLayers() * p}), ids_,
                      use("ple.embed"), f32(std::sqrt(static_cast<double>(p))));
  Value context = scale(heads(linear(h, "ple.model_proj"), p),
                        1 / std::sqrt(double(config_.hiddenSize)));
  context = norm(context, "ple.norm");
  Value sum = add(context, heads(tokens, p));
  return flat(scale(sum, 1 / std::sqrt(2.0)));
}

Value GraphBuilder::decoderLayer(int64_t i, Value h, Value perLayerInput) {
  h = attention(i, h);
  h = feedForward(i, h);
  if (perLayerInput)
    h = addPerLayerInput(i, h, perLayerInput);
  return scale(h, 1, layerName(i) + "scalar");
}

Value GraphBuilder::attention(int64_t i, Value h) {
  const LayerConfig &layer = config_.layers[i];
  std::string name = layerName(i) + "attn.";
  std::string cache = "kv." + std::to_string(layer.kvLayer);
  Value freqs = use(layer.isFull ? "rope.full" : "rope.sliding");
  Value x = norm(h, name + "norm");
  auto rotated = [&](Value projected, const char *weight) {
    Value n = norm(heads(projected, layer.headDim), name + weight);
    return RopeOp::create(b_, loc_, n.getType(), n, positions_, freqs);
  };
  Value q = rotated(linear(x, name + "q"), "q_norm");
  if (layer.kvLayer == i) {
    Value rawKeys = linear(x, name + "k");
    Value rawValues = layer.kEqV ? rawKeys : linear(x, name + "v");
    Value keys = rotated(rawKeys, "k_norm");
    Value values = norm(heads(rawValues, layer.headDim));
    KvWriteOp::create(b_, loc_, cache, keys, values, positions_);
  }
  Value o = AttentionOp::create(b_, loc_, q.getType(),
                                FlatSymbolRefAttr::get(b_.getContext(), cache),
                                q, positions_, f32(1.0));
  return add(h, norm(linear(flat(o), name + "o"), name + "post_norm"));
}

Value GraphBuilder::denseMlp(const std::string &layer, Value h) {
  Value x = norm(h, layer + "mlp.norm");
  Value gate = linear(x, layer + "mlp.gate");
  Value up = linear(x, layer + "mlp.up");
  return linear(geluMul(gate, up), layer + "mlp.down");
}

// The router reads the residual stream, not a normalised copy that others read.
std::pair<Value, Value> GraphBuilder::route(const std::string &layer, Value h) {
  double factor = 1 / std::sqrt(double(config_.hiddenSize));
  Value r = scale(norm(h), factor, layer + "router.scale");
  Value logits = linear(r, layer + "router.proj");
  auto topK =
      TopKOp::create(b_, loc_, rows({config_.topKExperts}),
                     rows({config_.topKExperts}, b_.getI32Type()), logits,
                     /*skip_below=*/f32(0));
  Value weights = ExpertScaleOp::create(b_, loc_, topK.getWeights().getType(),
                                        topK.getWeights(), topK.getExperts(),
                                        use(layer + "router.per_expert_scale"));
  tap(layer + "router.weights", weights);
  tap(layer + "router.experts", topK.getExperts());
  return {weights, topK.getExperts()};
}

Value GraphBuilder::experts(const std::string &layer, Value h) {
  int64_t k = config_.topKExperts, inner = config_.moeIntermediateSize;
  auto [weights, experts] = route(layer, h);
  Value x = norm(h, layer + "experts.norm");
  Value gateUp =
      ExpertLinearOp::create(b_, loc_, rows({k, 2 * inner}), x, experts,
                             use(layer + "experts.gate_up"));
  auto half = [&](int64_t offset) {
    return SliceOp::create(b_, loc_, rows({k, inner}), gateUp, offset);
  };
  Value gate = half(0), up = half(inner);
  Value act = geluMul(gate, up);
  Value down =
      ExpertLinearOp::create(b_, loc_, rows({k, config_.hiddenSize}), act,
                             experts, use(layer + "experts.down"));
  return ExpertSumOp::create(b_, loc_, rows({config_.hiddenSize}), down,
                             weights);
}

// With experts, the dense MLP and they run side by side on the same h, each
// with a norm of its own before the common one.
Value GraphBuilder::feedForward(int64_t i, Value h) {
  std::string layer = layerName(i);
  Value y = denseMlp(layer, h);
  if (config_.hasExperts()) {
    Value sparse = experts(layer, h);
    Value dense = norm(y, layer + "mlp.dense_norm");
    sparse = norm(sparse, layer + "experts.post_norm");
    y = add(dense, sparse);
  }
  return add(h, norm(y, layer + "mlp.post_norm"));
}

Value GraphBuilder::addPerLayerInput(int64_t i, Value h, Value perLayerInput) {
  std::string layer = layerName(i);
  int64_t p = config_.perLayerInputSize;
  Value input = SliceOp::create(b_, loc_, rows({p}), perLayerInput, i * p);
  Value gated = geluMul(linear(h, layer + "ple.gate"), input);
  return add(h,
             norm(linear(gated, layer + "ple.proj"), layer + "ple.post_norm"));
}

Value GraphBuilder::logits(Value h) {
  Value wanted = TakeRowsOp::create(b_, loc_, h.getType(), h, outputs_);
  Value x = norm(wanted, "norm");
  Value y = linear(x, config_.tieWordEmbeddings ? "embed" : "lm_head");
  if (config_.finalLogitSoftcap == 0)
    return y;
  return SoftcapOp::create(b_, loc_, y.getType(), y,
                           f32(config_.finalLogitSoftcap));
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

Value GraphBuilder::use(const std::string &name) {
  auto weight = module_.lookupSymbol<WeightOp>(name);
  return UseOp::create(b_, loc_, weight.getType(), name);
}

Value GraphBuilder::norm(Value x, const std::string &weight) {
  return RmsNormOp::create(b_, loc_, x.getType(), x,
                           weight.empty() ? Value() : use(weight),
                           f32(config_.rmsNormEps));
}

Value GraphBuilder::linear(Value x, const std::string &weight) {
  Value w = use(weight);
  int64_t n = cast<quant::WeightType>(w.getType()).getDimSize(0);
  return LinearOp::create(b_, loc_, rows({n}), x, w);
}

Value GraphBuilder::heads(Value x, int64_t headDim) {
  return HeadsOp::create(b_, loc_, rows({lastDim(x) / headDim, headDim}), x);
}

Value GraphBuilder::flat(Value x) {
  auto type = cast<RankedTensorType>(x.getType());
  return HeadsOp::create(b_, loc_,
                         rows({type.getDimSize(1) * type.getDimSize(2)}), x);
}

Value GraphBuilder::scale(Value x, double factor, const std::string &weight) {
  return ScaleOp::create(b_, loc_, x.getType(), x,
                         weight.empty() ? Value() : use(weight), f32(factor));
}

OwningOpRef<ModuleOp> buildTextGraph(const TextConfig &config,
                                     const std::vector<WeightSpec> &weights,
                                     MLIRContext *context) {
  return GraphBuilder(config, context).build(weights);
}

} // namespace g4::gemma4
