//===- AnswerMarks.h - Tokens that part an answer ---------------*- C++ -*-===//
//
// Gemma marks the parts of its answer with tokens: <|channel>thought ...
// <channel|>, <|tool_call>call:f{...}<tool_call|>. Only the ids count: the same
// characters as text are text.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_ANSWER_ANSWERMARKS_H
#define G4_RUNTIME_TEXT_ANSWER_ANSWERMARKS_H

#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace g4rt {

/// What stands between <|channel> and a thought.
inline constexpr std::string_view kThoughtLabel = "thought\n";

/// What a token of an answer belongs to.
enum class AnswerPart : uint8_t { Content, Thought, Call };

/// The ids of the marks; those that a vocabulary lacks are never met.
struct AnswerMarks {
  std::optional<int32_t> channelBegin;
  std::optional<int32_t> channelEnd;
  std::optional<int32_t> callBegin;
  std::optional<int32_t> callEnd;
  std::optional<int32_t> responseBegin; // ends the turn that calls
  std::optional<int32_t> responseEnd;
  std::optional<int32_t> quote; // around a string of a call
  std::optional<int32_t> turnBegin;
  int64_t numLabelTokens = 0; // of kThoughtLabel

  static AnswerMarks of(const Tokenizer &tokenizer);

  /// Whether `id` begins or ends a part; the quote does not.
  bool isBoundary(int32_t id) const;
  /// The part after `id`, which came in `part`.
  AnswerPart after(AnswerPart part, int32_t id) const;
};

/// Where an answer begins.
enum class AnswerStart {
  Content,
  Channel,      // the prompt ends with <|channel>: its label comes next
  InsideThought // the prompt ends inside of a thought
};

AnswerStart startOfAnswer(std::span<const int32_t> promptIds,
                          const AnswerMarks &marks);

/// The part that an answer begins in.
inline AnswerPart partOf(AnswerStart start) {
  return start == AnswerStart::Content ? AnswerPart::Content
                                       : AnswerPart::Thought;
}

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_ANSWER_ANSWERMARKS_H
