//===- PartReader.h - The content of a message ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_CONVERSATION_PARTREADER_H
#define G4_RUNTIME_TEXT_CONVERSATION_PARTREADER_H

#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/conversation/FieldReader.h"

namespace g4rt {

/// The field `content`: a string, null, or a list of parts. Thoughts among the
/// parts, Anthropic's way, become the message's thought if it has none.
/// Errors: InvalidArgument.
Status readContent(const FieldReader &fields, const ConversationLimits &limits,
                   Message &message);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_CONVERSATION_PARTREADER_H
