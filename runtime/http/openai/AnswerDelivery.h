//===- AnswerDelivery.h - From the engine to the client ---------*- C++ -*-===//
//
// One answer on its way: events arrive on the engine's thread, are handed to
// the loop's thread, become JSON there and go to the client, as they come or
// gathered. A client that leaves cancels its answer.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ANSWERDELIVERY_H
#define G4_RUNTIME_HTTP_OPENAI_ANSWERDELIVERY_H

#include "runtime/engine/Engine.h"
#include "runtime/http/Exchange.h"
#include "runtime/http/openai/AnswerFormat.h"

#include <chrono>
#include <memory>

namespace g4rt {

struct DeliveryOptions {
  bool isStream = false;
  bool includeUsage = false;
  /// A stream that is silent for so long gets a comment.
  std::chrono::milliseconds pingTime{15'000};
  bool hasLogprobs = false;
};

/// Submits `request`; the answer, or what is wrong with the request, goes to
/// `exchange` in `format`. A stream begins when the engine has taken the
/// request, so that a refusal has its own status. From any thread; `engine`
/// outlives `exchange`.
void deliverAnswer(Engine &engine, GenerationRequest request,
                   std::shared_ptr<Exchange> exchange,
                   std::unique_ptr<AnswerFormat> format,
                   DeliveryOptions options);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERDELIVERY_H
