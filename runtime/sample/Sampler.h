//===- Sampler.h - A token from a row of logits -----------------*- C++ -*-===//
//
// The token is a function of the logits, the parameters, the tokens so far and
// the sequence's own generator: who shares the batch changes nothing. The order
// is that of vLLM: bias, penalties, temperature, min_p, top_k, top_p.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SAMPLE_SAMPLER_H
#define G4_RUNTIME_SAMPLE_SAMPLER_H

#include "runtime/base/Status.h"
#include "runtime/sample/Generator.h"
#include "runtime/sample/LogitSource.h"
#include "runtime/sample/SamplingParams.h"
#include "runtime/sample/TokenCounts.h"
#include "runtime/sample/TokenLogprobs.h"
#include "runtime/sample/TokenMask.h"

#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// Holds two rows of scratch memory: one per thread.
class Sampler {
public:
  /// Chooses a token; the same one whether the source knows the largest logits
  /// or only the whole row. `params` has passed checkSamplingParams for the
  /// vocabulary; only tokens that `mask`, unless null, allows are chosen. Draws
  /// one number from `generator`, none at temperature 0.
  /// Weights are f32, sums of them f64. bench/README.md has times.
  ///
  /// Errors: Internal, starting with "numerical_error", if a logit is NaN or
  /// infinite; InvalidArgument if every token is suppressed; those of the
  /// source.
  Result<Sample> sample(const LogitSource &source, const SamplingParams &params,
                        const TokenCounts &counts, Generator &generator,
                        const TokenMask *mask = nullptr);

private:
  Result<Sample> sampleFromRow(std::span<const float> logits,
                               const SamplingParams &params,
                               Generator &generator);
  int32_t draw(const SamplingParams &params, Generator &generator);
  int32_t drawFromAll(const SamplingParams &params, double part);

  std::vector<float> row_;
  std::vector<float> weights_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_SAMPLER_H
