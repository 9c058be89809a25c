//===- BlockReader.h - Anthropic's messages as a conversation ---*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_ANTHROPIC_BLOCKREADER_H
#define G4_RUNTIME_HTTP_ANTHROPIC_BLOCKREADER_H

#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/conversation/FieldReader.h"

#include <string>
#include <vector>

namespace g4rt {

/// The field `key`, a string or a list of blocks of text, as one text; empty if
/// it is missing. Errors, here and below: InvalidArgument with the path of what
/// is wrong, Unimplemented with that of a block that is no text.
Result<std::string> readBlockText(const FieldReader &fields,
                                  std::string_view key);

/// Appends the message `value` at `path`. A message of a user that holds
/// results of tools becomes several: each result is a message of ours.
Status readBlockMessage(const Value &value, const JsonPath &path,
                        std::vector<Message> &messages);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_ANTHROPIC_BLOCKREADER_H
