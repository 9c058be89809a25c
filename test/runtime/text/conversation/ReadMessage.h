//===- ReadMessage.h - A message from its JSON ------------------*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_TEXT_CONVERSATION_READMESSAGE_H
#define G4_TEST_RUNTIME_TEXT_CONVERSATION_READMESSAGE_H

#include "runtime/text/conversation/MessageReader.h"

#include <string>
#include <string_view>

namespace g4rt {

/// The message as if it were the third of a request.
inline Result<Message> readMessage(std::string_view text,
                                   ConversationLimits limits = {}) {
  Value value = *parseValue(text, limits.values);
  JsonPath root, messages = root.key("messages");
  return readMessage(value, messages.at(2), limits);
}

/// "ok", or what is wrong with it.
inline std::string messageOf(std::string_view text,
                             ConversationLimits limits = {}) {
  Result<Message> message = readMessage(text, limits);
  return message ? "ok" : message.error().message();
}

} // namespace g4rt

#endif // G4_TEST_RUNTIME_TEXT_CONVERSATION_READMESSAGE_H
