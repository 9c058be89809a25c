//===- JsonFields.cpp - Fields of a JSON file, or what is wrong -----------===//

#include "models/checkpoint/JsonFields.h"

#include "runtime/base/Utf8.h"

#include <cstdio>

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

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

static std::string shortText(double x) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.10g", x);
  return buffer;
}

const json::value *Fields::find(std::string_view name) const {
  const json::value *value = object_.if_contains(name);
  return value && value->is_null() ? nullptr : value;
}

void Fields::fail(std::string_view name, const std::string &what) {
  adopt(Status(g4rt::StatusCode::InvalidArgument,
               prefix_ + std::string(name) + " " + what));
}

void Fields::adopt(const Status &status) {
  if (status_.ok())
    status_ = status;
}

int64_t Fields::inRange(std::string_view name, const json::value &value,
                        int64_t low, int64_t high) {
  const int64_t *x = value.if_int64();
  if (x && *x >= low && *x <= high)
    return *x;
  fail(name, "must be a whole number in [" + std::to_string(low) + ", " +
                 std::to_string(high) + "], got " + shown(value));
  return low;
}

int64_t Fields::integer(std::string_view name, int64_t low, int64_t high) {
  const json::value *value = find(name);
  if (!value)
    return fail(name, "is missing"), low;
  return inRange(name, *value, low, high);
}

int64_t Fields::integerOr(std::string_view name, int64_t otherwise, int64_t low,
                          int64_t high) {
  const json::value *value = find(name);
  return value ? inRange(name, *value, low, high) : otherwise;
}

double Fields::number(std::string_view name, double otherwise, double low,
                      double high) {
  const json::value *value = find(name);
  if (!value)
    return otherwise;
  if (!value->is_number())
    return fail(name, "must be a number, got " + shown(*value)), otherwise;
  double x = value->to_number<double>();
  if (x >= low && x <= high)
    return x;
  fail(name, "must be in [" + shortText(low) + ", " + shortText(high) +
                 "], got " + shown(*value));
  return otherwise;
}

bool Fields::boolean(std::string_view name, bool otherwise) {
  const json::value *value = find(name);
  if (!value)
    return otherwise;
  if (!value->is_bool())
    return fail(name, "must be true or false, got " + shown(*value)), otherwise;
  return value->get_bool();
}

std::string Fields::text(std::string_view name, std::string otherwise) {
  const json::value *value = find(name);
  if (!value)
    return otherwise;
  if (!value->is_string())
    return fail(name, "must be a string, got " + shown(*value)), otherwise;
  return std::string(value->get_string());
}

const json::object *Fields::object(std::string_view name) {
  const json::value *value = find(name);
  if (value && !value->is_object())
    fail(name, "must be an object, got " + shown(*value));
  return value ? value->if_object() : nullptr;
}

int32_t Fields::idOf(std::string_view name, const json::value &value,
                     int64_t vocabSize) {
  const int64_t *id = value.if_int64();
  if (id && *id >= 0 && *id < vocabSize)
    return static_cast<int32_t>(*id);
  fail(name, "must be token ids below " + std::to_string(vocabSize) + ", got " +
                 shown(value));
  return -1;
}

int32_t Fields::tokenId(std::string_view name, int64_t vocabSize) {
  const json::value *value = find(name);
  return !value || *value == -1 ? -1 : idOf(name, *value, vocabSize);
}

std::vector<int32_t> Fields::tokenIds(std::string_view name,
                                      int64_t vocabSize) {
  const json::value *value = find(name);
  std::vector<int32_t> ids;
  if (!value)
    return ids;
  if (!value->is_array())
    return {idOf(name, *value, vocabSize)};
  for (const json::value &element : value->get_array())
    ids.push_back(idOf(name, element, vocabSize));
  return ids;
}

} // namespace g4::json_fields
