//===- ChatRequest.h - What a chat request asks for -------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_CHATREQUEST_H
#define G4_RUNTIME_HTTP_OPENAI_CHATREQUEST_H

#include "runtime/http/openai/GenerationFields.h"
#include "runtime/text/conversation/Conversation.h"

#include <string_view>

namespace g4rt {

struct ChatRequest {
  Conversation conversation;
  GenerationFields generation;
};

/// The request of /v1/chat/completions, as fields, or as the text of a body.
/// `left` is what parsing has left. Errors: those of parseConversation,
/// checkModel, readGenerationFields and readAnswerRules; InvalidArgument for a
/// conversation without messages; Unimplemented for one with pictures, sound or
/// film.
Result<ChatRequest> readChatRequest(const FieldReader &request,
                                    const ValueLimits &left,
                                    const ServedModel &model);
Result<ChatRequest> parseChatRequest(std::string_view body,
                                     const ServedModel &model);

/// The fields logprobs, a truth value, and top_logprobs. Errors:
/// InvalidArgument.
Status readChatLogprobs(const FieldReader &request, SamplingParams &out);

/// Success if there are messages, all of text, and with content where they need
/// some. Errors: InvalidArgument, and Unimplemented for a picture, a sound or a
/// film.
Status checkMessages(const Conversation &conversation);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_CHATREQUEST_H
