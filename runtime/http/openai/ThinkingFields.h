//===- ThinkingFields.h - Whether and how long a model thinks ---*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_THINKINGFIELDS_H
#define G4_RUNTIME_HTTP_OPENAI_THINKINGFIELDS_H

#include "runtime/base/Status.h"
#include "runtime/http/ServedModel.h"
#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/conversation/FieldReader.h"

#include <cstdint>
#include <string_view>

namespace g4rt {

/// The conversation of a request. What it does not say of thinking is said by
/// reasoning_effort, else by the model's defaults. Errors: those of
/// parseConversation, and of readThinkingBudget. `left` is what parsing the
/// request has left.
Result<Conversation> readConversation(const FieldReader &request,
                                      const ValueLimits &left,
                                      const ServedModel &model);

/// Tokens of thought for OpenAI's word `name` of an effort, which stands at
/// `path`: 0 for none, -1 for any number. Errors: InvalidArgument.
Result<int64_t> thoughtTokensOfEffort(std::string_view name,
                                      const JsonPath &path);

/// Tokens that thoughts may have, -1 for any number: thinking_budget or one of
/// its other names, else by reasoning_effort. Errors: InvalidArgument for a
/// wrong field, and for two that differ.
Result<int64_t> readThinkingBudget(const FieldReader &request);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_THINKINGFIELDS_H
