//===- PartReader.cpp - The content of a message --------------------------===//

#include "runtime/text/conversation/PartReader.h"

namespace g4rt {

namespace {

/// What a part of a type is, and which field has its text.
struct PartType {
  std::string_view name;
  enum { Text, Thought, Media } what;
  PartKind kind = PartKind::Text; // of Media
  std::string_view field = {};    // of Text and Thought
};

} // namespace

constexpr PartType kPartTypes[] = {
    {"text", PartType::Text, PartKind::Text, "text"},
    {"input_text", PartType::Text, PartKind::Text, "text"},
    {"output_text", PartType::Text, PartKind::Text, "text"},
    {"refusal", PartType::Text, PartKind::Text, "refusal"},
    {"thinking", PartType::Thought, PartKind::Text, "thinking"},
    {"reasoning", PartType::Thought, PartKind::Text, "text"},
    {"redacted_thinking", PartType::Thought, PartKind::Text, "thinking"},
    {"image", PartType::Media, PartKind::Image},
    {"image_url", PartType::Media, PartKind::Image},
    {"input_image", PartType::Media, PartKind::Image},
    {"input_file", PartType::Media, PartKind::Image},
    {"audio", PartType::Media, PartKind::Audio},
    {"input_audio", PartType::Media, PartKind::Audio},
    {"video", PartType::Media, PartKind::Video}};

static const PartType *typeOf(std::string_view name) {
  for (const PartType &type : kPartTypes)
    if (name == type.name)
      return &type;
  return nullptr;
}

static Status readPart(const Value &value, const JsonPath &path,
                       std::string &thought, Content &content) {
  if (const std::string *text = value.string()) {
    content.parts.push_back({PartKind::Text, *text});
    return Status();
  }
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, path));
  G4RT_ASSIGN(std::string name, fields.neededString("type"));
  const PartType *type = typeOf(name);
  if (!type)
    return path.key("type").wrong(
        unexpected(name, "text, refusal, thinking, image, image_url, audio, "
                         "input_audio or video"));
  if (type->what == PartType::Media) {
    content.parts.push_back({type->kind, {}});
    return Status();
  }
  G4RT_ASSIGN(std::optional<std::string> text, fields.string(type->field));
  if (type->what == PartType::Thought)
    thought += text.value_or("");
  else
    content.parts.push_back({PartKind::Text, text.value_or("")});
  return Status();
}

Status readContent(const FieldReader &fields, const ConversationLimits &limits,
                   Message &message) {
  const Value *value = fields.find("content");
  if (!value)
    return Status();
  JsonPath path = fields.path().key("content");
  Content &content = message.content;
  if (const std::string *text = value->string()) {
    content = {Content::Form::String, {{PartKind::Text, *text}}};
    return Status();
  }
  if (!value->list())
    return wrongKind(path, *value, "a string, null or a list of parts");
  G4RT_ASSIGN(std::span<const Value> list,
              fields.list("content", limits.maxPartsPerMessage));
  content.form = Content::Form::Parts;
  std::string thought;
  for (size_t i = 0; i < list.size(); ++i)
    G4RT_TRY(readPart(list[i], path.at(i), thought, content));
  if (message.thought.empty())
    message.thought = std::move(thought);
  return Status();
}

} // namespace g4rt
