//===- ToolReader.h - Tools and calls of a chat request ---------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_CONVERSATION_TOOLREADER_H
#define G4_RUNTIME_TEXT_CONVERSATION_TOOLREADER_H

#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/conversation/FieldReader.h"

namespace g4rt {

/// A declaration's `name` and `description`. A name has 1 to 128 bytes without
/// blanks, control characters, quotes, brackets and what else would end a name
/// in a call. So `calendar.read` and `a:b/c` of MCP servers are names.
Result<ToolDeclaration> readDeclaration(const FieldReader &fields);

/// Appends the list `tools`, of which `readOne` reads one, to `tools`.
Status readToolList(const FieldReader &request, size_t maxTools,
                    Result<ToolDeclaration> (*readOne)(const FieldReader &),
                    std::vector<ToolDeclaration> &tools);

/// Success if the field `type` is missing or "function".
Status checkFunctionType(const FieldReader &fields);

/// One call: the fields `name` and `arguments` of the object `function`, which
/// stands at `path`. Lowers `limits` by what a string of arguments holds.
Result<ToolCall> readCalledFunction(const Value &function, const JsonPath &path,
                                    ValueLimits &limits);

/// Calls of earlier turns, in `tool_calls` and OpenAI's older `function_call`,
/// under whatever name they were made. Arguments that are no object, or a
/// string that is no JSON of one, become the one member "arguments": so the
/// model sees what was written. Lowers `limits` by what the strings hold.
Status readToolCalls(const FieldReader &fields, ValueLimits &limits,
                     Message &message);

/// Gemma's own `tool_responses`.
Status readToolResponses(const FieldReader &fields, Message &message);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_CONVERSATION_TOOLREADER_H
