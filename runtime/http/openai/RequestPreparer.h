//===- RequestPreparer.h - From typed requests to the engine's --*- C++ -*-===//
//
// What all APIs share between reading a request's JSON and writing its
// answer's: the prompt is rendered and tokenized, and the request becomes the
// engine's.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_REQUESTPREPARER_H
#define G4_RUNTIME_HTTP_OPENAI_REQUESTPREPARER_H

#include "runtime/http/ServedModel.h"
#include "runtime/http/ServerOptions.h"
#include "runtime/http/openai/AnswerDelivery.h"
#include "runtime/http/openai/ChatRequest.h"
#include "runtime/http/openai/CompletionRequest.h"
#include "runtime/text/template/Prompt.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace g4rt {

/// What the engine gets, and how its answer is delivered.
struct PreparedRequest {
  GenerationRequest request;
  DeliveryOptions options;
};

/// Of one model. Any thread. Borrows both; outlives the answers.
class RequestPreparer {
public:
  RequestPreparer(const ServedModel &model, const HttpLimits &limits);

  const ServedModel &model() const { return model_; }
  const HttpLimits &limits() const { return limits_; }

  /// Errors: Unimplemented if the model has no chat template; those of
  /// ChatTemplate::render.
  Result<Prompt> render(const Conversation &conversation) const;
  /// Errors, here and below: InvalidArgument, starting with
  /// "context_length_exceeded", if the text is too long for the context by its
  /// size alone.
  Result<std::vector<int32_t>> encode(const Prompt &prompt) const;
  Result<std::vector<int32_t>> encode(const RawPrompt &prompt) const;

  /// Errors: those of render, encode and fitMaxTokens.
  Result<PreparedRequest> chat(const ChatRequest &chat) const;
  Result<PreparedRequest> text(const RawPrompt &prompt,
                               const GenerationFields &fields) const;

  /// An id that nobody can guess, after `prefix`.
  AnswerHead newHead(std::string_view prefix) const;

private:
  Status checkSize(size_t numBytes) const;
  Result<PreparedRequest> prepare(std::vector<int32_t> ids,
                                  const GenerationFields &fields) const;

  const ServedModel &model_;
  const HttpLimits &limits_;
  size_t mostBytesOfToken_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_REQUESTPREPARER_H
