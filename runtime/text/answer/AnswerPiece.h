//===- AnswerPiece.h - What an answer consists of ---------------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_ANSWER_ANSWERPIECE_H
#define G4_RUNTIME_TEXT_ANSWER_ANSWERPIECE_H

#include "runtime/text/answer/GemmaCall.h"

#include <cstdint>
#include <string>

namespace g4rt {

/// A piece of an answer. Of an answer that is no chat's all is Content.
struct AnswerPiece {
  enum class Kind : uint8_t {
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

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_ANSWER_ANSWERPIECE_H
