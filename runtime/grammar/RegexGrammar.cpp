//===- RegexGrammar.cpp - Regular expressions as rules --------------------===//

#include "runtime/grammar/RegexGrammar.h"

#include "runtime/base/Utf8.h"

#include <charconv>
#include <optional>

namespace g4rt {

constexpr size_t kMaxDepth = 64;
constexpr int kMaxCount = 1000;

static CodePointSet digitSet() { return {{'0', '9'}}; }
static CodePointSet wordSet() {
  return {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
}
// White space and line ends of ECMA-262.
static CodePointSet spaceSet() {
  return {{0x9, 0xd},       {0x20, 0x20},     {0xa0, 0xa0},
          {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029},
          {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
          {0xfeff, 0xfeff}};
}
static CodePointSet lineEndSet() {
  return {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
}

namespace {

/// Recursive descent; writes what it reads.
class Parser {
public:
  Parser(std::string_view regex, const CharacterWriter &character,
         EbnfRules &rules)
      : regex_(regex), character_(character), rules_(rules) {}

  Result<std::string> whole(RegexMatch match);

private:
  Result<std::string> alternatives(size_t depth);
  Result<std::string> sequence(size_t depth);
  Result<std::string> repeated(std::string atom);
  Result<std::string> atom(size_t depth);
  Result<std::string> group(size_t depth);
  Result<CodePointSet> escape(bool isInClass);
  Result<CodePointSet> characterClass();
  Result<CodePointSet> classMember();
  Result<char32_t> hexadecimal(size_t numDigits);
  std::optional<int> number();

  bool isAtEnd() const { return at_ == regex_.size(); }
  bool isAt(std::string_view text) const {
    return regex_.substr(at_).starts_with(text);
  }
  bool take(std::string_view text) {
    bool isHere = isAt(text);
    at_ += isHere ? text.size() : 0;
    return isHere;
  }
  char32_t takeCodePoint() {
    Utf8Step step = decodeUtf8(regex_.substr(at_));
    at_ += std::max<size_t>(step.size, 1);
    return step.codePoint;
  }
  Status fail(StatusCode code, std::string_view what) const {
    return Status(code, "regular expression, byte " + std::to_string(at_) +
                            ": " + std::string(what));
  }
  Status wrong(std::string_view what) const {
    return fail(StatusCode::InvalidArgument, what);
  }
  Status unsupported(std::string_view what) const {
    return fail(StatusCode::Unimplemented,
                std::string(what) + " is not supported");
  }

  std::string_view regex_;
  const CharacterWriter &character_;
  EbnfRules &rules_;
  size_t at_ = 0;
};

} // namespace

// An anchor belongs to one alternative: `^a|b$` begins with a, or ends with b.
Result<std::string> Parser::whole(RegexMatch match) {
  std::string any = character_(complementOf({})) + "*";
  std::vector<std::string> parts;
  do {
    bool isOpen = !take("^") && match == RegexMatch::Search;
    G4RT_ASSIGN(std::string inner, sequence(0));
    bool isOpenAfter = !take("$") && match == RegexMatch::Search;
    parts.push_back((isOpen ? any + " " : "") + inner +
                    (isOpenAfter ? " " + any : ""));
  } while (take("|"));
  if (!isAtEnd())
    return isAt(")") ? Result<std::string>(wrong("a ) without its ("))
                     : unsupported("an anchor inside of a regular expression");
  return rules_.add(ebnfChoice(parts));
}

Result<std::string> Parser::alternatives(size_t depth) {
  std::vector<std::string> parts;
  do {
    G4RT_ASSIGN(std::string part, sequence(depth));
    parts.push_back(std::move(part));
  } while (take("|"));
  return ebnfChoice(parts);
}

Result<std::string> Parser::sequence(size_t depth) {
  std::string out;
  while (!isAtEnd() && !isAt("|") && !isAt(")") && !isAt("$")) {
    G4RT_ASSIGN(std::string next, atom(depth));
    G4RT_ASSIGN(next, repeated(std::move(next)));
    (out += out.empty() ? "" : " ") += next;
  }
  if (isAt("$") && depth > 0)
    return unsupported("an anchor inside of a group");
  return out.empty() ? "\"\"" : out;
}

std::optional<int> Parser::number() {
  int value = 0;
  std::string_view rest = regex_.substr(at_);
  auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || value < 0)
    return {};
  at_ += static_cast<size_t>(end - rest.data());
  return value;
}

// Lazy quantifiers match the same texts.
Result<std::string> Parser::repeated(std::string atom) {
  std::string count;
  size_t start = at_;
  if (take("*") || take("+") || take("?")) {
    count = regex_.substr(start, 1);
  } else if (take("{")) {
    std::optional<int> least = number();
    std::optional<int> most = least;
    if (take(","))
      most = isAt("}") ? std::nullopt : number();
    bool hasMost = regex_[at_ - 1] != ',';
    if (!least || !take("}") || (hasMost && !most) || (most && *most < *least))
      return wrong("a repetition needs {m}, {m,} or {m,n}");
    if (*least > kMaxCount || most.value_or(0) > kMaxCount)
      return unsupported("a repetition of more than " +
                         std::to_string(kMaxCount));
    if (most && *most == 0) {
      take("?");
      return std::string("\"\"");
    }
    count = ebnfTimes(*least, most);
  } else {
    return atom;
  }
  take("?");
  if (isAt("*") || isAt("+") || isAt("?") || isAt("{"))
    return wrong("a repetition of a repetition");
  return rules_.add(atom) + count;
}

Result<std::string> Parser::atom(size_t depth) {
  if (take("("))
    return group(depth + 1);
  if (isAt("*") || isAt("+") || isAt("?") || isAt("{"))
    return wrong("nothing to repeat");
  if (isAt("^"))
    return unsupported("an anchor inside of a regular expression");
  CodePointSet set;
  if (take("[")) {
    G4RT_ASSIGN(set, characterClass());
  } else if (take("\\")) {
    G4RT_ASSIGN(set, escape(false));
  } else if (take(".")) {
    set = complementOf(lineEndSet());
  } else {
    char32_t c = takeCodePoint();
    set = {{c, c}};
  }
  if (set.empty())
    return wrong("a class without any character");
  return character_(set);
}

Result<std::string> Parser::group(size_t depth) {
  if (depth > kMaxDepth)
    return unsupported("deeper nesting");
  if (isAt("?=") || isAt("?!") || isAt("?<=") || isAt("?<!"))
    return unsupported("a lookaround");
  if (take("?<") || take("?P<")) {
    at_ = std::min(regex_.find('>', at_), regex_.size());
    if (!take(">"))
      return wrong("a name of a group does not end");
  } else if (isAt("?") && !take("?:")) {
    return unsupported("this kind of group");
  }
  G4RT_ASSIGN(std::string inner, alternatives(depth));
  if (!take(")"))
    return wrong("a ( without its )");
  return inner;
}

Result<char32_t> Parser::hexadecimal(size_t numDigits) {
  std::string_view digits = regex_.substr(at_, numDigits);
  uint32_t value = 0;
  auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || digits.size() < numDigits ||
      end != digits.data() + digits.size() || value > kLastCodePoint ||
      (value >= 0xd800 && value <= 0xdfff))
    return wrong("no code point");
  at_ += numDigits;
  return static_cast<char32_t>(value);
}

// What follows a backslash.
Result<CodePointSet> Parser::escape(bool isInClass) {
  if (isAtEnd())
    return wrong("a backslash at the end");
  char32_t c = takeCodePoint();
  auto one = [](char32_t point) { return CodePointSet{{point, point}}; };
  switch (c) {
  case 'd':
    return digitSet();
  case 'D':
    return complementOf(digitSet());
  case 'w':
    return wordSet();
  case 'W':
    return complementOf(wordSet());
  case 's':
    return spaceSet();
  case 'S':
    return complementOf(spaceSet());
  case 'n':
    return one('\n');
  case 'r':
    return one('\r');
  case 't':
    return one('\t');
  case 'f':
    return one('\f');
  case 'v':
    return one('\v');
  case '0':
    return one(0);
  case 'b':
    if (isInClass)
      return one('\b');
    return unsupported("a word boundary");
  case 'x':
  case 'u': {
    G4RT_ASSIGN(char32_t point, hexadecimal(c == 'x' ? 2 : 4));
    return one(point);
  }
  default:
    break;
  }
  bool isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (isLetter || (c >= '1' && c <= '9'))
    return unsupported("this escape");
  return one(c);
}

Result<CodePointSet> Parser::classMember() {
  if (take("\\"))
    return escape(true);
  char32_t c = takeCodePoint();
  return CodePointSet{{c, c}};
}

// What follows a [.
Result<CodePointSet> Parser::characterClass() {
  bool isNegated = take("^");
  std::vector<CodePoints> set;
  while (!isAt("]")) {
    if (isAtEnd())
      return wrong("a [ without its ]");
    G4RT_ASSIGN(CodePointSet from, classMember());
    bool isRange = isAt("-") && !isAt("-]") && at_ + 1 < regex_.size();
    if (!isRange) {
      set.insert(set.end(), from.begin(), from.end());
      continue;
    }
    take("-");
    G4RT_ASSIGN(CodePointSet to, classMember());
    if (from.size() != 1 || to.size() != 1 || from[0].first != from[0].last ||
        to[0].first != to[0].last || to[0].first < from[0].first)
      return wrong("a range needs two characters in order");
    set.push_back({from[0].first, to[0].first});
  }
  take("]");
  CodePointSet ordered = inOrder(std::move(set));
  return isNegated ? complementOf(ordered) : ordered;
}

Result<std::string> regexGrammar(std::string_view regex, RegexMatch match,
                                 const CharacterWriter &character,
                                 EbnfRules &rules) {
  return Parser(regex, character, rules).whole(match);
}

} // namespace g4rt
