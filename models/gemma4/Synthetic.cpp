//===- Synthetic.cpp - Distributions for a model nobody trained -----------===//

#include "models/gemma4/Synthetic.h"

#include <cmath>

namespace g4::gemma4 {

using Range = WeightSpec::Range;

// Half the width of an even distribution with a standard deviation of 1.
constexpr double kSqrt3 = 1.7320508075688772;

static Range aroundZero(double deviation) {
  return {0, static_cast<float>(kSqrt3 * deviation)};
}

// A power of two: Synthetic.h of the runtime says why.
static Range around(double center) {
  return {static_cast<float>(center), .25f};
}

// Deviation of the embedding, times hidden. With a tied head, the logit of the
// token that was read stands out by kEmbedSize / rms deviations of the others,
// rms being that of the residual: the root of the number of sublayers, each of
// which adds an output of size 1. With the usual sqrt(hidden) it would be the
// largest of all, and greedy decoding would repeat one token for ever.
static constexpr double kEmbedSize = 4;

// Standard deviation of the logits; with temperature 1 an answer is neither
// fixed nor even noise.
static constexpr double kLogitDeviation = 2;

static Range finalNorm(const TextConfig &config) {
  double perUnit =
      config.tieWordEmbeddings ? kEmbedSize / std::sqrt(config.hiddenSize) : 1;
  return around(kLogitDeviation / perUnit);
}

static Range rangeOf(const WeightSpec &spec, const TextConfig &config) {
  auto isNamed = [&](const char *suffix) {
    return spec.name.ends_with(suffix);
  };
  if (spec.name == "embed")
    return aroundZero(kEmbedSize / static_cast<double>(config.hiddenSize));
  // Scaled by the square root of one layer's part, not of the row.
  if (spec.name == "ple.embed")
    return aroundZero(1 /
                      std::sqrt(static_cast<double>(config.perLayerInputSize)));
  if (spec.name == "norm")
    return finalNorm(config);
  if (isNamed(".scalar") || isNamed(".per_expert_scale"))
    return {1, 0};
  if (spec.shape.size() == 1)
    return around(1);
  return aroundZero(1 / std::sqrt(static_cast<double>(spec.shape.back())));
}

void addSyntheticRanges(std::vector<WeightSpec> &table,
                        const TextConfig &config) {
  for (WeightSpec &spec : table)
    spec.synthetic = rangeOf(spec, config);
}

// Where clamps of a made-up tower stand: activations of size 1 seldom get
// there.
static constexpr float kClampBound = 8;

static Range visionRangeOf(const WeightSpec &spec) {
  if (spec.name.ends_with("_min"))
    return {-kClampBound, 0};
  if (spec.name.ends_with("_max"))
    return {kClampBound, 0};
  if (spec.name.ends_with("_bias"))
    return aroundZero(0.25);
  if (spec.shape.size() == 1)
    return around(1);
  return aroundZero(1 / std::sqrt(static_cast<double>(spec.shape.back())));
}

void addSyntheticVisionRanges(std::vector<WeightSpec> &table) {
  for (WeightSpec &spec : table)
    spec.synthetic = visionRangeOf(spec);
}

} // namespace g4::gemma4
