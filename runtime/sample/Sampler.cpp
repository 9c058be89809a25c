//===- Sampler.cpp - A token from a row of logits -------------------------===//

#include "runtime/sample/Sampler.h"

#include "runtime/sample/LogitRow.h"
#include "runtime/sample/Nucleus.h"
#include "runtime/sample/Softmax.h"

#include <algorithm>
#include <cmath>

namespace g4rt {

// How many of `weights`, which fall from 1 on, min_p keeps, then top_p.
static size_t numKept(std::span<const float> weights,
                      const SamplingParams &params) {
  size_t count = 0;
  double sum = 0;
  while (count < weights.size() && weights[count] >= params.minP &&
         weights[count] > 0)
    sum += weights[count++];
  double missing = sum * params.topP;
  size_t kept = 0;
  while (kept < count && missing > 0)
    missing -= weights[kept++];
  return kept;
}

// Draws by falling probability.
static int32_t drawFromTop(const std::vector<Candidate> &top,
                           const SamplingParams &params, double part) {
  if (top.empty())
    return -1;
  std::vector<float> logits, weights(top.size());
  for (const Candidate &candidate : top)
    logits.push_back(candidate.logit);
  softmaxWeights(logits, logits[0], 1 / params.temperature, weights);
  weights.resize(numKept(weights, params));
  return top[static_cast<size_t>(indexAtPart(weights, part))].id;
}

Result<Sample> Sampler::sample(const LogitSource &source,
                               const SamplingParams &params,
                               const TokenCounts &counts, Generator &generator,
                               const TokenMask *mask) {
  if (auto largest = source.largestFor(params, mask); !largest.empty()) {
    int32_t id = isGreedy(params)
                     ? largest[0].id
                     : drawFromTop(largest, params, generator.next());
    return Sample{.token = {.id = id}, .top = {}};
  }
  G4RT_ASSIGN(std::span<const float> logits, source.all());
  G4RT_TRY(checkFinite(logits));
  row_.assign(logits.begin(), logits.end());
  adjustLogits(row_, params, counts);
  if (mask)
    maskLogits(row_, *mask);
  return sampleFromRow(logits, params, generator);
}

// From `row_`; `logits` are the model's own.
Result<Sample> Sampler::sampleFromRow(std::span<const float> logits,
                                      const SamplingParams &params,
                                      Generator &generator) {
  int32_t id = isGreedy(params) ? argmax(row_) : draw(params, generator);
  if (id < 0)
    return Status(StatusCode::InvalidArgument,
                  "sampling: all " + std::to_string(logits.size()) +
                      " tokens are suppressed");
  if (params.numTopLogprobs >= 0)
    return logprobsOf(logits, id, params.numTopLogprobs);
  return Sample{.token = {.id = id}, .top = {}};
}

int32_t Sampler::draw(const SamplingParams &params, Generator &generator) {
  double part = generator.next();
  if (params.topK > 0 && params.topK < row_.size())
    return drawFromTop(largestLogits(row_, params.topK), params, part);
  return drawFromAll(params, part);
}

// Draws by rising id.
int32_t Sampler::drawFromAll(const SamplingParams &params, double part) {
  int32_t best = argmax(row_);
  if (best < 0)
    return -1;
  weights_.resize(row_.size());
  softmaxWeights(row_, row_[static_cast<size_t>(best)], 1 / params.temperature,
                 weights_);
  if (params.minP > 0)
    for (float &weight : weights_)
      weight = weight < params.minP ? 0 : weight;
  if (params.topP < 1)
    keepNucleus(weights_, params.topP);
  return indexAtPart(weights_, part);
}

} // namespace g4rt
