//===- Api.h - OpenAI's and the server's own endpoints ----------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_API_H
#define G4_RUNTIME_HTTP_OPENAI_API_H

#include "runtime/http/Router.h"
#include "runtime/http/ServerState.h"
#include "runtime/http/anthropic/AnthropicApi.h"
#include "runtime/http/llama/LlamaApi.h"
#include "runtime/http/ollama/OllamaApi.h"
#include "runtime/http/openai/ChatGroup.h"
#include "runtime/http/openai/Endpoint.h"
#include "runtime/http/openai/RequestPreparer.h"
#include "runtime/http/openai/ResponsesApi.h"

#include <deque>
#include <string>
#include <vector>

namespace g4rt {

/// The endpoints of one model, those of other APIs included. Each is in its own
/// file; they may run at the same time on several workers. Borrows all three;
/// outlives the router's handlers.
class Api {
public:
  Api(const ServedModel &model, ServerState &state, const HttpLimits &limits)
      : preparer_(model, limits), model_(model), state_(state), limits_(limits),
        responses_(preparer_, state), anthropic_(preparer_, state),
        ollama_(preparer_, state), llama_(preparer_, state) {}

  std::vector<Route> routes();

private:
  // GenerateEndpoints.cpp
  Result<PreparedChat> prepareChat(const ChatRequest &chat) const;
  Result<std::deque<Result<PreparedChat>>>
  prepareChats(std::string_view body) const;
  Status answerChat(const Call &call);
  Status answerChats(const Call &call);
  Status answerCompletion(const Call &call);
  // TextEndpoints.cpp: the text of the answer's JSON
  Result<std::string> tokenize(std::string_view body) const;
  Result<std::string> detokenize(std::string_view body) const;
  Result<std::string> applyTemplate(std::string_view body) const;
  // StatusEndpoints.cpp
  HttpResponse models() const;
  HttpResponse modelByName(std::string_view path) const;
  // RequestEndpoints.cpp
  void changeRequest(const Call &call) const;
  HttpResponse health() const;
  HttpResponse ready() const;
  HttpResponse version() const;
  HttpResponse metrics() const;

  RequestPreparer preparer_;
  const ServedModel &model_;
  const ServerState &state_;
  const HttpLimits &limits_;
  ResponsesApi responses_;
  AnthropicApi anthropic_;
  OllamaApi ollama_;
  LlamaApi llama_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_API_H
