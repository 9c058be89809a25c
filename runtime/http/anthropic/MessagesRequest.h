//===- MessagesRequest.h - What a request of /v1/messages asks --*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_ANTHROPIC_MESSAGESREQUEST_H
#define G4_RUNTIME_HTTP_ANTHROPIC_MESSAGESREQUEST_H

#include "runtime/http/openai/ChatRequest.h"

#include <string_view>

namespace g4rt {

/// Whether the answer's length matters: /v1/messages/count_tokens gives none.
enum class MessagesUse { Answer, Count };

/// Anthropic's request as ours: `system` and the blocks of messages become a
/// conversation, `thinking` and `output_config` the rules of its answer.
///
/// Errors: InvalidArgument with the path of the first wrong field;
/// Unimplemented with that of what is known, not supported, and would change
/// the answer; NotFound for another model.
Result<ChatRequest> parseMessagesRequest(std::string_view body,
                                         const ServedModel &model,
                                         MessagesUse use);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_ANTHROPIC_MESSAGESREQUEST_H
