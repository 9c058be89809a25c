//===- AnswerSplitter.h - Thought, content and tool calls -------*- C++ -*-===//
//
// Gemma marks the parts of its answer with tokens: <|channel>thought ...
// <channel|>, <|tool_call>call:f{...}<tool_call|>. The ids tell where a part
// begins; the engine's text, which may come later than its token because the
// start of a stop string or of a character is held back, tells how much of the
// answer is certain. The splitter decodes the ids itself, so that it knows of
// each byte of text which part it belongs to.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ANSWERSPLITTER_H
#define G4_RUNTIME_HTTP_OPENAI_ANSWERSPLITTER_H

#include "runtime/http/openai/GemmaCall.h"
#include "runtime/text/StreamDecoder.h"
#include "runtime/text/Tokenizer.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// The ids of the marks; those that a vocabulary lacks are never met.
struct AnswerMarks {
  std::optional<int32_t> channelBegin;
  std::optional<int32_t> channelEnd;
  std::optional<int32_t> callBegin;
  std::optional<int32_t> callEnd;
  std::optional<int32_t> quote;
  std::optional<int32_t> turnBegin;

  static AnswerMarks of(const Tokenizer &tokenizer);
};

/// Where an answer begins.
enum class AnswerStart {
  Content,
  Channel,      // the prompt ends with <|channel>: its label comes next
  InsideThought // the prompt ends inside of a thought
};

AnswerStart startOfAnswer(std::span<const int32_t> promptIds,
                          const AnswerMarks &marks);

/// A piece of an answer.
struct AnswerPiece {
  enum class Kind { Content, Thought, Call };
  Kind kind = Kind::Content;
  std::string text; // of Content and Thought, not empty
  GemmaCall call;   // of Call

  bool operator==(const AnswerPiece &) const = default;
};

/// State of one answer. Borrows the tokenizer.
class AnswerSplitter {
public:
  /// `special` is what the engine was told.
  AnswerSplitter(const Tokenizer &tokenizer, const AnswerMarks &marks,
                 SpecialIds special, AnswerStart start);

  /// Goes on with an event: its token, if it has one that is part of the answer
  /// (a stop id is not), and its text. A call that cannot be read is content,
  /// marks and all.
  std::vector<AnswerPiece> append(std::optional<int32_t> id,
                                  std::string_view text);
  /// The answer has ended: a call that lacks only its end mark is one.
  std::vector<AnswerPiece> finish();

private:
  enum class Part { Content, Mark, Thought, Call };

  /// What comes next in the answer's text, seen from its tokens.
  struct Item {
    enum class Kind { Text, ThoughtBegins, ThoughtEnds, CallEnds };
    Kind kind = Kind::Text;
    Part part = Part::Content;     // of Text
    size_t numBytes = 0;           // of Text
    std::vector<int32_t> ids = {}; // of CallEnds
  };

  bool isMark(int32_t id) const;
  void note(int32_t id);
  void noteMark(int32_t id, size_t numBytes);
  void leavePart();
  void pushText(Part part, size_t numBytes);

  void take(std::string_view text, std::vector<AnswerPiece> &out);
  void takeBoundary(const Item &item, std::vector<AnswerPiece> &out);
  void takeText(Part part, std::string_view text,
                std::vector<AnswerPiece> &out);
  void takeThought(std::string_view text, std::vector<AnswerPiece> &out);
  void endThought();
  void endCall(std::span<const int32_t> ids, std::vector<AnswerPiece> &out);

  const Tokenizer *tokenizer_;
  AnswerMarks marks_;
  StreamDecoder decoder_;

  // Seen from the tokens.
  Part part_ = Part::Content;
  std::vector<int32_t> callIds_; // of the call that is open
  std::deque<Item> items_;       // decoded, but not yet certain

  // Seen from the text.
  bool isLabelOpen_ = false; // the thought's label may still come
  std::string label_;
  std::string lineEnds_; // of a thought, held back: its last ones are layout
  std::string callText_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERSPLITTER_H
