//===- AnswerSplitter.h - Thought, content and tool calls -------*- C++ -*-===//
//
// The ids of marks (AnswerMarks.h) tell where a part begins; text that is
// certain may come later than its token, because the start of a stop string or
// of a character is held back. Each token says how many bytes of the text are
// its own, so that it is known of each byte which part it belongs to. No mark
// ever gets into a piece.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_ANSWER_ANSWERSPLITTER_H
#define G4_RUNTIME_TEXT_ANSWER_ANSWERSPLITTER_H

#include "runtime/text/answer/AnswerMarks.h"
#include "runtime/text/answer/AnswerPiece.h"
#include "runtime/text/answer/CallStream.h"
#include "runtime/text/answer/GemmaCall.h"
#include "runtime/text/tokenizer/StreamDecoder.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Whether a grammar guides the calls of an answer: then they are told while
/// they are written.
enum class GuidedCalls : bool { No, Yes };

/// Whether an answer ended because it was long enough, not because it was done.
enum class AnswerCut : bool { No, Yes };

/// State of one answer. Borrows the tokenizer.
class AnswerSplitter {
public:
  AnswerSplitter(const Tokenizer &tokenizer, const AnswerMarks &marks,
                 AnswerStart start, GuidedCalls guided = GuidedCalls::No);

  /// Goes on with a token, if there is one that is part of the answer (a stop
  /// id is not), and the text that has become certain.
  std::vector<AnswerPiece> append(const std::optional<DecodedToken> &token,
                                  std::string_view text);
  /// What the next token belongs to.
  AnswerPart part() const { return part_; }
  /// The answer has ended: a call that lacks only its end mark is one.
  std::vector<AnswerPiece> finish(AnswerCut cut);

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

  void note(const DecodedToken &token);
  void noteBoundary(const DecodedToken &token);
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

#endif // G4_RUNTIME_TEXT_ANSWER_ANSWERSPLITTER_H
