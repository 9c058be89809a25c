//===- Conversation.cpp - What a chat request says ------------------------===//

#include "runtime/text/conversation/Conversation.h"

#include "runtime/base/Ascii.h"
#include "runtime/text/conversation/MessageReader.h"
#include "runtime/text/conversation/ToolReader.h"

namespace g4rt {

std::string_view toString(Role role) {
  switch (role) {
  case Role::System:
    return "system";
  case Role::Developer:
    return "developer";
  case Role::User:
    return "user";
  case Role::Assistant:
    return "assistant";
  case Role::Tool:
    return "tool";
  }
  return "?";
}

Message textMessage(Role role, std::string text) {
  Message message;
  message.role = role;
  message.content = {Content::Form::String,
                     {{PartKind::Text, std::move(text)}}};
  return message;
}

// A schema or an object of one: a map, or null where there is none.
static Result<Value> readMap(const FieldReader &fields, std::string_view key) {
  const Value *value = fields.find(key);
  if (!value)
    return Value();
  if (!value->map())
    return wrongKind(fields.path().key(key), *value, "an object");
  return *value;
}

static Result<ToolDeclaration> readTool(const FieldReader &fields) {
  G4RT_TRY(checkFunctionType(fields));
  G4RT_ASSIGN(const Value *function, fields.neededObject("function"));
  JsonPath functionPath = fields.path().key("function");
  G4RT_ASSIGN(FieldReader inner, FieldReader::of(*function, functionPath));
  G4RT_ASSIGN(ToolDeclaration tool, readDeclaration(inner));
  G4RT_ASSIGN(tool.parameters, readMap(inner, "parameters"));
  tool.schemaPath = functionPath.key("parameters").toString();
  G4RT_ASSIGN(tool.response, readMap(inner, "response"));
  G4RT_ASSIGN(std::optional<bool> isStrict, inner.boolean("strict"));
  tool.isStrict = isStrict.value_or(false);
  return tool;
}

namespace {

/// An argument of the template and where it goes.
struct Switch {
  std::string_view name;
  bool Conversation::*field;
};

} // namespace

constexpr Switch kSwitches[] = {
    {"enable_thinking", &Conversation::enableThinking},
    {"preserve_thinking", &Conversation::preserveThinking},
    {"add_generation_prompt", &Conversation::addGenerationPrompt}};

/// Variables of every chat template that are no switches.
constexpr std::string_view kOtherVariables[] = {"messages", "tools",
                                                "bos_token"};

// "true" and "false" as text are what command lines and forms make of them.
static Result<std::optional<bool>> readSwitch(const FieldReader &fields,
                                              std::string_view name) {
  const Value *value = fields.find(name);
  const std::string *text = value ? value->string() : nullptr;
  if (text && asciiEqualsNoCase(*text, "true"))
    return std::optional(true);
  if (text && asciiEqualsNoCase(*text, "false"))
    return std::optional(false);
  return fields.boolean(name);
}

static Status readSwitches(const FieldReader &fields, Conversation &out) {
  for (const Switch &argument : kSwitches) {
    G4RT_ASSIGN(std::optional<bool> value, readSwitch(fields, argument.name));
    if (value)
      out.*argument.field = *value;
  }
  return Status();
}

// A key that the template does not read changes no prompt: clients send the
// switches of several families at once.
static Status readKwargs(const FieldReader &request, Conversation &out) {
  const Value *value = request.find("chat_template_kwargs");
  if (!value)
    return Status();
  JsonPath path = request.path().key("chat_template_kwargs");
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*value, path));
  for (std::string_view name : kOtherVariables)
    if (fields.find(name))
      return path.key(name).wrong(
          "belongs to the request, not to the template");
  return readSwitches(fields, out);
}

static Status readMessages(const FieldReader &request,
                           ConversationLimits &limits, Conversation &out) {
  JsonPath path = request.path().key("messages");
  if (!request.find("messages"))
    return path.wrong("missing, needs a list");
  G4RT_ASSIGN(std::span<const Value> messages,
              request.list("messages", limits.maxMessages));
  for (size_t i = 0; i < messages.size(); ++i) {
    G4RT_ASSIGN(Message message, readMessage(messages[i], path.at(i), limits));
    out.messages.push_back(std::move(message));
  }
  return Status();
}

Result<Conversation> readConversation(const FieldReader &request,
                                      ConversationLimits limits,
                                      const Conversation &defaults) {
  Conversation out = defaults;
  G4RT_TRY(readMessages(request, limits, out));
  G4RT_TRY(readToolList(request, limits.maxTools, readTool, out.tools));
  G4RT_TRY(readSwitches(request, out));
  G4RT_TRY(readKwargs(request, out));
  return out;
}

Result<Conversation> parseConversation(std::string_view requestJson,
                                       const ConversationLimits &limits,
                                       const Conversation &defaults) {
  ConversationLimits left = limits;
  G4RT_ASSIGN(Value request, parseValue(requestJson, left.values));
  JsonPath root;
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(request, root));
  return readConversation(fields, left, defaults);
}

} // namespace g4rt
