//===- TokenLogprobs.cpp - What a model says of tokens --------------------===//

#include "runtime/sample/TokenLogprobs.h"

#include "runtime/sample/LogitRow.h"
#include "runtime/sample/Softmax.h"

#include <algorithm>

namespace g4rt {

Sample logprobsOf(std::span<const float> logits, int32_t id, int32_t numTop) {
  std::vector<Candidate> top =
      largestLogits(logits, static_cast<size_t>(std::max(numTop, 1)));
  double norm = logSumExp(logits, top[0].logit);
  auto logprob = [&](float logit) { return static_cast<float>(logit - norm); };
  Sample sample;
  sample.token = {id, logprob(logits[static_cast<size_t>(id)])};
  for (size_t i = 0; i < std::min<size_t>(top.size(), numTop); ++i)
    sample.top.push_back({top[i].id, logprob(top[i].logit)});
  return sample;
}

static int32_t rankOf(std::span<const float> logits, int32_t id) {
  auto place = static_cast<size_t>(id);
  float own = logits[place];
  int64_t numBefore =
      std::ranges::count_if(logits, [own](float logit) { return logit > own; });
  numBefore += std::ranges::count(logits.first(place), own);
  return static_cast<int32_t>(numBefore + 1);
}

Result<PromptToken> scoreToken(const LogitSource &source, int32_t id,
                               int32_t numTop) {
  G4RT_ASSIGN(std::span<const float> logits, source.all());
  G4RT_TRY(checkFinite(logits));
  return PromptToken{.sample = logprobsOf(logits, id, numTop),
                     .rank = rankOf(logits, id)};
}

} // namespace g4rt
