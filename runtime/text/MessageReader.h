//===- MessageReader.h - One message of a chat request ----------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_MESSAGEREADER_H
#define G4_RUNTIME_TEXT_MESSAGEREADER_H

#include "runtime/text/Conversation.h"
#include "runtime/text/FieldReader.h"

namespace g4rt {

/// The message `value` at `path`. Lowers `limits.values` by what JSON in
/// strings holds. Errors: InvalidArgument with the path of the first wrong
/// field.
Result<Message> readMessage(const Value &value, const JsonPath &path,
                            ConversationLimits &limits);

/// The field `name`, which must match [A-Za-z0-9_-]{1,64}.
Result<std::string> readName(const FieldReader &fields);

/// Success if the field `type` is missing or "function".
Status checkFunctionType(const FieldReader &fields);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_MESSAGEREADER_H
