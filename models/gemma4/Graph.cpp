//===- Graph.cpp - Gemma 4 as a graph -------------------------------------===//

#include "models/gemma4/Graph.h"

#include "dialects/graph/Graph.h"
#include "models/gemma4/GraphWords.h"

#include <cmath>

namespace g4::gemma4 {

using namespace mlir;
using namespace graph;

namespace {

class TextGraph : GraphWords {
public:
  TextGraph(const TextConfig &config, TextInputs inputs, ModuleOp module)
      : GraphWords(module, config.rmsNormEps), config_(config),
        inputs_(inputs) {}

  void build(const std::vector<WeightSpec> &weights);

private:
  // Module level.
  void declareCaches();
  void takeArguments();

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

  std::string layerName(int64_t i) const {
    return "layers." + std::to_string(i) + ".";
  }

  const TextConfig &config_;
  TextInputs inputs_;
  Value ids_, positions_, outputs_;
  /// Null without soft tokens; pictureEnds_ also where rows of a picture see no
  /// later ones.
  Value softTokens_, softRows_, pictureEnds_;
};

} // namespace

void TextGraph::declareCaches() {
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

void TextGraph::takeArguments() {
  bool isBothWays =
      inputs_ == TextInputs::WithSoftTokens && config_.picturesSeeBothWays;
  SmallVector<Type> types = {indices(), indices(), indices()};
  if (inputs_ == TextInputs::WithSoftTokens)
    types.append({rows({config_.hiddenSize}), indices()});
  if (isBothWays)
    types.push_back(indices());
  Block *entry = beginFunction(
      "text", b_.getFunctionType(types, {rows({config_.vocabSize})}));
  ids_ = entry->getArgument(0);
  positions_ = entry->getArgument(1);
  outputs_ = entry->getArgument(2);
  if (inputs_ == TextInputs::WithSoftTokens) {
    softTokens_ = entry->getArgument(3);
    softRows_ = entry->getArgument(4);
  }
  if (isBothWays)
    pictureEnds_ = entry->getArgument(5);
}

void TextGraph::build(const std::vector<WeightSpec> &weights) {
  for (const WeightSpec &spec : weights)
    declareWeight(spec);
  declareCaches();
  takeArguments();
  Value h = embedTokens();
  tap("embed", h);
  Value inputs = config_.perLayerInputSize ? perLayerInputs(h) : Value();
  for (int64_t i = 0; i < config_.numLayers(); ++i) {
    h = decoderLayer(i, h, inputs);
    tap("layers." + std::to_string(i), h);
  }
  endFunction(logits(h));
}

//===----------------------------------------------------------------------===//
// Blocks of the model
//===----------------------------------------------------------------------===//

Value TextGraph::embedTokens() {
  double factor = std::sqrt(static_cast<double>(config_.hiddenSize));
  Value h = EmbedOp::create(b_, loc_, rows({config_.hiddenSize}), ids_,
                            use("embed"), f32(factor), UnitAttr());
  if (!softTokens_)
    return h;
  return ReplaceRowsOp::create(b_, loc_, h.getType(), h, softTokens_,
                               softRows_);
}

// ple = (norm(proj(h) / sqrt(hidden)) + table[ids] * sqrt(p)) / sqrt(2), for
// all layers at once; the norm is over the p channels of one layer.
Value TextGraph::perLayerInputs(Value h) {
  int64_t p = config_.perLayerInputSize;
  Value tokens = EmbedOp::create(
      b_, loc_, rows({config_.numLayers() * p}), ids_, use("ple.embed"),
      f32(std::sqrt(static_cast<double>(p))), UnitAttr());
  Value context = scale(heads(linear(h, "ple.model_proj"), p),
                        1 / std::sqrt(double(config_.hiddenSize)));
  context = norm(context, "ple.norm");
  Value sum = add(context, heads(tokens, p));
  return flat(scale(sum, 1 / std::sqrt(2.0)));
}

Value TextGraph::decoderLayer(int64_t i, Value h, Value perLayerInput) {
  h = attention(i, h);
  h = feedForward(i, h);
  if (perLayerInput)
    h = addPerLayerInput(i, h, perLayerInput);
  return scale(h, 1, layerName(i) + "scalar");
}

Value TextGraph::attention(int64_t i, Value h) {
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
  Value o = AttentionOp::create(
      b_, loc_, q.getType(), FlatSymbolRefAttr::get(b_.getContext(), cache), q,
      positions_, layer.isFull ? Value() : pictureEnds_, f32(1.0));
  return add(h, norm(linear(flat(o), name + "o"), name + "post_norm"));
}

Value TextGraph::denseMlp(const std::string &layer, Value h) {
  Value x = norm(h, layer + "mlp.norm");
  Value gate = linear(x, layer + "mlp.gate");
  Value up = linear(x, layer + "mlp.up");
  return linear(geluMul(gate, up), layer + "mlp.down");
}

// The router reads the residual stream, not a normalised copy that others read.
std::pair<Value, Value> TextGraph::route(const std::string &layer, Value h) {
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

Value TextGraph::experts(const std::string &layer, Value h) {
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
Value TextGraph::feedForward(int64_t i, Value h) {
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

Value TextGraph::addPerLayerInput(int64_t i, Value h, Value perLayerInput) {
  std::string layer = layerName(i);
  int64_t p = config_.perLayerInputSize;
  Value input = SliceOp::create(b_, loc_, rows({p}), perLayerInput, i * p);
  Value gated = geluMul(linear(h, layer + "ple.gate"), input);
  return add(h,
             norm(linear(gated, layer + "ple.proj"), layer + "ple.post_norm"));
}

Value TextGraph::logits(Value h) {
  Value wanted = TakeRowsOp::create(b_, loc_, h.getType(), h, outputs_);
  Value x = norm(wanted, "norm");
  Value y = linear(x, config_.tieWordEmbeddings ? "embed" : "lm_head");
  if (config_.finalLogitSoftcap == 0)
    return y;
  return SoftcapOp::create(b_, loc_, y.getType(), y,
                           f32(config_.finalLogitSoftcap));
}

OwningOpRef<ModuleOp> buildTextGraph(const TextConfig &config,
                                     const std::vector<WeightSpec> &weights,
                                     TextInputs inputs, MLIRContext *context) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(context));
  TextGraph(config, inputs, *module).build(weights);
  return module;
}

} // namespace g4::gemma4
