//===- GemmaCall.cpp - A tool call as Gemma writes it ---------------------===//

#include "runtime/text/answer/GemmaCall.h"

#include "runtime/base/Ascii.h"
#include "runtime/base/Json.h"
#include "runtime/text/answer/CallWord.h"

#include <algorithm>

namespace g4rt {

constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxNameBytes = 256;
constexpr std::string_view kSpace = " \t\r\n";

namespace {

/// Reads from left to right and writes JSON. A function that fails returns
/// false or nothing; what it wrote until then means nothing.
class Reader {
public:
  Reader(std::span<const std::string> parts, CallEnd end)
      : parts_(parts), end_(end) {}

  std::vector<GemmaCall> calls();

private:
  /// What was read last: it decides whether a comma or a closing bracket may be
  /// missing.
  enum class Last { QuoteToken, Quoted, Bracket, Scalar, Word, Comma };

  bool opener(bool isFirst);
  std::optional<GemmaCall> call();
  std::optional<GemmaCall> jsonCall();
  bool arguments();
  bool members(char closer, size_t depth);
  bool member(size_t depth, std::vector<std::string> &keys);
  bool list(size_t depth);
  bool value(size_t depth);
  bool bareValue();
  bool nextMember(char closer);
  bool nextElement();
  std::optional<std::string> key();
  std::optional<std::string> tokenString();
  std::optional<std::string> quotedString();

  // The rest of the syntax part at hand.
  std::string_view rest() const {
    return std::string_view(parts_[part_]).substr(offset_);
  }
  void skipSpace() {
    offset_ += std::min(rest().find_first_not_of(kSpace), rest().size());
  }
  bool isAtQuoteToken() const {
    return rest().empty() && part_ + 1 < parts_.size();
  }
  bool isAtQuoted() const {
    return rest().starts_with('"') || rest().starts_with('\'');
  }
  bool isAtEnd() const { return rest().empty() && part_ + 1 == parts_.size(); }
  bool mayCloseHere() const {
    return isAtEnd() && end_ == CallEnd::Mark && last_ != Last::Word &&
           last_ != Last::Comma;
  }
  bool take(char wanted);
  bool takeComma();
  std::string_view takeUntil(std::string_view ends);

  std::span<const std::string> parts_;
  CallEnd end_;
  size_t part_ = 0; // even: syntax
  size_t offset_ = 0;
  bool inParentheses_ = false;
  Last last_ = Last::Word;
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

bool Reader::takeComma() {
  bool isTaken = take(',');
  last_ = isTaken ? Last::Comma : last_;
  return isTaken;
}

std::string_view Reader::takeUntil(std::string_view ends) {
  std::string_view text = rest().substr(0, rest().find_first_of(ends));
  offset_ += text.size();
  return text;
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

// Between two quote tokens; a string that does not end is none.
std::optional<std::string> Reader::tokenString() {
  if (part_ + 2 >= parts_.size())
    return {};
  std::string text = parts_[part_ + 1];
  part_ += 2;
  offset_ = 0;
  last_ = Last::QuoteToken;
  return text;
}

std::optional<std::string> Reader::quotedString() {
  std::optional<QuotedWord> word = quotedWord(rest());
  if (!word)
    return {};
  offset_ += word->size;
  last_ = Last::Quoted;
  return std::move(word->text);
}

std::optional<std::string> Reader::key() {
  skipSpace();
  if (isAtQuoteToken())
    return tokenString();
  if (isAtQuoted())
    return quotedString();
  std::string_view bare = asciiTrimmed(takeUntil(":=,{}[]()\"'\n"), kSpace);
  if (bare.empty())
    return {};
  return std::string(bare);
}

// Only after a scalar can a blank be a missing comma: `depth:2 path:x`.
bool Reader::bareValue() {
  std::string_view bare =
      rest().substr(0, rest().find_first_of(inParentheses_ ? ",}])" : ",}]"));
  size_t blank = bare.find_first_of(kSpace);
  std::string_view first = bare.substr(0, blank);
  if (blank != bare.npos && scalarOf(first) &&
      beginsWithKey(asciiTrimmed(bare.substr(blank), kSpace)))
    bare = first;
  offset_ += bare.size();
  bare = asciiTrimmed(bare, kSpace);
  std::optional<std::string> word = bareWord(bare);
  if (!word)
    return false;
  last_ = scalarOf(bare) ? Last::Scalar : Last::Word;
  out_ += *word;
  return true;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

bool Reader::value(size_t depth) {
  skipSpace();
  if (isAtQuoteToken() || isAtQuoted()) {
    std::optional<std::string> text =
        isAtQuoted() ? quotedString() : tokenString();
    out_ += jsonString(text.value_or(""));
    return text.has_value();
  }
  if (take('{'))
    return members('}', depth + 1);
  if (take('['))
    return list(depth + 1);
  return bareValue();
}

bool Reader::member(size_t depth, std::vector<std::string> &keys) {
  std::optional<std::string> name = key();
  if (!name || std::find(keys.begin(), keys.end(), *name) != keys.end() ||
      !(take(':') || take('=')))
    return false;
  (out_ += jsonString(*name)) += ':';
  keys.push_back(*std::move(name));
  return value(depth);
}

// After a member: whether another one, or the closing bracket, can come.
bool Reader::nextMember(char closer) {
  if (takeComma() || rest().starts_with(closer) || mayCloseHere())
    return true;
  if (last_ == Last::Word)
    return false;
  return isAtQuoteToken() || beginsWithKey(rest());
}

// What follows the opening bracket, which was taken.
bool Reader::members(char closer, size_t depth) {
  if (depth > kMaxDepth)
    return false;
  out_ += '{';
  std::vector<std::string> keys;
  while (!take(closer)) {
    if (!keys.empty() && mayCloseHere())
      break;
    out_ += keys.empty() ? "" : ",";
    if (!member(depth, keys) || !nextMember(closer))
      return false;
  }
  last_ = Last::Bracket;
  out_ += '}';
  return true;
}

// After an element. Python joins 'a' 'b' to one string, so only what nobody
// joins may lack its comma.
bool Reader::nextElement() {
  if (takeComma() || rest().starts_with(']') || mayCloseHere())
    return true;
  if (last_ == Last::QuoteToken)
    return isAtQuoteToken();
  return last_ == Last::Bracket &&
         (rest().starts_with('{') || rest().starts_with('['));
}

bool Reader::list(size_t depth) {
  if (depth > kMaxDepth)
    return false;
  out_ += '[';
  for (bool isFirst = true; !take(']'); isFirst = false) {
    if (!isFirst && mayCloseHere())
      break;
    out_ += isFirst ? "" : ",";
    // `[a:1]` is no list of words.
    if ((!isAtQuoted() && beginsWithKey(rest())) || !value(depth) ||
        !nextElement())
      return false;
  }
  last_ = Last::Bracket;
  out_ += ']';
  return true;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

// "call:", or ":" that is left of it. Only the first call can go without.
bool Reader::opener(bool isFirst) {
  skipSpace();
  size_t colon = rest().find(':');
  if (colon != std::string_view::npos) {
    std::string_view word = asciiTrimmed(rest().substr(0, colon), kSpace);
    if (word.empty() || asciiEqualsNoCase(word, "call")) {
      offset_ += colon + 1;
      return true;
    }
  }
  return isFirst;
}

// {...}, (...) or ({...}).
bool Reader::arguments() {
  if (take('{'))
    return members('}', 0);
  if (!take('('))
    return false;
  inParentheses_ = true;
  bool isRead = take('{') ? members('}', 0) && (take(')') || mayCloseHere())
                          : members(')', 0);
  inParentheses_ = false;
  return isRead;
}

std::optional<GemmaCall> Reader::call() {
  std::string name(asciiTrimmed(takeUntil("{("), ": \t\r\n"));
  out_.clear();
  if (name.empty() || name.size() > kMaxNameBytes ||
      name.find_first_of(" \t\r\n\"'") != name.npos || !arguments())
    return {};
  return GemmaCall{std::move(name), out_};
}

// {"name":"f","arguments":{...}}, as other families write a call.
std::optional<GemmaCall> Reader::jsonCall() {
  out_.clear();
  if (!take('{') || !members('}', 0))
    return {};
  Result<json::value> value = parseJson(out_);
  if (!value)
    return {};
  const json::object &object = value->get_object();
  const json::value *name = object.if_contains("name");
  const json::value *arguments = object.if_contains("arguments");
  if (!arguments)
    arguments = object.if_contains("parameters");
  if (object.size() != 2 || !name || !name->is_string() || !arguments ||
      !arguments->is_object() || name->get_string().empty())
    return {};
  return GemmaCall{std::string(name->get_string()),
                   json::serialize(*arguments)};
}

std::vector<GemmaCall> Reader::calls() {
  std::vector<GemmaCall> calls;
  while (calls.empty() || !isAtEnd()) {
    if (!opener(calls.empty()))
      return {};
    skipSpace();
    bool isJson = calls.empty() && rest().starts_with('{');
    std::optional<GemmaCall> next = isJson ? jsonCall() : call();
    if (!next)
      return {};
    calls.push_back(*std::move(next));
    take(',');
    skipSpace();
  }
  return calls;
}

std::vector<GemmaCall> readGemmaCalls(std::span<const std::string> parts,
                                      CallEnd end) {
  return parts.empty() ? std::vector<GemmaCall>() : Reader(parts, end).calls();
}

std::vector<GemmaCall> readGemmaCalls(std::span<const int32_t> ids,
                                      const Tokenizer &tokenizer,
                                      std::optional<int32_t> quote,
                                      CallEnd callEnd) {
  std::vector<std::string> parts;
  while (true) {
    auto end = quote ? std::find(ids.begin(), ids.end(), *quote) : ids.end();
    size_t size = static_cast<size_t>(end - ids.begin());
    parts.push_back(tokenizer.decode(ids.first(size), SpecialIds::Show));
    if (end == ids.end())
      return readGemmaCalls(parts, callEnd);
    ids = ids.subspan(size + 1);
  }
}

} // namespace g4rt
