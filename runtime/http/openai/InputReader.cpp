//===- InputReader.cpp - The input of /v1/responses -----------------------===//

#include "runtime/http/openai/InputReader.h"

#include "runtime/text/conversation/PartReader.h"
#include "runtime/text/conversation/ToolReader.h"

#include <utility>

namespace g4rt {

constexpr size_t kMaxItems = 4096;
constexpr size_t kMaxParts = 1024;

static Status checkParts(const Content &content, const JsonPath &path) {
  for (size_t i = 0; i < content.parts.size(); ++i)
    if (content.parts[i].kind != PartKind::Text)
      return path.at(i).unsupported("this server reads text only");
  return Status();
}

/// The text of a list of parts, which all have one.
static Result<std::string> textOfParts(const FieldReader &fields,
                                       std::string_view key) {
  JsonPath path = fields.path().key(key);
  G4RT_ASSIGN(std::span<const Value> parts, fields.list(key, kMaxParts));
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    JsonPath at = path.at(i);
    G4RT_ASSIGN(FieldReader part, FieldReader::of(parts[i], at));
    if (!part.find("text"))
      return at.unsupported("this server reads text only");
    G4RT_ASSIGN(std::string more, part.neededString("text"));
    text += more;
  }
  return text;
}

namespace {

/// Makes messages of items, one after the other.
class InputReader {
public:
  InputReader(ValueLimits left, std::vector<Message> &messages)
      : limits_{.values = left}, messages_(messages) {}

  Status read(const Value &item, const JsonPath &path);

private:
  Status readMessage(const FieldReader &item);
  Status readThought(const FieldReader &item);
  Status readCall(const Value &value, const FieldReader &item);
  Status readResult(const FieldReader &item);
  Message &assistant();

  ConversationLimits limits_;
  std::vector<Message> &messages_;
  // Whether the last message is an assistant's that may go on.
  bool isOpen_ = false;
};

} // namespace

/// The assistant's message that goes on, or a new one.
Message &InputReader::assistant() {
  if (!std::exchange(isOpen_, true)) {
    messages_.emplace_back();
    messages_.back().role = Role::Assistant;
  }
  return messages_.back();
}

static Result<Role> readRole(const FieldReader &item) {
  G4RT_ASSIGN(std::string name, item.neededString("role"));
  for (Role role : {Role::System, Role::Developer, Role::User, Role::Assistant})
    if (name == toString(role))
      return role;
  return item.path().key("role").wrong(
      unexpected(name, "user, assistant, system or developer"));
}

Status InputReader::readMessage(const FieldReader &item) {
  G4RT_ASSIGN(Role role, readRole(item));
  Message message;
  message.role = role;
  G4RT_TRY(readContent(item, limits_, message));
  JsonPath path = item.path().key("content");
  if (message.content.form == Content::Form::Null)
    return path.wrong("missing, needs a string or a list of parts");
  G4RT_TRY(checkParts(message.content, path));
  bool goesOn = role == Role::Assistant && isOpen_ &&
                messages_.back().content.form == Content::Form::Null;
  if (goesOn) {
    messages_.back().content = std::move(message.content);
    return Status();
  }
  messages_.push_back(std::move(message));
  isOpen_ = role == Role::Assistant;
  return Status();
}

// The thought itself, or what OpenAI tells of one.
Status InputReader::readThought(const FieldReader &item) {
  G4RT_ASSIGN(std::string thought, textOfParts(item, "content"));
  if (thought.empty()) {
    G4RT_ASSIGN(thought, textOfParts(item, "summary"));
  }
  isOpen_ = false; // it stands before what it leads to
  assistant().thought = std::move(thought);
  return Status();
}

Status InputReader::readCall(const Value &value, const FieldReader &item) {
  G4RT_ASSIGN(ToolCall call,
              readCalledFunction(value, item.path(), limits_.values));
  G4RT_ASSIGN(std::string id, item.neededString("call_id"));
  call.id = std::move(id);
  assistant().toolCalls.push_back(std::move(call));
  return Status();
}

Status InputReader::readResult(const FieldReader &item) {
  const Value *output = item.find("output");
  JsonPath path = item.path().key("output");
  if (!output)
    return path.wrong("missing, needs a string");
  std::string text;
  if (output->string()) {
    text = *output->string();
  } else if (output->list()) {
    G4RT_ASSIGN(text, textOfParts(item, "output"));
  } else {
    return wrongKind(path, *output, "a string or a list of parts");
  }
  Message message = textMessage(Role::Tool, std::move(text));
  G4RT_ASSIGN(std::string id, item.neededString("call_id"));
  message.toolCallId = std::move(id);
  messages_.push_back(std::move(message));
  isOpen_ = false;
  return Status();
}

Status InputReader::read(const Value &value, const JsonPath &path) {
  G4RT_ASSIGN(FieldReader item, FieldReader::of(value, path));
  G4RT_ASSIGN(std::optional<std::string> type, item.string("type"));
  if (type.value_or("message") == "message")
    return readMessage(item);
  if (*type == "reasoning")
    return readThought(item);
  if (*type == "function_call")
    return readCall(value, item);
  if (*type == "function_call_output")
    return readResult(item);
  return path.key("type").unsupported(
      unexpected(*type, "message, reasoning, function_call or "
                        "function_call_output"));
}

Status readInput(const FieldReader &request, ValueLimits left,
                 std::vector<Message> &messages) {
  const Value *input = request.find("input");
  JsonPath path = request.path().key("input");
  if (!input)
    return path.wrong("missing, needs a string or a list of items");
  if (input->string()) {
    messages.push_back(textMessage(Role::User, *input->string()));
    return Status();
  }
  if (!input->list())
    return wrongKind(path, *input, "a string or a list of items");
  G4RT_ASSIGN(std::span<const Value> items, request.list("input", kMaxItems));
  if (items.empty())
    return path.wrong("empty, needs at least one item");
  InputReader reader(left, messages);
  for (size_t i = 0; i < items.size(); ++i)
    G4RT_TRY(reader.read(items[i], path.at(i)));
  return Status();
}

} // namespace g4rt
