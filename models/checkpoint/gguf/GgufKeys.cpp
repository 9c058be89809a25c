//===- GgufKeys.cpp - Metadata of a GGUF file by name ---------------------===//

#include "models/checkpoint/gguf/GgufKeys.h"

#include "models/checkpoint/JsonFields.h"

namespace g4::gguf {

namespace json = g4rt::json;
using g4rt::Result;
using g4rt::Status;

void Keys::fail(std::string_view key, const std::string &what) {
  if (status_.ok())
    status_ = Status(g4rt::StatusCode::InvalidArgument,
                     "metadata " + std::string(key) + ": " + what);
}

json::value Keys::find(std::string_view key) {
  auto it = metadata_.find(key);
  if (it == metadata_.end())
    return {};
  Result<json::value> value = it->second.toJson();
  if (value)
    return *std::move(value);
  fail(key, value.error().message());
  return {};
}

json::value Keys::need(std::string_view key) {
  if (!has(key))
    fail(key, "the file has no such key");
  return find(key);
}

std::string Keys::text(std::string_view key) {
  json::value value = find(key);
  if (value.is_null())
    return "";
  if (value.is_string())
    return std::string(value.get_string());
  fail(key, json_fields::shown(value) + ", needs a text");
  return "";
}

std::vector<std::string_view> Keys::needTexts(std::string_view key) {
  auto it = metadata_.find(key);
  if (it == metadata_.end())
    return fail(key, "the file has no such key"),
           std::vector<std::string_view>();
  Result<std::vector<std::string_view>> texts = it->second.texts();
  if (texts)
    return *std::move(texts);
  fail(key, texts.error().message());
  return {};
}

} // namespace g4::gguf
