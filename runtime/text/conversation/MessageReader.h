//===- MessageReader.h - One message of a chat request ----------*- C++ -*-===//
//
// A history holds what this model, another one, or another server wrote, cut
// off and malformed as it may be. It is judged by whether it can be rendered:
// one bad turn must not end a conversation.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_CONVERSATION_MESSAGEREADER_H
#define G4_RUNTIME_TEXT_CONVERSATION_MESSAGEREADER_H

#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/conversation/FieldReader.h"

namespace g4rt {

/// The message `value` at `path`. Lowers `limits.values` by what JSON in
/// strings holds. Errors: InvalidArgument with the path of the first wrong
/// field.
Result<Message> readMessage(const Value &value, const JsonPath &path,
                            ConversationLimits &limits);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_CONVERSATION_MESSAGEREADER_H
