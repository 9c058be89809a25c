//===- EbnfRules.h - A grammar as text --------------------------*- C++ -*-===//
//
// Grammars travel as text, in the notation that the grammar library reads:
// `name ::= "literal" [a-z] (other | "")`. This builds such a text.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_EBNFRULES_H
#define G4_RUNTIME_GRAMMAR_EBNFRULES_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Code points from `first` to `last`, both included.
struct CodePoints {
  char32_t first = 0;
  char32_t last = 0;
};
/// Sorted, without overlap.
using CodePointSet = std::vector<CodePoints>;

inline constexpr char32_t kLastCodePoint = 0x10ffff;

/// All code points (surrogates are none) that `set` lacks.
CodePointSet complementOf(const CodePointSet &set);
/// Code points of `a` that are in `b`, too.
CodePointSet intersectionOf(const CodePointSet &a, const CodePointSet &b);
/// `set` in any order and with overlaps, put in order.
CodePointSet inOrder(std::vector<CodePoints> set);

/// The notation of a text, of one token, and of one code point of a set, which
/// is not empty.
std::string ebnfLiteral(std::string_view text);
std::string ebnfToken(int32_t id);
std::string ebnfClass(const CodePointSet &set);
/// "(a | b)" of alternatives, of which there is at least one.
std::string ebnfChoice(const std::vector<std::string> &alternatives);

/// What follows something that comes `least` to `most` times.
std::string ebnfTimes(int64_t least, std::optional<int64_t> most);

/// Rules that name each other. Not thread-safe.
class EbnfRules {
public:
  /// The name of a rule with this body: one rule for equal bodies.
  std::string add(const std::string &body);
  /// A name that can be used before its body is known.
  std::string declare();
  void define(const std::string &name, const std::string &body);

  /// The bytes of all bodies so far.
  size_t size() const { return text_.size(); }
  /// The whole grammar, which begins with `root`.
  std::string grammar(const std::string &root) const;

private:
  std::string text_;
  std::map<std::string, std::string> names_; // by body
  int64_t numRules_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_EBNFRULES_H
