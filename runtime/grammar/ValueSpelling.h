//===- ValueSpelling.h - How values are written -----------------*- C++ -*-===//
//
// A schema says which values are valid; how they are written is the spelling's:
// JSON in the content of an answer, Gemma's syntax in the arguments of a call.
// Every value has one spelling, but for blanks, and for numbers, so that
// counts, patterns and lists of forbidden keys are exact.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_GRAMMAR_VALUESPELLING_H
#define G4_RUNTIME_GRAMMAR_VALUESPELLING_H

#include "runtime/grammar/EbnfRules.h"
#include "runtime/text/conversation/Value.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Writes EBNF. Borrows the rules.
class ValueSpelling {
public:
  explicit ValueSpelling(EbnfRules &rules) : rules_(rules) {}
  virtual ~ValueSpelling() = default;

  EbnfRules &rules() { return rules_; }

  /// Where a blank may stand; may be "".
  virtual std::string blank() = 0;
  /// One character of a string, out of `set`.
  virtual std::string character(const CodePointSet &set) = 0;
  /// A string whose characters are those of `inner`.
  virtual std::string string(const std::string &inner) = 0;
  /// The characters of `text`, between the quotes of a string.
  virtual std::string characters(std::string_view text) = 0;
  /// The key `name` and what parts it from its value.
  virtual std::string key(std::string_view name) = 0;
  /// Any key but `names`, likewise.
  virtual std::string keyBut(const std::vector<std::string> &names) = 0;
  /// Whether members are sorted by key, regardless of case.
  virtual bool isSorted() const = 0;

  /// Any character of a string.
  std::string anyCharacter() { return character(complementOf({})); }
  /// `value` as it is. Its numbers are finite.
  std::string literal(const Value &value);

protected:
  /// The characters of any text but `names`, to be followed by `end`. Shared by
  /// keys of both spellings.
  std::string charactersBut(std::vector<std::string> names,
                            const CodePointSet &alphabet,
                            const std::string &end);

  EbnfRules &rules_;
};

/// JSON. A string's characters stand for themselves, but for ", \ and control
/// characters, which have their shortest escape. Blanks are one space, or a
/// line end and up to 32 blanks of indentation.
class JsonSpelling : public ValueSpelling {
public:
  using ValueSpelling::ValueSpelling;
  std::string blank() override;
  std::string character(const CodePointSet &set) override;
  std::string string(const std::string &inner) override;
  std::string characters(std::string_view text) override;
  std::string key(std::string_view name) override;
  std::string keyBut(const std::vector<std::string> &names) override;
  bool isSorted() const override { return false; }
};

/// Gemma's: a string stands between two tokens without any escape, keys are
/// bare where they are words, and nothing is blank.
class GemmaSpelling : public ValueSpelling {
public:
  GemmaSpelling(EbnfRules &rules, int32_t quote)
      : ValueSpelling(rules), quote_(ebnfToken(quote)) {}
  std::string blank() override { return "\"\""; }
  std::string character(const CodePointSet &set) override;
  std::string string(const std::string &inner) override;
  std::string characters(std::string_view text) override;
  std::string key(std::string_view name) override;
  std::string keyBut(const std::vector<std::string> &names) override;
  bool isSorted() const override { return true; }

private:
  std::string quote_;
};

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_VALUESPELLING_H
