//===- GemmaCall.h - A tool call as Gemma writes it -------------*- C++ -*-===//
//
// call:get_weather{days:2,location:<quote>Paris<quote>}: keys are bare, and a
// string stands between two quote tokens without any escape, so that only token
// ids, not text, tell where it ends.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_GEMMACALL_H
#define G4_RUNTIME_HTTP_OPENAI_GEMMACALL_H

#include "runtime/text/Tokenizer.h"

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

/// The call that `parts` spell; none if they are not one. What stands between
/// two quotes is an element of its own: elements 0, 2, ... are syntax, 1, 3,
/// ... are strings. Tolerated: a missing "call:", white space around values,
/// strings and keys in JSON's quotes, bare words as strings.
std::optional<GemmaCall> readGemmaCall(std::span<const std::string> parts);

/// The call that the tokens between the two marks of a call spell. `quote` is
/// the id of the quote token.
std::optional<GemmaCall> readGemmaCall(std::span<const int32_t> ids,
                                       const Tokenizer &tokenizer,
                                       std::optional<int32_t> quote);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_GEMMACALL_H
