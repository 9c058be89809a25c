//===- AnswerDelivery.h - From the engine to the client ---------*- C++ -*-===//
//
// An answer on its way, of one choice or several: events arrive on the engine's
// thread, are handed to the loop's thread, become JSON there and go to the
// client, as they come or gathered. A client that leaves cancels all choices,
// and so does one that fails.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ANSWERDELIVERY_H
#define G4_RUNTIME_HTTP_OPENAI_ANSWERDELIVERY_H

#include "runtime/engine/Engine.h"
#include "runtime/http/Exchange.h"
#include "runtime/http/openai/AnswerFormat.h"
#include "runtime/http/openai/StreamWire.h"

#include <chrono>
#include <memory>
#include <vector>

namespace g4rt {

struct DeliveryOptions {
  bool isStream = false;
  bool includeUsage = false;
  /// A stream that is silent for so long gets a comment.
  std::chrono::milliseconds pingTime{15'000};
  bool hasLogprobs = false;
  /// Of the answers to a prompt so many are given, those whose tokens are the
  /// most likely in the mean, the best one first; as many as there are: all, in
  /// their order. Not of a stream.
  size_t numBest = 1;
  /// Whether the formats keep an answer that they stream, and about how much
  /// they keep of the request.
  bool keepsAnswer = false;
  size_t keptBytes = 0;
  StreamWire wire = kOpenAiWire;
};

/// What is to be counted for a request's prompt as long as its answer takes.
size_t bytesHeldForPrompt(size_t numTokens);

/// Where the request's body does not say how long it may take the header
/// X-Request-Timeout may. Errors: InvalidArgument.
Status addTimeout(const std::string &header, GenerationRequest &request);

/// Submits each of `prompts` as often as there are `choices` for it, one at
/// least and as many of each; these are the formats of its answers, those of
/// the first prompt first. Answer i to a prompt has its seed + i. The answer,
/// or what is wrong with the request, goes to `exchange`. A stream begins when
/// the engine has taken all of them, so that a refusal has its own status. From
/// any thread; `engine` outlives `exchange`.
void deliverAnswers(Engine &engine, std::vector<GenerationRequest> prompts,
                    std::shared_ptr<Exchange> exchange,
                    std::vector<std::unique_ptr<AnswerFormat>> choices,
                    DeliveryOptions options);
/// The same for one prompt.
void deliverAnswer(Engine &engine, GenerationRequest request,
                   std::shared_ptr<Exchange> exchange,
                   std::vector<std::unique_ptr<AnswerFormat>> choices,
                   DeliveryOptions options);
/// The same for an answer of one choice.
void deliverAnswer(Engine &engine, GenerationRequest request,
                   std::shared_ptr<Exchange> exchange,
                   std::unique_ptr<AnswerFormat> format,
                   DeliveryOptions options);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERDELIVERY_H
