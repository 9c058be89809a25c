//===- JsonFields.cpp - Fields of a JSON file, or what is wrong -----------===//

#include "models/checkpoint/JsonFields.h"

#include "runtime/base/Utf8.h"

namespace g4::json_fields {

using g4rt::Result;
using g4rt::Status;

constexpr size_t kShownBytes = 60;

Status wrong(const std::string &field, const std::string &what) {
  return Status(g4rt::StatusCode::InvalidArgument, field + ": " + what);
}

static std::string shortened(const std::string &text) {
  if (text.size() <= kShownBytes)
    return text;
  return std::string(g4rt::clipUtf8(text, kShownBytes - 3)) + "...";
}

std::string shown(const json::value &value) {
  return shortened(json::serialize(value));
}

std::string shownString(std::string_view text) {
  return shortened(json::serialize(json::string_view(text)));
}

const json::value &get(const json::object &object, const char *key) {
  static const json::value kNull;
  const json::value *value = object.if_contains(key);
  return value ? *value : kNull;
}

bool isString(const json::value &value, std::string_view text) {
  return value.is_string() && std::string_view(value.get_string()) == text;
}

Result<const json::object *> needObject(const json::value &value,
                                        const std::string &path) {
  if (!value.is_object())
    return wrong(path, shown(value) + ", needs an object");
  return &value.get_object();
}

Status needString(const json::object &object, const std::string &path,
                  const char *key, const char *needed) {
  const json::value &value = get(object, key);
  if (isString(value, needed))
    return Status();
  return wrong(path + "." + key,
               shown(value) + ", needs " + shownString(needed));
}

Result<bool> readBool(const json::object &object, const std::string &path,
                      const char *key) {
  const json::value &value = get(object, key);
  if (value.is_null())
    return false;
  if (!value.is_bool())
    return wrong(path + "." + key, shown(value) + ", needs true or false");
  return value.get_bool();
}

Status needFalse(const json::object &object, const std::string &path,
                 const char *key) {
  G4RT_ASSIGN(bool value, readBool(object, path, key));
  if (value)
    return wrong(path + "." + key, "true is not supported");
  return Status();
}

} // namespace g4::json_fields
