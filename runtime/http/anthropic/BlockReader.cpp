//===- BlockReader.cpp - Anthropic's messages as a conversation -----------===//

#include "runtime/http/anthropic/BlockReader.h"

#include <utility>

namespace g4rt {

constexpr size_t kMaxBlocks = 4096;

/// Whether a block is a picture or a file, which nobody here can read.
static bool isMedia(std::string_view type) {
  return type == "image" || type == "document" || type == "search_result" ||
         type == "container_upload";
}

// A block of text; of a file only one whose text is there.
static Result<std::string> readText(const FieldReader &block,
                                    std::string_view type) {
  if (type == "text")
    return block.neededString("text");
  const Value *source = block.find("source");
  const Value *kind = source ? source->find("type") : nullptr;
  const Value *data = source ? source->find("data") : nullptr;
  bool hasText = type == "document" && kind && kind->string() &&
                 *kind->string() == "text" && data && data->string();
  if (hasText)
    return *data->string();
  if (isMedia(type))
    return block.path().unsupported("this server reads text only");
  return block.path().key("type").wrong(
      unexpected(type, "text or another kind of block that may stand here"));
}

Result<std::string> readBlockText(const FieldReader &fields,
                                  std::string_view key) {
  const Value *value = fields.find(key);
  if (!value)
    return std::string();
  if (value->string())
    return *value->string();
  JsonPath path = fields.path().key(key);
  if (!value->list())
    return wrongKind(path, *value, "a string or a list of blocks");
  G4RT_ASSIGN(std::span<const Value> blocks, fields.list(key, kMaxBlocks));
  std::string text;
  for (size_t i = 0; i < blocks.size(); ++i) {
    JsonPath at = path.at(i);
    G4RT_ASSIGN(FieldReader block, FieldReader::of(blocks[i], at));
    G4RT_ASSIGN(std::string type, block.neededString("type"));
    G4RT_ASSIGN(std::string more, readText(block, type));
    if (!text.empty() && !more.empty())
      text += '\n';
    text += more;
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

namespace {

/// Makes messages of the blocks of one.
class BlockMessage {
public:
  BlockMessage(Role role, std::vector<Message> &messages)
      : messages_(messages) {
    message_.role = role;
    message_.content.form = Content::Form::Parts;
  }

  Status read(const FieldReader &block);
  void end();

private:
  void addText(std::string text) {
    message_.content.parts.push_back({PartKind::Text, std::move(text)});
  }
  Status addCall(const FieldReader &block);
  Status addResult(const FieldReader &block);

  std::vector<Message> &messages_;
  Message message_;
};

} // namespace

// {"type":"tool_use","id":"toolu_1","name":"f","input":{...}}
Status BlockMessage::addCall(const FieldReader &block) {
  ToolCall call;
  G4RT_ASSIGN(call.id, block.string("id"));
  G4RT_ASSIGN(call.name, block.neededString("name"));
  if (block.find("input")) {
    G4RT_ASSIGN(const Value *input, block.neededObject("input"));
    call.arguments = *input;
  }
  message_.toolCalls.push_back(std::move(call));
  return Status();
}

// {"type":"tool_result","tool_use_id":"toolu_1","content":"..."}; whether it is
// an error is said by its text.
Status BlockMessage::addResult(const FieldReader &block) {
  end();
  Message result;
  G4RT_ASSIGN(std::string text, readBlockText(block, "content"));
  result = textMessage(Role::Tool, std::move(text));
  G4RT_ASSIGN(std::string id, block.neededString("tool_use_id"));
  result.toolCallId = std::move(id);
  if (auto isError = block.boolean("is_error"); !isError)
    return isError.error();
  messages_.push_back(std::move(result));
  return Status();
}

Status BlockMessage::read(const FieldReader &block) {
  G4RT_ASSIGN(std::string type, block.neededString("type"));
  bool isAssistant = message_.role == Role::Assistant;
  if (isAssistant && type == "tool_use")
    return addCall(block);
  if (isAssistant && type == "redacted_thinking")
    return Status();
  if (isAssistant && type == "thinking") {
    G4RT_ASSIGN(std::string thought, block.neededString("thinking"));
    message_.thought += thought;
    return Status();
  }
  if (!isAssistant && type == "tool_result")
    return addResult(block);
  G4RT_ASSIGN(std::string text, readText(block, type));
  addText(std::move(text));
  return Status();
}

// A message of a user that had nothing but results is none.
void BlockMessage::end() {
  Role role = message_.role;
  if (role == Role::Assistant || !message_.content.parts.empty())
    messages_.push_back(std::exchange(message_, {}));
  message_.role = role;
  message_.content.form = Content::Form::Parts;
}

static Result<Role> readRole(const FieldReader &fields) {
  G4RT_ASSIGN(std::string name, fields.neededString("role"));
  if (name == "user")
    return Role::User;
  if (name == "assistant")
    return Role::Assistant;
  return fields.path().key("role").wrong(unexpected(name, "user or assistant"));
}

Status readBlockMessage(const Value &value, const JsonPath &path,
                        std::vector<Message> &messages) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  G4RT_ASSIGN(Role role, readRole(fields));
  const Value *content = fields.find("content");
  JsonPath contentPath = path.key("content");
  if (!content)
    return contentPath.wrong("missing, needs a string or a list of blocks");
  if (content->string()) {
    messages.push_back(textMessage(role, *content->string()));
    return Status();
  }
  if (!content->list())
    return wrongKind(contentPath, *content, "a string or a list of blocks");
  G4RT_ASSIGN(std::span<const Value> blocks,
              fields.list("content", kMaxBlocks));
  BlockMessage message(role, messages);
  for (size_t i = 0; i < blocks.size(); ++i) {
    JsonPath at = contentPath.at(i);
    G4RT_ASSIGN(FieldReader block, FieldReader::of(blocks[i], at));
    G4RT_TRY(message.read(block));
  }
  message.end();
  return Status();
}

} // namespace g4rt
