//===- ChatView.h - A conversation as a template sees it --------*- C++ -*-===//
//
// What depends on more than one message is worked out here once, in linear
// time: which turns go on, which messages answer a tool call, what comes last.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_CHATVIEW_H
#define G4_RUNTIME_TEXT_TEMPLATE_CHATVIEW_H

#include "runtime/text/conversation/Conversation.h"
#include "runtime/text/template/ChatText.h"

#include <string_view>
#include <vector>

namespace g4rt {

/// What a tool returned.
struct ResultView {
  std::string_view name;
  const Value *native = nullptr;    // of Message::toolResponses, or null
  Value text;                       // else: all texts of its message, or null
  const Content *content = nullptr; // of its message, or null if native

  const Value &value() const { return native ? *native : text; }
};

/// A message whose role is not tool and that is no system prompt.
struct MessageView {
  const Message *message = nullptr;
  bool previousIsAssistant = false; // among the messages of the view
  bool nextIsAssistant = false;
  bool hasNext = false;
  bool afterLastUser = false;
  bool hasContent = false;
  std::vector<ResultView> results;
};

/// Borrows the conversation.
struct ChatView {
  const Conversation *conversation = nullptr;
  const Content *system = nullptr; // null if the first message is no such one
  std::vector<MessageView> messages;

  bool endsInResults() const {
    return !messages.empty() && !messages.back().results.empty();
  }
  bool endsInCalls() const {
    return !messages.empty() && messages.back().results.empty() &&
           !messages.back().message->toolCalls.empty();
  }
};

/// Messages of role tool that follow no message with calls are left out.
ChatView viewOf(const Conversation &conversation, ThoughtMarks marks);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_CHATVIEW_H
