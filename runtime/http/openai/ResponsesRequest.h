//===- ResponsesRequest.h - What a request of /v1/responses asks *- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_RESPONSESREQUEST_H
#define G4_RUNTIME_HTTP_OPENAI_RESPONSESREQUEST_H

#include "runtime/base/Json.h"
#include "runtime/http/openai/ChatRequest.h"
#include "runtime/http/openai/ResponseStore.h"

#include <string_view>

namespace g4rt {

struct ResponsesRequest {
  ChatRequest chat;
  /// What was said so far but for the instructions: what a later request goes
  /// on from.
  std::vector<Message> history = {};
  bool isStored = true;
  /// The fields that the response repeats.
  json::object echo = {};
};

/// Errors: those of readGenerationFields, readInput and readAnswerRules, with
/// the names of this API; InvalidArgument for a previous response that is not
/// in `store`.
Result<ResponsesRequest> parseResponsesRequest(std::string_view body,
                                               const ServedModel &model,
                                               ResponseStore &store);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_RESPONSESREQUEST_H
