//===- VisionGraph.cpp - Gemma 4's tower of pictures as a graph -----------===//

#include "models/gemma4/VisionGraph.h"

#include "dialects/graph/Graph.h"
#include "models/gemma4/GraphWords.h"

#include <cmath>

namespace g4::gemma4 {

using namespace mlir;
using namespace graph;

constexpr int64_t kAxes = 2; // columns and rows of a picture
/// Of torch's LayerNorm, which config.json does not state.
constexpr double kLayerNormEps = 1e-5;

namespace {

class VisionGraph : GraphWords {
public:
  VisionGraph(const VisionConfig &config, int64_t textSize, ModuleOp module)
      : GraphWords(module, config.rmsNormEps), config_(config),
        textSize_(textSize) {}

  void build(const std::vector<WeightSpec> &weights);

private:
  void buildTower();
  void buildProjection();

  // Blocks of the tower; h is the residual stream [patches, hidden].
  Value embedPatches(Value patches);
  Value encoderLayer(int64_t i, Value h);
  Value attention(const std::string &layer, Value h);
  Value feedForward(const std::string &layer, Value h);
  Value pooled(Value h, Value cells);
  Value project(Value y) { return linear(norm(y), "vision.project"); }

  // Words that text has no use for.
  Value positionEmbedding(bool isInterleaved);
  Value clippable(Value x, const std::string &name);
  Value clamp(Value x, const std::string &bounds);
  Value shift(Value x, double factor, const std::string &weight = "");
  Value layerNorm(Value x, const std::string &name);

  const VisionConfig &config_;
  int64_t textSize_;
  /// The last two are null in a projection.
  Value positions_, begins_, ends_;
};

} // namespace

void VisionGraph::build(const std::vector<WeightSpec> &weights) {
  b_.setInsertionPointToEnd(module_.getBody());
  for (const WeightSpec &spec : weights)
    declareWeight(spec);
  if (config_.isTower())
    buildTower();
  else
    buildProjection();
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

void VisionGraph::buildTower() {
  int64_t half = config_.headDim / kAxes;
  declareRope("vision.rope", half,
              {.theta = config_.ropeTheta, .numRotatedPairs = half / 2});
  int64_t cellSize = config_.poolingSize * config_.poolingSize;
  Block *entry = beginFunction(
      "vision", b_.getFunctionType({rows({config_.rowSize()}), indices({kAxes}),
                                    indices(), indices(), indices({cellSize})},
                                   {rows({textSize_})}));
  positions_ = entry->getArgument(1);
  begins_ = entry->getArgument(2);
  ends_ = entry->getArgument(3);
  Value h = embedPatches(entry->getArgument(0));
  tap("vision.embed", h);
  for (int64_t i = 0; i < config_.numLayers; ++i) {
    h = encoderLayer(i, h);
    tap("vision.layers." + std::to_string(i), h);
  }
  endFunction(project(pooled(h, entry->getArgument(4))));
}

void VisionGraph::buildProjection() {
  Block *entry = beginFunction(
      "vision",
      b_.getFunctionType({rows({config_.rowSize()}), indices({kAxes})},
                         {rows({textSize_})}));
  positions_ = entry->getArgument(1);
  Value x = layerNorm(entry->getArgument(0), "vision.patch.norm");
  Value h = shift(linear(x, "vision.patch.proj"), 1, "vision.patch.proj_bias");
  h = layerNorm(h, "vision.patch.post_norm");
  h = add(h, positionEmbedding(/*isInterleaved=*/true));
  h = layerNorm(h, "vision.norm");
  tap("vision.embed", h);
  endFunction(project(h));
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

// Pixels of 0 to 1 become -1 to 1.
Value VisionGraph::embedPatches(Value patches) {
  Value x = shift(scale(patches, 2), -1);
  return add(linear(x, "vision.patch.proj"),
             positionEmbedding(/*isInterleaved=*/false));
}

Value VisionGraph::encoderLayer(int64_t i, Value h) {
  std::string layer = "vision.layers." + std::to_string(i) + ".";
  return feedForward(layer, attention(layer, h));
}

Value VisionGraph::attention(const std::string &layer, Value h) {
  std::string name = layer + "attn.";
  Value x = norm(h, name + "norm");
  auto rotated = [&](const char *linear, const char *weight) {
    Value n = heads(clippable(x, name + linear), config_.headDim);
    return rope(norm(n, name + weight), positions_, "vision.rope");
  };
  Value q = rotated("q", "q_norm"), k = rotated("k", "k_norm");
  Value v = norm(heads(clippable(x, name + "v"), config_.headDim));
  Value o = SpanAttentionOp::create(b_, loc_, q.getType(), q, k, v, begins_,
                                    ends_, f32(1));
  return add(h, norm(clippable(flat(o), name + "o"), name + "post_norm"));
}

Value VisionGraph::feedForward(const std::string &layer, Value h) {
  std::string name = layer + "mlp.";
  Value x = norm(h, name + "norm");
  Value gate = clippable(x, name + "gate"), up = clippable(x, name + "up");
  Value y = clippable(geluMul(gate, up), name + "down");
  return add(h, norm(y, name + "post_norm"));
}

Value VisionGraph::pooled(Value h, Value cells) {
  Value y = PoolOp::create(b_, loc_, rows({config_.hiddenSize}), h, cells);
  y = scale(y, std::sqrt(static_cast<double>(config_.hiddenSize)));
  if (config_.standardize)
    y = scale(shift(y, -1, "vision.std_bias"), 1, "vision.std_scale");
  tap("vision.pooled", y);
  return y;
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

Value VisionGraph::positionEmbedding(bool isInterleaved) {
  return EmbedOp::create(b_, loc_, rows({config_.hiddenSize}), positions_,
                         use("vision.patch.positions"), f32(1),
                         isInterleaved ? b_.getUnitAttr() : UnitAttr());
}

Value VisionGraph::clippable(Value x, const std::string &name) {
  if (!config_.clippedLinears)
    return linear(x, name);
  Value y = linear(clamp(x, name + ".input"), name);
  return clamp(y, name + ".output");
}

Value VisionGraph::clamp(Value x, const std::string &bounds) {
  Value low = use(bounds + "_min"), high = use(bounds + "_max");
  return ClampOp::create(b_, loc_, x.getType(), x, low, high);
}

Value VisionGraph::shift(Value x, double factor, const std::string &weight) {
  return ShiftOp::create(b_, loc_, x.getType(), x,
                         weight.empty() ? Value() : use(weight), f32(factor));
}

Value VisionGraph::layerNorm(Value x, const std::string &name) {
  Value weight = use(name), bias = use(name + "_bias");
  return LayerNormOp::create(b_, loc_, x.getType(), x, weight, bias,
                             f32(kLayerNormEps));
}

void addVisionGraph(const VisionConfig &config,
                    const std::vector<WeightSpec> &weights, int64_t textSize,
                    ModuleOp module) {
  VisionGraph(config, textSize, module).build(weights);
}

} // namespace g4::gemma4
