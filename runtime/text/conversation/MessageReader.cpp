//===- MessageReader.cpp - One message of a chat request ------------------===//

#include "runtime/text/conversation/MessageReader.h"

#include "runtime/text/conversation/PartReader.h"
#include "runtime/text/conversation/ToolReader.h"

namespace g4rt {

static Result<Role> readRole(const FieldReader &fields) {
  G4RT_ASSIGN(std::string name, fields.neededString("role"));
  for (Role role :
       {Role::System, Role::Developer, Role::User, Role::Assistant, Role::Tool})
    if (name == toString(role))
      return role;
  if (name == "function") // OpenAI's older word
    return Role::Tool;
  return fields.path().key("role").wrong(
      unexpected(name, "system, developer, user, assistant or tool"));
}

// OpenAI's own answer when it refuses has no content.
static void readRefusal(const FieldReader &fields, Message &message) {
  const Value *refusal = fields.find("refusal");
  if (message.content.form == Content::Form::Null && refusal &&
      refusal->string() && !refusal->string()->empty())
    message.content = {Content::Form::String,
                       {{PartKind::Text, *refusal->string()}}};
}

// What is no text cannot be rendered and is of another server's making.
static void readThought(const FieldReader &fields, Message &message) {
  for (const char *key : {"reasoning", "reasoning_content", "thinking"}) {
    const Value *thought = fields.find(key);
    if (message.thought.empty() && thought && thought->string())
      message.thought = *thought->string();
  }
}

Result<Message> readMessage(const Value &value, const JsonPath &path,
                            ConversationLimits &limits) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  Message message;
  G4RT_ASSIGN(message.role, readRole(fields));
  readThought(fields, message);
  G4RT_TRY(readContent(fields, limits, message));
  readRefusal(fields, message);
  if (message.role == Role::Tool) {
    G4RT_ASSIGN(message.toolCallId, fields.string("tool_call_id"));
    G4RT_ASSIGN(message.name, fields.string("name"));
    return message;
  }
  G4RT_TRY(readToolCalls(fields, limits.values, message));
  G4RT_TRY(readToolResponses(fields, message));
  return message;
}

} // namespace g4rt
