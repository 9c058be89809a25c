//===- InputReader.h - The input of /v1/responses ---------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_INPUTREADER_H
#define G4_RUNTIME_HTTP_OPENAI_INPUTREADER_H

#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/conversation/FieldReader.h"

#include <vector>

namespace g4rt {

/// Appends the messages of the field `input`: a text of the user, or a list of
/// items. Thoughts and calls become parts of the assistant's message that they
/// stand beside. `left` is what parsing the request has left. Errors:
/// InvalidArgument with the path of what is wrong; Unimplemented with that of a
/// part that is no text, or of an item that only OpenAI's own tools make.
Status readInput(const FieldReader &request, ValueLimits left,
                 std::vector<Message> &messages);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_INPUTREADER_H
