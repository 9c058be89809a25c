//===- RegexGrammar.h - Regular expressions as rules ------------*- C++ -*-===//

#ifndef G4_RUNTIME_GRAMMAR_REGEXGRAMMAR_H
#define G4_RUNTIME_GRAMMAR_REGEXGRAMMAR_H

#include "runtime/base/Status.h"
#include "runtime/grammar/EbnfRules.h"

#include <functional>
#include <string>
#include <string_view>

namespace g4rt {

/// How a regular expression is held against a text.
enum class RegexMatch {
  Search, // it may match anywhere, as a schema's `pattern`
  Whole   // it matches all of the text, as guided_regex
};

/// The notation of one character of a set.
using CharacterWriter = std::function<std::string(const CodePointSet &)>;

/// The texts that match `regex`, in JavaScript's notation, as JSON Schema has
/// it: \d, \w and \s are ASCII's but for blanks. Anchors may stand at the ends
/// of the outermost alternatives.
///
/// Errors: Unimplemented for lookarounds, back references, \b, \p and anchors
/// elsewhere; InvalidArgument for what is no regular expression. Both say at
/// which byte.
Result<std::string> regexGrammar(std::string_view regex, RegexMatch match,
                                 const CharacterWriter &character,
                                 EbnfRules &rules);

} // namespace g4rt

#endif // G4_RUNTIME_GRAMMAR_REGEXGRAMMAR_H
