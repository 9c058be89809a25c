//===- MessageReader.cpp - One message of a chat request ------------------===//

#include "runtime/text/MessageReader.h"

#include <algorithm>
#include <limits>

namespace g4rt {

constexpr size_t kMaxNameBytes = 64;
constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

// `"x", needs y`, with a bounded x.
static std::string unexpected(std::string_view found, std::string_view needed) {
  return "\"" + std::string(clipUtf8(found, 64)) + "\", needs " +
         std::string(needed);
}

static bool isNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static Status checkName(std::string_view name, const JsonPath &path) {
  if (!name.empty() && name.size() <= kMaxNameBytes &&
      std::all_of(name.begin(), name.end(), isNameByte))
    return Status();
  return path.wrong(
      unexpected(name, "1 to 64 letters, digits, underscores or hyphens"));
}

Result<std::string> readName(const FieldReader &fields) {
  G4RT_ASSIGN(std::string name, fields.neededString("name"));
  G4RT_TRY(checkName(name, fields.path().key("name")));
  return name;
}

Status checkFunctionType(const FieldReader &fields) {
  G4RT_ASSIGN(std::optional<std::string> type, fields.string("type"));
  if (type && *type != "function")
    return fields.path().key("type").wrong(unexpected(*type, "\"function\""));
  return Status();
}

static Result<Role> readRole(const FieldReader &fields) {
  G4RT_ASSIGN(std::string name, fields.neededString("role"));
  for (Role role :
       {Role::System, Role::Developer, Role::User, Role::Assistant, Role::Tool})
    if (name == toString(role))
      return role;
  return fields.path().key("role").wrong(
      unexpected(name, "system, developer, user, assistant or tool"));
}

namespace {

struct PartType {
  std::string_view name;
  PartKind kind;
};

} // namespace

constexpr PartType kPartTypes[] = {
    {"text", PartKind::Text},         {"image", PartKind::Image},
    {"image_url", PartKind::Image},   {"audio", PartKind::Audio},
    {"input_audio", PartKind::Audio}, {"video", PartKind::Video}};

static Result<ContentPart> readPart(const Value &value, const JsonPath &path) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  G4RT_ASSIGN(std::string name, fields.neededString("type"));
  for (const PartType &type : kPartTypes) {
    if (name != type.name)
      continue;
    ContentPart part{type.kind, {}};
    if (type.kind == PartKind::Text) {
      G4RT_ASSIGN(part.text, fields.neededString("text"));
    }
    return part;
  }
  return path.key("type").wrong(
      unexpected(name, "text, image, image_url, audio, input_audio or video"));
}

static Result<Content> readContent(const FieldReader &message,
                                   const ConversationLimits &limits) {
  const Value *value = message.find("content");
  if (!value)
    return Content();
  JsonPath path = message.path().key("content");
  if (const std::string *text = value->string())
    return Content{Content::Form::String, {{PartKind::Text, *text}}};
  if (!value->list())
    return wrongKind(path, *value, "a string, null or a list of parts");
  G4RT_ASSIGN(std::span<const Value> list,
              message.list("content", limits.maxPartsPerMessage));
  Content content{Content::Form::Parts, {}};
  for (size_t i = 0; i < list.size(); ++i) {
    G4RT_ASSIGN(ContentPart part, readPart(list[i], path.at(i)));
    content.parts.push_back(std::move(part));
  }
  return content;
}

// OpenAI's clients send an object as the JSON of one, "" for none.
static Result<Value> parseArguments(const std::string &text,
                                    const JsonPath &path, ValueLimits &limits) {
  if (text.find_first_not_of(" \t\r\n") == text.npos)
    return Value();
  Result<Value> value = parseValue(text, limits);
  if (!value)
    return std::move(value).error().during(path.toString());
  if (!value->map() && !value->isNull())
    return path.wrong("a string with " + std::string(value->kindName()) +
                      ", needs an object");
  return value;
}

static Result<Value> readArguments(const FieldReader &function,
                                   ValueLimits &limits) {
  const Value *value = function.find("arguments");
  if (!value || value->map())
    return value ? *value : Value();
  JsonPath path = function.path().key("arguments");
  if (value->string())
    return parseArguments(*value->string(), path, limits);
  return wrongKind(path, *value, "an object, null or a string with an object");
}

static Result<ToolCall> readToolCall(const Value &value, const JsonPath &path,
                                     ValueLimits &limits) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  G4RT_TRY(checkFunctionType(fields));
  ToolCall call;
  G4RT_ASSIGN(call.id, fields.string("id"));
  G4RT_ASSIGN(const Value *function, fields.neededObject("function"));
  JsonPath functionPath = path.key("function");
  G4RT_ASSIGN(FieldReader inner, FieldReader::of(*function, functionPath));
  G4RT_ASSIGN(call.name, readName(inner));
  G4RT_ASSIGN(call.arguments, readArguments(inner, limits));
  return call;
}

// A name that is missing, null or empty is unknown.
static Result<std::optional<std::string>>
readOptionalName(const FieldReader &fields) {
  G4RT_ASSIGN(std::optional<std::string> name, fields.string("name"));
  if (name && !name->empty())
    G4RT_TRY(checkName(*name, fields.path().key("name")));
  return name;
}

static Result<ToolResponse> readToolResponse(const Value &value,
                                             const JsonPath &path) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  ToolResponse response;
  G4RT_ASSIGN(response.name, readOptionalName(fields));
  const Value *content = value.find("response");
  if (!content)
    return path.key("response").wrong("missing");
  response.response = *content;
  return response;
}

static Status readToolCalls(const FieldReader &fields, ValueLimits &limits,
                            Message &message) {
  JsonPath path = fields.path().key("tool_calls");
  G4RT_ASSIGN(std::span<const Value> calls,
              fields.list("tool_calls", kAnyNumber));
  for (size_t i = 0; i < calls.size(); ++i) {
    G4RT_ASSIGN(ToolCall call, readToolCall(calls[i], path.at(i), limits));
    message.toolCalls.push_back(std::move(call));
  }
  return Status();
}

static Status readToolResponses(const FieldReader &fields, Message &message) {
  JsonPath path = fields.path().key("tool_responses");
  G4RT_ASSIGN(std::span<const Value> list,
              fields.list("tool_responses", kAnyNumber));
  for (size_t i = 0; i < list.size(); ++i) {
    G4RT_ASSIGN(ToolResponse response, readToolResponse(list[i], path.at(i)));
    message.toolResponses.push_back(std::move(response));
  }
  return Status();
}

static Status readThought(const FieldReader &fields, Message &message) {
  for (const char *key : {"reasoning", "reasoning_content"}) {
    G4RT_ASSIGN(std::optional<std::string> thought, fields.string(key));
    if (message.thought.empty())
      message.thought = thought.value_or("");
  }
  return Status();
}

Result<Message> readMessage(const Value &value, const JsonPath &path,
                            ConversationLimits &limits) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  Message message;
  G4RT_ASSIGN(message.role, readRole(fields));
  G4RT_ASSIGN(message.content, readContent(fields, limits));
  G4RT_TRY(readThought(fields, message));
  if (message.role == Role::Tool) {
    G4RT_ASSIGN(message.toolCallId, fields.string("tool_call_id"));
    G4RT_ASSIGN(message.name, readOptionalName(fields));
    return message;
  }
  G4RT_TRY(readToolCalls(fields, limits.values, message));
  G4RT_TRY(readToolResponses(fields, message));
  return message;
}

} // namespace g4rt
