//===- Api.h - The endpoints ------------------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_API_H
#define G4_RUNTIME_HTTP_OPENAI_API_H

#include "runtime/http/Router.h"
#include "runtime/http/ServedModel.h"
#include "runtime/http/ServerOptions.h"
#include "runtime/http/ServerState.h"
#include "runtime/http/openai/ChatFormat.h"
#include "runtime/http/openai/CompletionRequest.h"
#include "runtime/text/Prompt.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace g4rt {

/// The endpoints of one model. Each is in its own file; they may run at the
/// same time on several workers. Borrows all three; outlives the router's
/// handlers.
class Api {
public:
  Api(const ServedModel &model, const ServerState &state,
      const HttpLimits &limits);

  std::vector<Route> routes();

private:
  using Call = std::shared_ptr<Exchange>;

  // GenerateEndpoints.cpp
  void chat(const Call &call);
  void complete(const Call &call);
  Status answerChat(const Call &call);
  Status answerCompletion(const Call &call);
  // TextEndpoints.cpp: the text of the answer's JSON
  Result<std::string> tokenize(std::string_view body) const;
  Result<std::string> detokenize(std::string_view body) const;
  Result<std::string> applyTemplate(std::string_view body) const;
  // StatusEndpoints.cpp
  HttpResponse models() const;
  HttpResponse modelByName(std::string_view path) const;
  HttpResponse health() const;
  HttpResponse ready() const;
  HttpResponse version() const;
  HttpResponse metrics() const;

  // PromptEncoding.cpp
  /// Errors: InvalidArgument, starting with "context_length_exceeded", if the
  /// text is too long for the context by its size alone.
  Result<std::vector<int32_t>> encode(const Prompt &prompt) const;
  Result<std::vector<int32_t>> encode(const RawPrompt &prompt) const;
  Status checkSize(size_t numBytes) const;
  Result<Prompt> render(const Conversation &conversation) const;

  AnswerHead newHead(std::string_view prefix) const;

  const ServedModel &model_;
  const ServerState &state_;
  const HttpLimits &limits_;
  AnswerMarks marks_;
  size_t mostBytesOfToken_;
  LostCalls lostCalls_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_API_H
