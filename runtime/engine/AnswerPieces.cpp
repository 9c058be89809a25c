//===- AnswerPieces.cpp - Text and tokens as pieces -----------------------===//

#include "runtime/engine/AnswerPieces.h"

#include <utility>

namespace g4rt {

static std::vector<AnswerPiece> contentPiece(std::string text) {
  if (text.empty())
    return {};
  return {{AnswerPiece::Kind::Content, std::move(text), {}}};
}

void AnswerPieces::note(const std::vector<AnswerPiece> &pieces) {
  for (const AnswerPiece &piece : pieces) {
    hasCutCall_ |= piece.kind == AnswerPiece::Kind::CutCall;
    hasCall_ |= piece.kind == AnswerPiece::Kind::Call ||
                piece.kind == AnswerPiece::Kind::CallBegins;
  }
}

std::vector<AnswerPiece>
AnswerPieces::append(const std::optional<DecodedToken> &token,
                     std::string text) {
  if (!splitter_)
    return contentPiece(std::move(text));
  bool wasThought = splitter_->part() == AnswerPart::Thought;
  std::vector<AnswerPiece> pieces = splitter_->append(token, text);
  if (token && (wasThought || splitter_->part() == AnswerPart::Thought))
    ++numThoughtTokens_;
  note(pieces);
  return pieces;
}

std::vector<AnswerPiece> AnswerPieces::finish(AnswerCut cut) {
  if (!splitter_)
    return {};
  std::vector<AnswerPiece> pieces = splitter_->finish(cut);
  note(pieces);
  return pieces;
}

} // namespace g4rt
