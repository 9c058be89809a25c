//===- Generation.cpp - A request for tokens and what comes back ----------===//

#include "runtime/engine/Generation.h"

namespace g4rt {

std::string contentOf(const GenerationEvent &event) {
  std::string text;
  for (const AnswerPiece &piece : event.pieces)
    if (piece.kind == AnswerPiece::Kind::Content)
      text += piece.text;
  return text;
}

} // namespace g4rt
