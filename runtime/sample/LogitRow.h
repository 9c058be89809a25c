//===- LogitRow.h - What is done to a row of logits -------------*- C++ -*-===//

#ifndef G4_RUNTIME_SAMPLE_LOGITROW_H
#define G4_RUNTIME_SAMPLE_LOGITROW_H

#include "runtime/base/Status.h"
#include "runtime/sample/SamplingParams.h"
#include "runtime/sample/TokenCounts.h"
#include "runtime/sample/TokenMask.h"

#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// Success if no logit is NaN or infinite.
/// Errors: Internal, `numerical_error: logit 17 is nan`.
Status checkFinite(std::span<const float> logits);

/// Applies, in this order: bias, repetition, frequency and presence penalty;
/// then the suppressed tokens become -infinity. f32 throughout.
void adjustLogits(std::span<float> logits, const SamplingParams &params,
                  const TokenCounts &counts);

/// The logits of tokens that `mask` does not allow become -infinity.
void maskLogits(std::span<float> logits, const TokenMask &mask);

/// The index of the largest logit, the first of equals. -1 if all are
/// -infinity.
int32_t argmax(std::span<const float> logits);

struct Candidate {
  int32_t id;
  float logit;
};

/// The `count` largest logits, largest first, of equals the lowest id first;
/// fewer if fewer are above -infinity. One pass; no sort of the whole row.
std::vector<Candidate> largestLogits(std::span<const float> logits,
                                     size_t count);

} // namespace g4rt

#endif // G4_RUNTIME_SAMPLE_LOGITROW_H
