//===- NumberFields.cpp - Numbers of a request's JSON ---------------------===//

#include "runtime/http/openai/NumberFields.h"

#include <charconv>
#include <cmath>

namespace g4rt {

template <typename T>
static std::optional<T> parse(std::string_view text) {
  T value{};
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return {};
  return value;
}

static std::string found(const Value &value) {
  const Number *number = value.number();
  return std::string(number ? clipUtf8(number->text, 40) : value.kindName());
}

Result<int64_t> integerOf(const Value &value, const JsonPath &path,
                          IntegerRange range) {
  const Number *number = value.number();
  // "40.0" is 40: some languages have no other numbers.
  std::string_view text = number ? std::string_view(number->text) : "";
  if (text.ends_with(".0"))
    text.remove_suffix(2);
  std::optional<int64_t> integer = parse<int64_t>(text);
  if (!integer || *integer < range.min || *integer > range.max)
    return path.wrong(found(value) + ", needs an integer of " +
                      std::to_string(range.min) + " to " +
                      std::to_string(range.max));
  return *integer;
}

Result<std::optional<int64_t>> readInteger(const FieldReader &fields,
                                           std::string_view key,
                                           IntegerRange range) {
  const Value *value = fields.find(key);
  if (!value)
    return std::optional<int64_t>();
  G4RT_ASSIGN(int64_t integer,
              integerOf(*value, fields.path().key(key), range));
  return std::optional(integer);
}

Result<float> numberOf(const Value &value, const JsonPath &path) {
  const Number *number = value.number();
  std::optional<double> parsed =
      number ? parse<double>(number->text) : std::nullopt;
  float narrow = static_cast<float>(parsed.value_or(HUGE_VAL));
  if (!std::isfinite(narrow))
    return path.wrong(found(value) + ", needs a number");
  return narrow;
}

Result<std::optional<float>> readNumber(const FieldReader &fields,
                                        std::string_view key) {
  const Value *value = fields.find(key);
  if (!value)
    return std::optional<float>();
  G4RT_ASSIGN(float number, numberOf(*value, fields.path().key(key)));
  return std::optional(number);
}

Result<std::vector<int32_t>> idsOf(std::span<const Value> values,
                                   const JsonPath &path, int32_t numTokens) {
  std::vector<int32_t> ids;
  ids.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    G4RT_ASSIGN(int64_t id,
                integerOf(values[i], path.at(i), {0, numTokens - 1}));
    ids.push_back(static_cast<int32_t>(id));
  }
  return ids;
}

Result<std::vector<int32_t>> readIds(const FieldReader &fields,
                                     std::string_view key, int32_t numTokens,
                                     size_t maxSize) {
  G4RT_ASSIGN(std::span<const Value> values, fields.list(key, maxSize));
  return idsOf(values, fields.path().key(key), numTokens);
}

} // namespace g4rt
