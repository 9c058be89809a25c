//===- ValueParser.cpp - JSON text to a Value -----------------------------===//

#include "runtime/text/conversation/ValueParser.h"

#include "runtime/base/Json.h"
#include "runtime/base/Utf8.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <limits>

namespace g4rt {

namespace {

/// Builds the value from the parser's events. The names are the parser's.
// NOLINTBEGIN(readability-identifier-naming)
class Builder {
public:
  using Error = json::error_code;
  using Text = json::string_view;

  static constexpr size_t max_object_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_array_size = max_object_size;
  static constexpr size_t max_key_size = max_object_size;
  static constexpr size_t max_string_size = max_object_size;

  explicit Builder(size_t maxValues) : valuesLeft(maxValues) {}

  bool on_document_begin(Error &) { return true; }
  bool on_document_end(Error &) { return true; }
  bool on_object_begin(Error &error) { return open(Value(ValueMap()), error); }
  bool on_array_begin(Error &error) { return open(Value(ValueList()), error); }
  bool on_object_end(size_t, Error &error) {
    return checkKeys(*open_.back().value.map(), error) && close();
  }
  bool on_array_end(size_t, Error &) { return close(); }
  bool on_key_part(Text part, size_t, Error &) { return append(part); }
  bool on_key(Text part, size_t, Error &) {
    append(part);
    open_.back().key = take();
    return true;
  }
  bool on_string_part(Text part, size_t, Error &) { return append(part); }
  bool on_string(Text part, size_t, Error &error) {
    append(part);
    return add(Value(take()), error);
  }
  bool on_number_part(Text part, Error &) { return append(part); }
  bool on_int64(int64_t, Text part, Error &e) { return number(part, e); }
  bool on_uint64(uint64_t, Text part, Error &e) { return number(part, e); }
  bool on_double(double, Text part, Error &e) { return number(part, e); }
  bool on_bool(bool value, Error &error) { return add(Value(value), error); }
  bool on_null(Error &error) { return add(Value(), error); }
  bool on_comment_part(Text, Error &) { return true; }
  bool on_comment(Text, Error &) { return true; }

  Value root;
  size_t valuesLeft;
  std::string failure; // what is wrong, if it is none of the parser's errors

private:
  /// A list or map whose end is still to come, and the key of what comes next.
  struct Open {
    Value value;
    std::string key;
  };

  bool append(Text part) {
    text_.append(part.data(), part.size());
    return true;
  }
  std::string take() { return std::exchange(text_, {}); }
  bool number(Text part, Error &error) {
    append(part);
    return add(Value(pythonNumber(take())), error);
  }

  bool refuse(std::string why, Error &error);
  bool count(Error &error);
  bool open(Value value, Error &error);
  bool add(Value value, Error &error);
  void place(Value value);
  bool close();
  bool checkKeys(const ValueMap &members, Error &error);

  std::vector<Open> open_;
  std::string text_;
};
// NOLINTEND(readability-identifier-naming)

} // namespace

bool Builder::refuse(std::string why, Error &error) {
  failure = std::move(why);
  error = json::error::syntax;
  return false;
}

bool Builder::count(Error &error) {
  if (valuesLeft == 0)
    return refuse("too many values", error);
  --valuesLeft;
  return true;
}

bool Builder::open(Value value, Error &error) {
  if (!count(error))
    return false;
  open_.push_back({std::move(value), {}});
  return true;
}

bool Builder::add(Value value, Error &error) {
  if (!count(error))
    return false;
  place(std::move(value));
  return true;
}

void Builder::place(Value value) {
  if (open_.empty()) {
    root = std::move(value);
    return;
  }
  Open &parent = open_.back();
  if (ValueMap *members = parent.value.map())
    members->push_back({std::move(parent.key), std::move(value)});
  else
    parent.value.list()->push_back(std::move(value));
}

bool Builder::close() {
  Value value = std::move(open_.back().value);
  open_.pop_back();
  place(std::move(value));
  return true;
}

bool Builder::checkKeys(const ValueMap &members, Error &error) {
  std::vector<std::string_view> keys;
  for (const Member &member : members)
    keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice == keys.end())
    return true;
  return refuse("an object has the key \"" + std::string(clipUtf8(*twice, 64)) +
                    "\" twice",
                error);
}

Result<Value> parseValue(std::string_view text, ValueLimits &limits) {
  json::parse_options options;
  options.max_depth = limits.maxDepth;
  json::basic_parser<Builder> parser(options, limits.maxValues);
  json::error_code error;
  size_t consumed = parser.write_some(false, text.data(), text.size(), error);
  Builder &builder = parser.handler();
  limits.maxValues = builder.valuesLeft;
  if (!error && consumed < text.size())
    error = json::error::extra_data;
  if (error)
    return Status(
        StatusCode::InvalidArgument,
        "invalid JSON at byte " + std::to_string(consumed) + ": " +
            (builder.failure.empty() ? error.message() : builder.failure));
  return std::move(builder.root);
}

} // namespace g4rt
