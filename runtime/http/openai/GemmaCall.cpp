//===- GemmaCall.cpp - A tool call as Gemma writes it ---------------------===//

#include "runtime/http/openai/GemmaCall.h"

#include "runtime/base/Ascii.h"
#include "runtime/base/Json.h"

#include <algorithm>

namespace g4rt {

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxNameBytes = 128;
constexpr std::string_view kSpace = " \t\r\n";

static std::string quoted(std::string_view text) {
  return json::serialize(json::string(text));
}

namespace {

/// Reads from left to right and writes JSON. A function that fails returns
/// false or nothing; what it wrote until then means nothing.
class Reader {
public:
  explicit Reader(std::span<const std::string> parts) : parts_(parts) {}

  std::optional<GemmaCall> call();

private:
  bool object(size_t depth);
  bool member(size_t depth, std::vector<std::string> &keys);
  bool list(size_t depth);
  bool value(size_t depth);
  bool bareValue();
  std::optional<std::string> key();
  std::optional<std::string> string();
  std::optional<std::string> jsonString();

  // The rest of the syntax part at hand.
  std::string_view rest() const {
    return std::string_view(parts_[part_]).substr(offset_);
  }
  void skipSpace() {
    offset_ += std::min(rest().find_first_not_of(kSpace), rest().size());
  }
  bool isAtQuote() const { return rest().empty() && part_ + 1 < parts_.size(); }
  bool take(char wanted);
  std::string_view takeUntil(std::string_view ends);

  std::span<const std::string> parts_;
  size_t part_ = 0; // even: syntax
  size_t offset_ = 0;
  std::string out_;
};

} // namespace

bool Reader::take(char wanted) {
  skipSpace();
  if (!rest().starts_with(wanted))
    return false;
  ++offset_;
  return true;
}

std::string_view Reader::takeUntil(std::string_view ends) {
  std::string_view text = rest().substr(0, rest().find_first_of(ends));
  offset_ += text.size();
  return text;
}

// Between two quote tokens; a string that does not end is none.
std::optional<std::string> Reader::string() {
  if (part_ + 2 >= parts_.size())
    return {};
  std::string text = parts_[part_ + 1];
  part_ += 2;
  offset_ = 0;
  return text;
}

std::optional<std::string> Reader::jsonString() {
  std::string_view text = rest();
  size_t end = 1;
  while (end < text.size() && text[end] != '"')
    end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size())
    return {};
  Result<json::value> value = parseJson(text.substr(0, end + 1));
  if (!value || !value->is_string())
    return {};
  offset_ += end + 1;
  return std::string(value->get_string());
}

std::optional<std::string> Reader::key() {
  skipSpace();
  if (isAtQuote())
    return string();
  if (rest().starts_with('"'))
    return jsonString();
  std::string_view bare = asciiTrimmed(takeUntil(":,{}[]"), kSpace);
  if (bare.empty())
    return {};
  return std::string(bare);
}

// A number, true, false, null, or a word that stands for itself.
bool Reader::bareValue() {
  std::string_view bare = asciiTrimmed(takeUntil(",}]"), kSpace);
  if (bare.empty())
    return false;
  Result<json::value> value = parseJson(bare);
  bool isScalar =
      value && (value->is_number() || value->is_bool() || value->is_null());
  out_ += isScalar ? std::string(bare) : quoted(bare);
  return true;
}

bool Reader::value(size_t depth) {
  skipSpace();
  if (isAtQuote() || rest().starts_with('"')) {
    std::optional<std::string> text = isAtQuote() ? string() : jsonString();
    out_ += quoted(text.value_or(""));
    return text.has_value();
  }
  if (rest().starts_with('{'))
    return object(depth + 1);
  if (rest().starts_with('['))
    return list(depth + 1);
  return bareValue();
}

bool Reader::member(size_t depth, std::vector<std::string> &keys) {
  std::optional<std::string> name = key();
  if (!name || std::find(keys.begin(), keys.end(), *name) != keys.end() ||
      !take(':'))
    return false;
  (out_ += quoted(*name)) += ':';
  keys.push_back(*std::move(name));
  return value(depth);
}

bool Reader::object(size_t depth) {
  if (depth > kMaxDepth || !take('{'))
    return false;
  out_ += '{';
  std::vector<std::string> keys;
  while (!take('}')) {
    if (!keys.empty()) {
      if (!take(','))
        return false;
      out_ += ',';
    }
    if (!member(depth, keys))
      return false;
  }
  out_ += '}';
  return true;
}

bool Reader::list(size_t depth) {
  if (depth > kMaxDepth || !take('['))
    return false;
  out_ += '[';
  for (bool isFirst = true; !take(']'); isFirst = false) {
    if (!isFirst) {
      if (!take(','))
        return false;
      out_ += ',';
    }
    if (!value(depth))
      return false;
  }
  out_ += ']';
  return true;
}

std::optional<GemmaCall> Reader::call() {
  skipSpace();
  if (rest().starts_with("call:"))
    offset_ += 5;
  std::string name(asciiTrimmed(takeUntil("{"), kSpace));
  if (name.empty() || name.size() > kMaxNameBytes ||
      name.find_first_of(kSpace) != name.npos || !object(0))
    return {};
  skipSpace();
  if (!rest().empty() || isAtQuote())
    return {};
  return GemmaCall{std::move(name), std::move(out_)};
}

std::optional<GemmaCall> readGemmaCall(std::span<const std::string> parts) {
  if (parts.empty())
    return {};
  return Reader(parts).call();
}

std::optional<GemmaCall> readGemmaCall(std::span<const int32_t> ids,
                                       const Tokenizer &tokenizer,
                                       std::optional<int32_t> quote) {
  std::vector<std::string> parts;
  while (true) {
    auto end = quote ? std::find(ids.begin(), ids.end(), *quote) : ids.end();
    size_t size = static_cast<size_t>(end - ids.begin());
    parts.push_back(tokenizer.decode(ids.first(size), SpecialIds::Show));
    if (end == ids.end())
      return readGemmaCall(parts);
    ids = ids.subspan(size + 1);
  }
}

} // namespace g4rt
