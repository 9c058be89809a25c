//===- SchemaFormat.cpp - Tool schemas as text of a prompt ----------------===//

#include "runtime/text/template/SchemaFormat.h"

#include "runtime/text/conversation/FieldReader.h"
#include "runtime/text/template/ChatText.h"

#include <algorithm>

namespace g4rt {

static Result<std::string> typeName(const Value &value, const JsonPath &path) {
  if (const std::string *name = value.string())
    return upperCase(*name);
  return wrongKind(path, value, "the name of a type or a list of names");
}

// What Python's repr() leaves as it is, between single quotes.
static bool isPlain(char c) {
  return c >= ' ' && c <= '~' && c != '\'' && c != '\\';
}

Result<std::string> schemaType(const Value *type, const JsonPath &path) {
  if (!type)
    return std::string();
  const ValueList *names = type->list();
  if (!names)
    return typeName(*type, path);
  std::string text = "[";
  for (size_t i = 0; i < names->size(); ++i) {
    G4RT_ASSIGN(std::string name, typeName((*names)[i], path.at(i)));
    if (!std::all_of(name.begin(), name.end(), isPlain))
      return path.at(i).wrong("needs the name of a type");
    text += (i == 0 ? "'" : ", '") + name + "'";
  }
  return text + "]";
}

Result<std::string_view> schemaText(const Value *text, const JsonPath &path) {
  if (!text || !text->isTruthy())
    return std::string_view();
  if (!text->string())
    return wrongKind(path, *text, "a string");
  return std::string_view(*text->string());
}

static bool isTruthy(const Value *value) { return value && value->isTruthy(); }

void SchemaFormat::start(Separator &separator, std::string_view field) const {
  prompt_.appendContent(separator.next());
  prompt_.appendContent(field);
  prompt_.appendContent(":");
}

Status SchemaFormat::properties(const Value &map, const JsonPath &path) const {
  if (!map.map())
    return wrongKind(path, map, "an object");
  return members(*map.map(), Keys::All, path);
}

static bool isSchemaKey(std::string_view key) {
  return key == "description" || key == "type" || key == "properties" ||
         key == "required" || key == "nullable";
}

Status SchemaFormat::members(const ValueMap &map, Keys keys,
                             const JsonPath &path) const {
  Separator separator;
  for (const Member *member : sortedMembers(map)) {
    if (keys == Keys::NotOfASchema && isSchemaKey(member->key))
      continue;
    start(separator, member->key);
    prompt_.appendContent("{");
    G4RT_TRY(schema(member->value, path.key(member->key)));
    prompt_.appendContent("}");
  }
  return Status();
}

// A value that is no map shows as a schema without any field.
Status SchemaFormat::schema(const Value &schema, const JsonPath &path) const {
  Separator separator;
  const Value *description = schema.find("description");
  G4RT_ASSIGN(std::string_view text,
              schemaText(description, path.key("description")));
  if (!text.empty()) {
    start(separator, "description");
    values_.string(text);
  }
  G4RT_ASSIGN(std::string type,
              schemaType(schema.find("type"), path.key("type")));
  if (const Value *choices = schema.find("enum");
      type == "STRING" && isTruthy(choices)) {
    start(separator, "enum");
    values_.value(*choices, KeyStyle::Quoted);
  }
  if (const Value *elements = schema.find("items");
      type == "ARRAY" && isTruthy(elements) && elements->map()) {
    start(separator, "items");
    G4RT_TRY(items(*elements, path.key("items")));
  }
  if (isTruthy(schema.find("nullable"))) {
    start(separator, "nullable");
    prompt_.appendContent("true");
  }
  if (type == "OBJECT")
    G4RT_TRY(objectFields(schema, separator, path));
  start(separator, "type");
  values_.string(type);
  return Status();
}

Status SchemaFormat::objectFields(const Value &schema, Separator &separator,
                                  const JsonPath &path) const {
  start(separator, "properties");
  prompt_.appendContent("{");
  const Value *properties = schema.find("properties");
  if (properties && properties->map())
    G4RT_TRY(members(*properties->map(), Keys::All, path.key("properties")));
  else
    G4RT_TRY(members(*schema.map(), Keys::NotOfASchema, path));
  prompt_.appendContent("}");
  const Value *required = schema.find("required");
  if (!isTruthy(required))
    return Status();
  start(separator, "required");
  return strings(*required, path.key("required"));
}

// The fields of `items` in order, those that are null left out.
Status SchemaFormat::items(const Value &items, const JsonPath &path) const {
  Separator separator;
  prompt_.appendContent("{");
  for (const Member *field : sortedMembers(*items.map())) {
    if (field->value.isNull())
      continue;
    prompt_.appendContent(separator.next());
    G4RT_TRY(item(*field, path.key(field->key)));
  }
  prompt_.appendContent("}");
  return Status();
}

Status SchemaFormat::item(const Member &field, const JsonPath &path) const {
  prompt_.appendContent(field.key);
  prompt_.appendContent(":");
  if (field.key == "required")
    return strings(field.value, path);
  if (field.key == "properties") {
    prompt_.appendContent("{");
    if (const ValueMap *map = field.value.map())
      G4RT_TRY(members(*map, Keys::All, path));
    prompt_.appendContent("}");
    return Status();
  }
  if (field.key == "type")
    return itemType(field.value, path);
  values_.value(field.value, KeyStyle::Quoted);
  return Status();
}

// Unlike elsewhere a union is a list of quoted names.
Status SchemaFormat::itemType(const Value &type, const JsonPath &path) const {
  const ValueList *names = type.list();
  if (!names) {
    G4RT_ASSIGN(std::string name, typeName(type, path));
    values_.string(name);
    return Status();
  }
  Separator separator;
  prompt_.appendContent("[");
  for (size_t i = 0; i < names->size(); ++i) {
    G4RT_ASSIGN(std::string name, typeName((*names)[i], path.at(i)));
    prompt_.appendContent(separator.next());
    values_.string(name);
  }
  prompt_.appendContent("]");
  return Status();
}

Status SchemaFormat::strings(const Value &list, const JsonPath &path) const {
  if (!list.list())
    return wrongKind(path, list, "a list of strings");
  for (size_t i = 0; i < list.list()->size(); ++i)
    if (const Value &element = (*list.list())[i]; !element.string())
      return wrongKind(path.at(i), element, "a string");
  values_.value(list, KeyStyle::Bare);
  return Status();
}

} // namespace g4rt
