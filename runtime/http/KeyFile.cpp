//===- KeyFile.cpp - Keys that stand in a file ----------------------------===//

#include "runtime/http/KeyFile.h"

#include "runtime/base/Ascii.h"
#include "runtime/base/OpenFile.h"
#include "runtime/engine/Generation.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace g4rt {

static Status wrong(std::string what) {
  return Status(StatusCode::InvalidArgument, std::move(what));
}

/// The whole of `text` as a number of `low` to `high`; none if it is none.
template <typename T>
static std::optional<T> numberIn(std::string_view text, T low, T high) {
  T value{};
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() ||
      !(value >= low && value <= high))
    return std::nullopt;
  return value;
}

/// Takes what stands before the next blank.
static std::string_view takeWord(std::string_view &line) {
  constexpr std::string_view kBlanks = " \t";
  size_t size = std::min(line.find_first_of(kBlanks), line.size());
  std::string_view word = line.substr(0, size);
  line = asciiTrimmed(line.substr(size), kBlanks);
  return word;
}

static Status readRule(std::string_view word, KeyRules &rules) {
  constexpr int64_t kMost = int64_t{1} << 40;
  size_t size = std::min(word.find('='), word.size());
  std::string_view name = word.substr(0, size);
  std::string_view value = word.substr(std::min(size + 1, word.size()));
  if (name == "weight") {
    auto weight = numberIn(value, kLeastWeight, kMostWeight);
    rules.weight = weight.value_or(1);
    return weight ? Status() : wrong("weight: needs 0.001 to 1000");
  }
  if (name == "requests" || name == "tokens-per-minute") {
    auto count = numberIn(value, int64_t{0}, kMost);
    (name == "requests" ? rules.maxAnswers : rules.tokensPerMinute) =
        count.value_or(0);
    return count ? Status()
                 : wrong(std::string(name) +
                         ": needs a whole number, 0 for any number");
  }
  if (name == "cache" && checkKey(value).ok()) {
    rules.cacheName = value;
    return Status();
  }
  return wrong("after the key: needs weight=, requests=, tokens-per-minute= or "
               "cache=");
}

/// A line that is not empty: a key and its rules.
static Status readLine(std::string_view line, const KeyRules &common,
                       Keys &out) {
  std::string key(takeWord(line));
  G4RT_TRY(checkKey(key));
  if (out.users.size() == kMaxKeys)
    return wrong("more than " + std::to_string(kMaxKeys) + " keys");
  KeyRules rules = common;
  while (!line.empty())
    G4RT_TRY(readRule(takeWord(line), rules));
  if (!(rules == common))
    out.rules[key] = std::move(rules);
  out.users.push_back(std::move(key));
  return Status();
}

Result<Keys> parseKeys(std::string_view text, const KeyRules &common) {
  Keys keys{.commonRules = common};
  for (size_t number = 1; !text.empty(); ++number) {
    size_t size = std::min(text.find('\n'), text.size());
    std::string_view line = asciiTrimmed(text.substr(0, size), " \t\r");
    text.remove_prefix(std::min(size + 1, text.size()));
    if (line.empty() || line.starts_with('#'))
      continue;
    if (Status status = readLine(line, common, keys); !status.ok())
      return std::move(status).during("line " + std::to_string(number));
  }
  if (keys.users.empty())
    return wrong("holds no key, needs one a line");
  return keys;
}

Result<Keys> readKeyFile(const std::string &path, const KeyRules &common) {
  G4RT_ASSIGN(std::string text, readSmallFile(path));
  Result<Keys> keys = parseKeys(text, common);
  if (!keys)
    return std::move(keys).error().during(path);
  return keys;
}

} // namespace g4rt
