//===- Value.cpp - JSON that keeps how it was written ---------------------===//

#include "runtime/text/conversation/Value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace g4rt {

Value::Value(bool value) : state_(value) {}
Value::Value(Number value) : state_(std::move(value)) {}
Value::Value(std::string value) : state_(std::move(value)) {}
Value::Value(ValueList value) : state_(std::move(value)) {}
Value::Value(ValueMap value) : state_(std::move(value)) {}

const Value *Value::find(std::string_view key) const {
  if (const ValueMap *members = map())
    for (const Member &member : *members)
      if (member.key == key)
        return &member.value;
  return nullptr;
}

bool Value::isTruthy() const {
  if (const bool *value = boolean())
    return *value;
  if (const Number *value = number())
    return !value->isZero;
  if (const std::string *value = string())
    return !value->empty();
  if (const ValueList *value = list())
    return !value->empty();
  if (const ValueMap *value = map())
    return !value->empty();
  return false;
}

std::string_view Value::kindName() const {
  constexpr std::string_view kNames[] = {
      "null", "true or false", "a number", "a string", "a list", "an object"};
  return kNames[state_.index()];
}

// The number of these digits whose first stands for 10^exponent, as Python's
// repr() of a float lays it out: plain from 1e-4 to below 1e16.
static std::string layOut(const std::string &digits, int exponent) {
  if (exponent < -4 || exponent >= 16) {
    std::string text = digits.substr(0, 1);
    if (digits.size() > 1)
      (text += '.') += digits.substr(1);
    std::string size = std::to_string(std::abs(exponent));
    (text += exponent < 0 ? "e-" : "e+") += size.size() < 2 ? "0" : "";
    return text + size;
  }
  if (exponent < 0)
    return "0." + std::string(static_cast<size_t>(-exponent) - 1, '0') + digits;
  size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole)
    return digits + std::string(whole - digits.size(), '0') + ".0";
  return digits.substr(0, whole) + "." + digits.substr(whole);
}

static std::string shortest(double magnitude) {
  char buffer[40];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), magnitude,
                           std::chars_format::scientific)
                 .ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), end,
                  exponent);
  std::string digits(text.substr(0, 1));
  if (e > 2)
    digits += text.substr(2, e - 2);
  return layOut(digits, exponent);
}

// The power of ten of the first digit of `text` that is not 0.
static int64_t powerOfTen(std::string_view text) {
  size_t e = std::min(text.find_first_of("eE"), text.size());
  size_t point = std::min(text.find('.'), e);
  size_t first = text.find_first_not_of("0.");
  int exponent = 0;
  if (e < text.size())
    std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1),
                    text.data() + text.size(), exponent);
  return exponent + static_cast<int64_t>(point) - static_cast<int64_t>(first);
}

Number pythonNumber(std::string_view text) {
  if (text.find_first_of(".eE") == text.npos) {
    bool isZero = text == "0" || text == "-0";
    return {isZero ? "0" : std::string(text), isZero};
  }
  bool negative = text.front() == '-';
  if (negative)
    text.remove_prefix(1);
  double magnitude = 0;
  auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), magnitude);
  if (parsed.ec == std::errc::result_out_of_range)
    magnitude = powerOfTen(text) > 0 ? HUGE_VAL : 0;
  std::string spelled = magnitude == HUGE_VAL ? "inf"
                        : magnitude == 0      ? "0.0"
                                              : shortest(magnitude);
  return {negative ? "-" + spelled : spelled, magnitude == 0};
}

} // namespace g4rt
