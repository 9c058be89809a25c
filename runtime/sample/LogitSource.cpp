//===- LogitSource.cpp - Logits that may lie on a device ------------------===//

#include "runtime/sample/LogitSource.h"

#include <algorithm>

namespace g4rt {

/// Whether the order of the logits stays, but for tokens that are taken out.
static bool keepsOrder(const SamplingParams &params) {
  return params.presencePenalty == 0 && params.frequencyPenalty == 0 &&
         params.repetitionPenalty == 1 && params.logitBias.empty();
}

std::vector<Candidate> LogitSource::largestFor(const SamplingParams &params,
                                               const TokenMask *mask) const {
  size_t wanted = isGreedy(params) ? 1 : params.topK;
  if (wanted == 0 || params.numTopLogprobs >= 0 || !keepsOrder(params))
    return {};
  std::vector<Candidate> kept;
  for (const Candidate &candidate : largest_) {
    const auto &suppressed = params.suppressIds;
    bool isSuppressed = std::find(suppressed.begin(), suppressed.end(),
                                  candidate.id) != suppressed.end();
    if (!isSuppressed && (!mask || mask->allows(candidate.id)))
      kept.push_back(candidate);
    if (kept.size() == wanted)
      return kept;
  }
  return {};
}

} // namespace g4rt
