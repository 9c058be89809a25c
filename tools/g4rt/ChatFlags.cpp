//===- ChatFlags.cpp - What chats are like that do not say ----------------===//

#include "tools/g4rt/ChatFlags.h"

namespace g4rt {

void addChatFlags(CLI::App &app, ChatFlags &flags) {
  app.add_option("--default-chat-template-kwargs", flags.templateArguments,
                 "chat_template_kwargs of requests that do not have them: "
                 "'{\"enable_thinking\": true}'");
  app.add_option("--reasoning", flags.reasoning,
                 "Whether the model thinks where a request does not say")
      ->check(CLI::IsMember({"on", "off"}));
}

Result<Conversation> readChatFlags(const ChatFlags &flags) {
  Conversation out;
  if (!flags.templateArguments.empty()) {
    auto parsed =
        parseConversation(R"({"messages":[],"chat_template_kwargs":)" +
                          flags.templateArguments + "}");
    if (!parsed)
      return std::move(parsed).error().during("--default-chat-template-kwargs");
    out = *std::move(parsed);
  }
  if (!flags.reasoning.empty())
    out.enableThinking = flags.reasoning == "on";
  return out;
}

} // namespace g4rt
