//===- CallWord.h - Strings and bare words of a tool call -------*- C++ -*-===//
//
// Where a model strays from Gemma's syntax it writes strings as JSON or Python
// do, and numbers as Python does. What such a word can mean is settled here:
// one meaning, or none.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_ANSWER_CALLWORD_H
#define G4_RUNTIME_TEXT_ANSWER_CALLWORD_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace g4rt {

/// `text` as a string of JSON, in quotes.
std::string jsonString(std::string_view text);

struct QuotedWord {
  std::string text;
  size_t size = 0; // bytes that it takes, the quotes included
};

/// The string that `text` begins with, between two " or two '. Escapes are
/// JSON's and \'; a control character may stand for itself, and a ' between two
/// letters is an apostrophe. None if it does not end or an escape is unknown.
std::optional<QuotedWord> quotedWord(std::string_view text);

/// A number, true, false or null of JSON, or how Python spells one of them, as
/// JSON. None for every other word.
std::optional<std::string> scalarOf(std::string_view word);

/// Whether `text` begins with a bare or quoted key and its ':' or '='. A bare
/// key is a word of letters, digits and _.- that begins with no digit; before
/// "//" a colon is a URL's.
bool beginsWithKey(std::string_view text);

/// The JSON of a word without quotes: a scalar, or a string where the word can
/// be nothing else. None for a word that begins or ends with a quote, begins
/// with a bracket, holds a key (`a b:1`), or is a number that JSON lacks.
std::optional<std::string> bareWord(std::string_view word);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_ANSWER_CALLWORD_H
