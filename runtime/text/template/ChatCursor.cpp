//===- ChatCursor.cpp - Where a template is in a conversation -------------===//

#include "runtime/text/template/ChatCursor.h"

#include "runtime/text/template/SchemaFormat.h"

namespace g4rt {

using artifact::ChatFact;
using artifact::ChatText;
using artifact::ChatValue;

static const Value &orNull(const Value *value) {
  static const Value kNull;
  return value ? *value : kNull;
}

static bool isTruthy(const Value &map, std::string_view key) {
  return orNull(map.find(key)).isTruthy();
}

static bool isObject(const Value &schema) {
  const std::string *type = orNull(schema.find("type")).string();
  return type && upperCase(*type) == "OBJECT";
}

bool ChatCursor::holds(ChatFact fact) const {
  const Conversation &chat = *view->conversation;
  switch (fact) {
  case ChatFact::thinking_enabled:
    return chat.enableThinking;
  case ChatFact::thinking_preserved:
    return chat.preserveThinking;
  case ChatFact::generation_prompt_wanted:
    return chat.addGenerationPrompt;
  case ChatFact::has_tools:
    return !chat.tools.empty();
  case ChatFact::has_system:
    return view->system != nullptr;
  case ChatFact::ends_in_calls:
    return view->endsInCalls();
  case ChatFact::ends_in_results:
    return view->endsInResults();
  case ChatFact::is_assistant:
    return message->message->role == Role::Assistant;
  case ChatFact::previous_is_assistant:
    return message->previousIsAssistant;
  case ChatFact::next_is_assistant:
    return message->nextIsAssistant;
  case ChatFact::has_next:
    return message->hasNext;
  case ChatFact::after_last_user:
    return message->afterLastUser;
  case ChatFact::has_thought:
    return !message->message->thought.empty();
  case ChatFact::has_calls:
    return !message->message->toolCalls.empty();
  case ChatFact::has_results:
    return !message->results.empty();
  case ChatFact::has_content:
    return message->hasContent;
  case ChatFact::is_text:
    return part->kind == PartKind::Text;
  case ChatFact::is_image:
    return part->kind == PartKind::Image;
  case ChatFact::is_audio:
    return part->kind == PartKind::Audio;
  case ChatFact::is_video:
    return part->kind == PartKind::Video;
  case ChatFact::is_listed:
    return partIsListed;
  case ChatFact::result_is_map:
    return result->value().map() != nullptr;
  case ChatFact::has_parameters:
    return tool->parameters.isTruthy();
  case ChatFact::has_properties:
    return isTruthy(tool->parameters, "properties");
  case ChatFact::has_required:
    return isTruthy(tool->parameters, "required");
  case ChatFact::has_type:
    return isTruthy(tool->parameters, "type");
  case ChatFact::declares_response:
    return !tool->response.isNull();
  case ChatFact::response_is_described:
    return isTruthy(tool->response, "description");
  case ChatFact::response_is_object:
    return isObject(tool->response);
  }
  return false;
}

static Result<std::string> typeOf(const Value &schema, const JsonPath &path) {
  return schemaType(schema.find("type"), path.key("type"));
}

static Result<std::string> descriptionOf(const Value &schema,
                                         const JsonPath &path) {
  G4RT_ASSIGN(std::string_view text,
              schemaText(schema.find("description"), path.key("description")));
  return std::string(text);
}

Result<std::string> ChatCursor::text(ChatText what) const {
  switch (what) {
  case ChatText::role:
    return std::string(toString(message->message->role));
  case ChatText::thought:
    return message->message->thought;
  case ChatText::part:
    return part->text;
  case ChatText::call_name:
    return call->name;
  case ChatText::result_name:
    return std::string(result->name);
  case ChatText::tool_name:
    return tool->name;
  case ChatText::tool_description:
    return tool->description;
  case ChatText::parameters_type:
    return typeOf(tool->parameters,
                  ToolPath(toolIndex()).function.key("parameters"));
  case ChatText::response_description:
    return descriptionOf(tool->response,
                         ToolPath(toolIndex()).function.key("response"));
  case ChatText::response_type:
    return typeOf(tool->response,
                  ToolPath(toolIndex()).function.key("response"));
  }
  return std::string();
}

const Value &ChatCursor::value(ChatValue what) const {
  switch (what) {
  case ChatValue::arguments:
    return call->arguments;
  case ChatValue::result:
    return result->value();
  case ChatValue::properties:
    return orNull(tool->parameters.find("properties"));
  case ChatValue::required:
    return orNull(tool->parameters.find("required"));
  }
  return orNull(nullptr);
}

} // namespace g4rt
