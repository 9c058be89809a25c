//===- FieldReader.cpp - Typed fields of a request's JSON -----------------===//

#include "runtime/text/conversation/FieldReader.h"

namespace g4rt {

Status wrongKind(const JsonPath &path, const Value &value,
                 std::string_view needed) {
  return path.wrong(std::string(value.kindName()) + ", needs " +
                    std::string(needed));
}

std::string unexpected(std::string_view found, std::string_view needed) {
  return "\"" + std::string(clipUtf8(found, 64)) + "\", needs " +
         std::string(needed);
}

Result<FieldReader> FieldReader::of(const Value &value, const JsonPath &path) {
  if (!value.map())
    return wrongKind(path, value, "an object");
  return FieldReader(value, path);
}

const Value *FieldReader::find(std::string_view key) const {
  const Value *value = object_->find(key);
  return value && !value->isNull() ? value : nullptr;
}

Result<std::optional<std::string>>
FieldReader::string(std::string_view key) const {
  const Value *value = find(key);
  if (!value)
    return std::optional<std::string>();
  if (!value->string())
    return wrongKind(path_->key(key), *value, "a string");
  return std::optional(*value->string());
}

Result<std::string> FieldReader::neededString(std::string_view key) const {
  G4RT_ASSIGN(std::optional<std::string> value, string(key));
  if (!value)
    return path_->key(key).wrong("missing, needs a string");
  return *std::move(value);
}

Result<const Value *> FieldReader::neededObject(std::string_view key) const {
  const Value *value = find(key);
  if (!value)
    return path_->key(key).wrong("missing, needs an object");
  if (!value->map())
    return wrongKind(path_->key(key), *value, "an object");
  return value;
}

Result<std::optional<bool>> FieldReader::boolean(std::string_view key) const {
  const Value *value = find(key);
  if (!value)
    return std::optional<bool>();
  if (!value->boolean())
    return wrongKind(path_->key(key), *value, "true or false");
  return std::optional(*value->boolean());
}

Result<std::span<const Value>> FieldReader::list(std::string_view key,
                                                 size_t maxSize) const {
  const Value *value = find(key);
  if (!value)
    return std::span<const Value>();
  const ValueList *elements = value->list();
  if (!elements)
    return wrongKind(path_->key(key), *value, "a list");
  if (elements->size() > maxSize)
    return path_->key(key).wrong(std::to_string(elements->size()) +
                                 " elements, at most " +
                                 std::to_string(maxSize));
  return std::span<const Value>(*elements);
}

} // namespace g4rt
