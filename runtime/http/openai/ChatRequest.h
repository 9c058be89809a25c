//===- ChatRequest.h - What a chat request asks for -------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_CHATREQUEST_H
#define G4_RUNTIME_HTTP_OPENAI_CHATREQUEST_H

#include "runtime/http/openai/GenerationFields.h"
#include "runtime/text/Conversation.h"

#include <string_view>

namespace g4rt {

struct ChatRequest {
  Conversation conversation;
  GenerationFields generation;
};

/// The request of /v1/chat/completions.
/// Errors: those of parseConversation, checkModel, readGenerationFields and
/// readAnswerRules; InvalidArgument for a conversation without messages;
/// Unimplemented for one with pictures, sound or film.
Result<ChatRequest> parseChatRequest(std::string_view body,
                                     const ServedModel &model);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_CHATREQUEST_H
