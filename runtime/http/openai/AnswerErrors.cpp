//===- AnswerErrors.cpp - What a client is told of a failed answer --------===//

#include "runtime/http/openai/AnswerErrors.h"

namespace g4rt {

bool isFailure(const GenerationEnd &end) {
  return end.reason == FinishReason::Failed ||
         end.reason == FinishReason::Cancelled;
}

ApiError errorOfEnd(const GenerationEnd &end) {
  if (end.reason == FinishReason::Cancelled)
    return {ErrorKind::Draining, "the server ended before the answer did"};
  if (end.error.code() == StatusCode::Unavailable)
    return engineLostError();
  if (end.error.code() == StatusCode::Cancelled)
    return {ErrorKind::DeadlineExceeded, end.error.message()};
  // A step that the device had no memory for: the queue had room.
  if (end.error.code() == StatusCode::ResourceExhausted)
    return {ErrorKind::Internal, "internal error"};
  return errorOf(end.error);
}

ApiError errorOfSubmit(const Status &status, const Engine &engine) {
  if (status.code() == StatusCode::ResourceExhausted) {
    ApiError error = errorOf(status);
    error.retrySeconds = engine.status().drainSeconds;
    return error;
  }
  if (status.code() != StatusCode::Unavailable)
    return errorOf(status);
  EnginePhase phase = engine.status().phase;
  return phase == EnginePhase::Serving ? drainingError()
                                       : notServingError(phase);
}

} // namespace g4rt
