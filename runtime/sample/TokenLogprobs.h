//===- TokenLogprobs.h - What a model says of tokens ------------*- C++ -*-===//

#ifndef G4_RUNTIME_SAMPLE_TOKENLOGPROBS_H
#define G4_RUNTIME_SAMPLE_TOKENLOGPROBS_H

#include "runtime/base/Status.h"
#include "runtime/sample/LogitSource.h"

#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

struct TokenLogprob {
  int32_t id = 0;
  /// Natural logarithm of the probability in the model's own distribution,
  /// before any parameter changed it.
  float logprob = 0;
};

struct Sample {
  TokenLogprob token;            // its logprob only if asked for
  std::vector<TokenLogprob> top; // most likely first, of equals lowest id first
};

/// A token of a prompt, and what the model said before it.
struct PromptToken {
  Sample sample;
  /// Its place among all tokens in the order of `top`, from 1 on.
  int32_t rank = 0;
};

/// Of token `id`, and of the `numTop` most likely; `logits` is the model's own
/// row, all of it finite.
Sample logprobsOf(std::span<const float> logits, int32_t id, int32_t numTop);

/// The same of a prompt's token, which follows the row of `source`. Errors:
/// those of checkFinite and of the source.
Result<PromptToken> scoreToken(const LogitSource &source, int32_t id,
                               int32_t numTop);

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_TOKENLOGPROBS_H
