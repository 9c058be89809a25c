//===- AnswerSplitter.h - Thought, content and tool calls -------*- C++ -*-===//
//
// The ids of marks (runtime/text/answer/AnswerMarks.h) tell where a part
// begins; the engine's text, which may come later than its token because the
// start of a stop string or of a character is held back, tells how much of the
// answer is certain. The splitter decodes the ids itself, so that it knows of
// each byte of text which part it belongs to. No mark ever gets into a piece.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ANSWERSPLITTER_H
#define G4_RUNTIME_HTTP_OPENAI_ANSWERSPLITTER_H

#include "runtime/engine/Generation.h"
#include "runtime/http/openai/CallStream.h"
#include "runtime/http/openai/GemmaCall.h"
#include "runtime/text/answer/AnswerMarks.h"
#include "runtime/text/tokenizer/StreamDecoder.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// A piece of an answer.
struct AnswerPiece {
  enum class Kind {
    Content,
    Thought,
    Call,
    CallBegins, // of a guided call, whose arguments follow
    CallGoesOn,
    CutCall,       // the answer ended before the call did
    UnreadableCall // GemmaCall.h says what can be read
  };
  Kind kind = Kind::Content;
  /// Of Content and Thought, not empty; of CallGoesOn more of the arguments; of
  /// the last two what the model wrote between the marks.
  std::string text;
  GemmaCall call; // of Call; of CallBegins its name alone

  bool operator==(const AnswerPiece &) const = default;
};

/// Whether a grammar guides the calls of an answer: then they are told while
/// they are written.
enum class GuidedCalls : bool { No, Yes };

/// State of one answer. Borrows the tokenizer.
class AnswerSplitter {
public:
  /// `special` is what the engine was told.
  AnswerSplitter(const Tokenizer &tokenizer, const AnswerMarks &marks,
                 SpecialIds special, AnswerStart start,
                 GuidedCalls guided = GuidedCalls::No);

  /// Goes on with an event: its token, if it has one that is part of the answer
  /// (a stop id is not), and its text.
  std::vector<AnswerPiece> append(std::optional<int32_t> id,
                                  std::string_view text);
  /// What the next token belongs to.
  AnswerPart part() const { return part_; }
  /// The answer has ended: a call that lacks only its end mark is one.
  std::vector<AnswerPiece> finish(FinishReason reason);

private:
  /// What comes next in the answer's text, seen from its tokens.
  struct Item {
    enum class Kind {
      Text,
      Mark,  // text that is no part of the answer
      Quote, // the mark around a string; a " where there is no call
      ThoughtBegins,
      ThoughtEnds,
      CallBegins,
      CallEnds
    };
    Kind kind = Kind::Text;
    AnswerPart part = AnswerPart::Content; // of Text and Quote
    size_t numBytes = 0;                   // of Text, Mark and Quote
    std::vector<int32_t> ids = {};         // of CallEnds
    CallEnd end = CallEnd::None;           // of CallEnds
  };

  void note(int32_t id);
  void noteBoundary(int32_t id, size_t numBytes);
  void leavePart(CallEnd end);
  void push(Item::Kind kind, size_t numBytes);

  void take(std::string_view text, std::vector<AnswerPiece> &out);
  void takeWhole(const Item &item, std::vector<AnswerPiece> &out);
  void takeText(AnswerPart part, std::string_view text,
                std::vector<AnswerPiece> &out);
  void takeQuote(const Item &item, std::vector<AnswerPiece> &out);
  void takeThought(std::string_view text, std::vector<AnswerPiece> &out);
  void takeCall(std::string_view text, bool isQuote,
                std::vector<AnswerPiece> &out);
  void endThought();
  void endCall(std::span<const int32_t> ids, CallEnd end,
               AnswerPiece::Kind otherwise, std::vector<AnswerPiece> &out);

  const Tokenizer *tokenizer_;
  AnswerMarks marks_;
  StreamDecoder decoder_;
  GuidedCalls guided_;

  // Seen from the tokens.
  AnswerPart part_ = AnswerPart::Content;
  std::vector<int32_t> callIds_; // of the call that is open
  std::deque<Item> items_;       // decoded, but not yet certain

  // Seen from the text.
  bool isLabelOpen_ = false; // the thought's label may still come
  std::string label_;
  std::string lineEnds_; // of a thought, held back: its last ones are layout
  bool isCallOpen_ = false;
  std::string callText_;
  CallStream callStream_; // of a guided call
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ANSWERSPLITTER_H
