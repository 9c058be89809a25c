//===- SamplingParams.h - How the next token is chosen ----------*- C++ -*-===//

#ifndef G4_RUNTIME_SAMPLE_SAMPLINGPARAMS_H
#define G4_RUNTIME_SAMPLE_SAMPLINGPARAMS_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace g4rt {

struct LogitBias {
  int32_t id = 0;
  float bias = 0; // added to the logit
};

/// A request's wishes. The defaults change nothing: the model's own
/// distribution.
struct SamplingParams {
  /// Logits are divided by it; below 1e-5 the most likely token is taken.
  float temperature = 1;
  /// Keep the so many most likely tokens; 0 keeps all.
  uint32_t topK = 0;
  /// Keep the most likely tokens up to this sum of probabilities.
  float topP = 1;
  /// Keep tokens of at least this probability times the highest one.
  float minP = 0;

  /// Taken from the logit of a token that the answer holds; and the same for
  /// each time that it does.
  float presencePenalty = 0;
  float frequencyPenalty = 0;
  /// Divides the positive and multiplies the negative logit of a token that
  /// prompt or answer hold.
  float repetitionPenalty = 1;

  uint64_t seed = 0;
  std::vector<LogitBias> logitBias = {};
  /// Tokens that are never chosen.
  std::vector<int32_t> suppressIds = {};
  /// How many of the most likely tokens to report; -1: no log-probabilities at
  /// all, 0: that of the chosen token alone.
  int32_t numTopLogprobs = -1;
};

/// Whether the most likely token is taken, without a draw.
inline bool isGreedy(const SamplingParams &params) {
  return params.temperature < 1e-5F;
}

inline constexpr int32_t kMaxTopLogprobs = 20;
inline constexpr size_t kMaxLogitBias = 1024;

/// Success if all of `params` can be used with a vocabulary of `vocabSize`.
/// Errors: InvalidArgument, `min_p: 1.5, needs 0 to 1`.
Status checkSamplingParams(const SamplingParams &params, int32_t vocabSize);

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_SAMPLINGPARAMS_H
