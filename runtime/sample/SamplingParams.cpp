//===- SamplingParams.cpp - How the next token is chosen ------------------===//

#include "runtime/sample/SamplingParams.h"

#include <cstdio>
#include <string>

namespace g4rt {

static Status wrong(const std::string &field, const std::string &what) {
  return Status(StatusCode::InvalidArgument, field + ": " + what);
}

// NaN is in no range.
static Status checkRange(const char *field, float value, float min, float max) {
  if (value >= min && value <= max)
    return Status();
  char text[96];
  std::snprintf(text, sizeof(text), "%g, needs %g to %g", value, min, max);
  return wrong(field, text);
}

static Status checkId(const char *field, int32_t id, int32_t vocabSize) {
  if (id >= 0 && id < vocabSize)
    return Status();
  return wrong(field, "token " + std::to_string(id) + ", needs 0 to " +
                          std::to_string(vocabSize - 1));
}

static Status checkIds(const SamplingParams &params, int32_t vocabSize) {
  if (params.logitBias.size() > kMaxLogitBias)
    return wrong("logit_bias", std::to_string(params.logitBias.size()) +
                                   " tokens, at most " +
                                   std::to_string(kMaxLogitBias));
  for (const LogitBias &bias : params.logitBias) {
    G4RT_TRY(checkId("logit_bias", bias.id, vocabSize));
    G4RT_TRY(checkRange("logit_bias", bias.bias, -100, 100));
  }
  for (int32_t id : params.suppressIds)
    G4RT_TRY(checkId("suppress_ids", id, vocabSize));
  return Status();
}

Status checkSamplingParams(const SamplingParams &params, int32_t vocabSize) {
  G4RT_TRY(checkRange("temperature", params.temperature, 0, 100));
  if (!(params.topP > 0))
    return wrong("top_p", "needs more than 0");
  G4RT_TRY(checkRange("top_p", params.topP, 0, 1));
  G4RT_TRY(checkRange("min_p", params.minP, 0, 1));
  G4RT_TRY(checkRange("presence_penalty", params.presencePenalty, -2, 2));
  G4RT_TRY(checkRange("frequency_penalty", params.frequencyPenalty, -2, 2));
  G4RT_TRY(
      checkRange("repetition_penalty", params.repetitionPenalty, 0.01F, 100));
  if (params.numTopLogprobs < -1 || params.numTopLogprobs > kMaxTopLogprobs)
    return wrong("top_logprobs", std::to_string(params.numTopLogprobs) +
                                     ", at most " +
                                     std::to_string(kMaxTopLogprobs));
  return checkIds(params, vocabSize);
}

} // namespace g4rt
