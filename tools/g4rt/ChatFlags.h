//===- ChatFlags.h - What chats are like that do not say --------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_CHATFLAGS_H
#define G4_TOOLS_G4RT_CHATFLAGS_H

#include "runtime/base/Status.h"
#include "runtime/text/conversation/Conversation.h"

#include <CLI/CLI.hpp>
#include <string>

namespace g4rt {

struct ChatFlags {
  std::string templateArguments; // JSON
  std::string reasoning;         // "on", "off" or ""
};

/// --default-chat-template-kwargs and --reasoning.
void addChatFlags(CLI::App &app, ChatFlags &flags);

/// A conversation without messages, for ServedModel::chatDefaults. Errors:
/// InvalidArgument, with the flag.
Result<Conversation> readChatFlags(const ChatFlags &flags);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_CHATFLAGS_H
