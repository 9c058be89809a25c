//===- ChatView.cpp - A conversation as a template sees it ----------------===//

#include "runtime/text/template/ChatView.h"

#include <map>
#include <optional>
#include <span>

namespace g4rt {

namespace {

/// Names of called functions by the ids of the calls, of which one may be none.
using CallNames = std::map<std::optional<std::string_view>, std::string_view>;

} // namespace

static std::optional<std::string_view>
viewOf(const std::optional<std::string> &text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

// Of calls with the same id the last one counts.
static CallNames namesOf(const std::vector<ToolCall> &calls) {
  CallNames names;
  for (const ToolCall &call : calls)
    names[viewOf(call.id)] = call.name;
  return names;
}

static std::string_view nameOrUnknown(const std::optional<std::string> &name) {
  return name && !name->empty() ? std::string_view(*name) : "unknown";
}

static Value textOf(const Content &content) {
  if (content.form == Content::Form::Null)
    return Value();
  std::string text;
  for (const ContentPart &part : content.parts)
    text += part.text;
  return Value(std::move(text));
}

static ResultView resultOf(const Message &tool, const CallNames &names) {
  auto called = names.find(viewOf(tool.toolCallId));
  ResultView result;
  result.name =
      called != names.end() ? called->second : nameOrUnknown(tool.name);
  result.text = textOf(tool.content);
  result.content = &tool.content;
  return result;
}

// `following` starts right after `message`.
static std::vector<ResultView> resultsOf(const Message &message,
                                         std::span<const Message> following) {
  std::vector<ResultView> results;
  for (const ToolResponse &response : message.toolResponses) {
    ResultView result;
    result.name = nameOrUnknown(response.name);
    result.native = &response.response;
    results.push_back(std::move(result));
  }
  if (!results.empty() || message.toolCalls.empty())
    return results;
  CallNames names = namesOf(message.toolCalls);
  for (const Message &tool : following) {
    if (tool.role != Role::Tool)
      break;
    results.push_back(resultOf(tool, names));
  }
  return results;
}

static bool hasContent(const Message &message, ThoughtMarks marks) {
  for (const ContentPart &part : message.content.parts) {
    if (part.kind != PartKind::Text)
      return true;
    bool left = message.role == Role::Assistant
                    ? !trimmed(withoutThoughts(part.text, marks)).empty()
                    : !trimmed(part.text).empty();
    if (left)
      return true;
  }
  return false;
}

static void linkNeighbours(std::vector<MessageView> &messages) {
  for (size_t i = 0; i + 1 < messages.size(); ++i) {
    messages[i].hasNext = true;
    messages[i].nextIsAssistant =
        messages[i + 1].message->role == Role::Assistant;
    messages[i + 1].previousIsAssistant =
        messages[i].message->role == Role::Assistant;
  }
  for (size_t i = messages.size(); i > 0; --i) {
    if (messages[i - 1].message->role == Role::User)
      break;
    messages[i - 1].afterLastUser = true;
  }
}

ChatView viewOf(const Conversation &conversation, ThoughtMarks marks) {
  ChatView view;
  view.conversation = &conversation;
  std::span<const Message> rest = conversation.messages;
  if (!rest.empty() && (rest.front().role == Role::System ||
                        rest.front().role == Role::Developer)) {
    view.system = &rest.front().content;
    rest = rest.subspan(1);
  }
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i].role == Role::Tool)
      continue;
    MessageView message;
    message.message = &rest[i];
    message.hasContent = hasContent(rest[i], marks);
    message.results = resultsOf(rest[i], rest.subspan(i + 1));
    view.messages.push_back(std::move(message));
  }
  linkNeighbours(view.messages);
  return view;
}

} // namespace g4rt
