//===- GemmaCall.h - A tool call as Gemma writes it -------------*- C++ -*-===//
//
// call:get_weather{days:2,location:<quote>Paris<quote>}: keys are bare, and a
// string stands between two quote tokens without any escape, so that only token
// ids, not text, tell where it ends.
//
// The released models stray from that, most of all in long contexts. The reader
// takes what has one meaning: "call:" that is missing or cut to ":", () around
// the arguments, = after a key, keys and strings in " or ', words without
// quotes (CallWord.h), a comma too many, or one that is missing where the next
// key or string is plain to see, a closing bracket that is missing before the
// call's end mark, JSON's {"name":...,"arguments":{...}}. All else is no call:
// a tool never gets a value that was guessed.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_ANSWER_GEMMACALL_H
#define G4_RUNTIME_TEXT_ANSWER_GEMMACALL_H

#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// A call of a function.
struct GemmaCall {
  std::string name;
  std::string arguments; // an object as JSON, keys in the model's order

  bool operator==(const GemmaCall &) const = default;
};

/// How the text of a call ended.
enum class CallEnd {
  Mark, // with the end mark: the model took it for complete
  None  // without one: only closing brackets tell that it is
};

/// The calls, one as a rule, that `parts` spell; none if any of them cannot be
/// read. What stands between two quotes is an element of its own: elements 0,
/// 2, ... are syntax, 1, 3, ... are strings.
std::vector<GemmaCall> readGemmaCalls(std::span<const std::string> parts,
                                      CallEnd end);

/// The calls that the tokens between the two marks of a call spell. `quote` is
/// the id of the quote token.
std::vector<GemmaCall> readGemmaCalls(std::span<const int32_t> ids,
                                      const Tokenizer &tokenizer,
                                      std::optional<int32_t> quote,
                                      CallEnd end);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_ANSWER_GEMMACALL_H
