//===- ChatCursor.h - Where a template is in a conversation -----*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_CHATCURSOR_H
#define G4_RUNTIME_TEXT_TEMPLATE_CHATCURSOR_H

#include "runtime/artifact/ChatTemplate_generated.h"
#include "runtime/base/Status.h"
#include "runtime/text/conversation/JsonPath.h"
#include "runtime/text/template/ChatView.h"

#include <cstddef>
#include <string>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// The place of a tool's declaration in the request, for messages.
struct ToolPath {
  explicit ToolPath(size_t index)
      : tools(request.key("tools")), tool(tools.at(index)),
        function(tool.key("function")) {}
  ToolPath(const ToolPath &) = delete;

  JsonPath request, tools, tool, function;
};

/// The elements of the lists that a step of the program stands in, and what can
/// be read of them. A checked program reads only what is set. Borrows the view.
struct ChatCursor {
  const ChatView *view = nullptr;
  const ToolDeclaration *tool = nullptr;
  const MessageView *message = nullptr;
  const ContentPart *part = nullptr;
  bool partIsListed = false;
  const ToolCall *call = nullptr;
  const ResultView *result = nullptr;

  bool holds(artifact::ChatFact fact) const;

  /// Errors: InvalidArgument if a schema has something else than text there.
  Result<std::string> text(artifact::ChatText what) const;

  /// A value, null if it is missing.
  const Value &value(artifact::ChatValue what) const;

  /// Of the tool, in the request.
  size_t toolIndex() const {
    return static_cast<size_t>(tool - view->conversation->tools.data());
  }

  /// Calls `visit`, which returns a Status, with a cursor at each element,
  /// until one fails.
  template <typename Visit>
  Status each(artifact::ChatList list, Visit &&visit) const;

private:
  template <typename Visit>
  Status eachPart(const Content *content, Visit &visit) const;
};

template <typename Visit>
Status ChatCursor::eachPart(const Content *content, Visit &visit) const {
  if (!content)
    return Status();
  ChatCursor inner = *this;
  inner.partIsListed = content->form == Content::Form::Parts;
  for (const ContentPart &element : content->parts) {
    inner.part = &element;
    G4RT_TRY(visit(inner));
  }
  return Status();
}

template <typename Visit>
Status ChatCursor::each(artifact::ChatList list, Visit &&visit) const {
  ChatCursor inner = *this;
  auto walk = [&](const auto &elements, auto place) {
    for (const auto &element : elements) {
      inner.*place = &element;
      G4RT_TRY(visit(inner));
    }
    return Status();
  };
  switch (list) {
  case artifact::ChatList::tools:
    return walk(view->conversation->tools, &ChatCursor::tool);
  case artifact::ChatList::system_parts:
    return eachPart(view->system, visit);
  case artifact::ChatList::messages:
    return walk(view->messages, &ChatCursor::message);
  case artifact::ChatList::parts:
    return eachPart(&message->message->content, visit);
  case artifact::ChatList::calls:
    return walk(message->message->toolCalls, &ChatCursor::call);
  case artifact::ChatList::results:
    return walk(message->results, &ChatCursor::result);
  case artifact::ChatList::result_parts:
    return eachPart(result->content, visit);
  }
  return Status();
}

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_CHATCURSOR_H
