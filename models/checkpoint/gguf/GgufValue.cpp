//===- GgufValue.cpp - A value of a GGUF file's metadata ------------------===//

#include "models/checkpoint/gguf/GgufValue.h"

#include "runtime/base/Utf8.h"

#include <limits>
#include <type_traits>
#include <utility>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;
using Type = GgufValue::Type;

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();
/// A byte in the file may become many in memory: what is asked for, no model
/// has more of than tokens.
constexpr uint64_t kMaxElements = 1 << 24;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

/// 0 for what has no fixed size.
static uint64_t sizeOf(Type type) {
  switch (type) {
  case Type::U8:
  case Type::I8:
  case Type::Bool:
    return 1;
  case Type::U16:
  case Type::I16:
    return 2;
  case Type::U32:
  case Type::I32:
  case Type::F32:
    return 4;
  case Type::U64:
  case Type::I64:
  case Type::F64:
    return 8;
  case Type::Text:
  case Type::Array:
    return 0;
  }
  return 0;
}

static Result<Type> readType(gguf::Cursor &cursor) {
  G4RT_ASSIGN(uint32_t code, cursor.number<uint32_t>("type"));
  if (code > static_cast<uint32_t>(Type::F64))
    return invalid("type code " + std::to_string(code) +
                   ", needs one from 0 to 12");
  return static_cast<Type>(code);
}

static Result<uint64_t> sizeOfTexts(gguf::Cursor cursor, uint64_t numTexts) {
  size_t begin = cursor.position();
  for (uint64_t i = 0; i < numTexts; ++i) {
    auto text = cursor.text(kNoLimit, "text");
    if (!text)
      return std::move(text).error();
  }
  return cursor.position() - begin;
}

Result<GgufValue> GgufValue::read(gguf::Cursor &cursor) {
  GgufValue value;
  G4RT_ASSIGN(value.type_, readType(cursor));
  if (value.type_ == Type::Array) {
    value.isArray_ = true;
    G4RT_ASSIGN(value.type_, readType(cursor));
    G4RT_ASSIGN(value.numElements_, cursor.number<uint64_t>("length"));
  }
  if (value.type_ == Type::Array)
    return invalid("an array of arrays is not supported");
  // A text has its length in front, a number as many bytes as its type.
  uint64_t least = value.type_ == Type::Text ? 8 : sizeOf(value.type_);
  if (value.numElements_ > cursor.numLeft() / least)
    return invalid("array of " + std::to_string(value.numElements_) +
                   " elements, the file has " +
                   std::to_string(cursor.numLeft()) + " more bytes");
  uint64_t size = value.numElements_ * least;
  if (value.type_ == Type::Text) {
    G4RT_ASSIGN(size, sizeOfTexts(cursor, value.numElements_));
  }
  G4RT_ASSIGN(value.bytes_, cursor.take(size, "value"));
  return value;
}

/// As a parser of JSON has it: unsigned only where that is needed.
template <typename T>
static json::value numberOf(gguf::Cursor &cursor) {
  T number = *cursor.number<T>("value"); // its bytes are there
  if constexpr (std::is_integral_v<T>)
    if (std::in_range<int64_t>(number))
      return json::value(static_cast<int64_t>(number));
  return json::value(number);
}

static Result<std::string_view> readText(gguf::Cursor &cursor) {
  std::string_view text = *cursor.text(kNoLimit, "text");
  if (!g4rt::isUtf8(text))
    return invalid("holds a text that is not UTF-8");
  return text;
}

static Result<json::value> readElement(Type type, gguf::Cursor &cursor) {
  switch (type) {
  case Type::U8:
    return numberOf<uint8_t>(cursor);
  case Type::I8:
    return numberOf<int8_t>(cursor);
  case Type::U16:
    return numberOf<uint16_t>(cursor);
  case Type::I16:
    return numberOf<int16_t>(cursor);
  case Type::U32:
    return numberOf<uint32_t>(cursor);
  case Type::I32:
    return numberOf<int32_t>(cursor);
  case Type::F32:
    return numberOf<float>(cursor);
  case Type::Bool:
    return json::value(*cursor.number<uint8_t>("value") != 0);
  case Type::U64:
    return numberOf<uint64_t>(cursor);
  case Type::I64:
    return numberOf<int64_t>(cursor);
  case Type::F64:
    return numberOf<double>(cursor);
  case Type::Text:
  case Type::Array:
    break;
  }
  G4RT_ASSIGN(std::string_view text, readText(cursor));
  return json::value(json::string(text));
}

static Status checkLength(uint64_t numElements) {
  if (numElements <= kMaxElements)
    return Status();
  return invalid("array of " + std::to_string(numElements) +
                 " elements, needs at most " + std::to_string(kMaxElements));
}

Result<json::value> GgufValue::toJson() const {
  G4RT_TRY(checkLength(numElements_));
  gguf::Cursor cursor(bytes_);
  if (!isArray_)
    return readElement(type_, cursor);
  json::array array;
  array.reserve(numElements_); // each has its bytes in the file
  for (uint64_t i = 0; i < numElements_; ++i) {
    G4RT_ASSIGN(json::value element, readElement(type_, cursor));
    array.push_back(std::move(element));
  }
  return json::value(std::move(array));
}

Result<std::vector<std::string_view>> GgufValue::texts() const {
  if (!isArray_ || type_ != Type::Text)
    return invalid("needs an array of texts");
  G4RT_TRY(checkLength(numElements_));
  gguf::Cursor cursor(bytes_);
  std::vector<std::string_view> texts;
  texts.reserve(numElements_);
  for (uint64_t i = 0; i < numElements_; ++i) {
    G4RT_ASSIGN(std::string_view text, readText(cursor));
    texts.push_back(text);
  }
  return texts;
}

} // namespace g4
