//===- AnswerPieces.cpp - The engine's events as pieces -------------------===//

#include "runtime/http/openai/AnswerPieces.h"

#include <algorithm>
#include <utility>

namespace g4rt {

static std::vector<AnswerPiece> contentOf(const std::string &text) {
  if (text.empty())
    return {};
  return {{.kind = AnswerPiece::Kind::Content, .text = text, .call = {}}};
}

// A stop id is no part of the answer.
std::vector<AnswerPiece> AnswerPieces::split(const GenerationEvent &event) {
  if (!splitter_)
    return contentOf(event.text);
  std::optional<int32_t> id;
  if (event.token)
    id = event.token->token.id;
  if (id && std::ranges::find(stopIds_, *id) != stopIds_.end())
    id.reset();
  bool wasThought = splitter_->part() == AnswerPart::Thought;
  std::vector<AnswerPiece> pieces = splitter_->append(id, event.text);
  if (id && (wasThought || splitter_->part() == AnswerPart::Thought))
    ++numThoughtTokens_;
  if (!event.end)
    return pieces;
  for (AnswerPiece &piece : splitter_->finish(event.end->reason))
    pieces.push_back(std::move(piece));
  return pieces;
}

void AnswerPieces::count(const AnswerPiece &piece) {
  bool isCut = piece.kind == AnswerPiece::Kind::CutCall;
  bool isUnreadable = piece.kind == AnswerPiece::Kind::UnreadableCall;
  hasCutCall_ |= isCut;
  hasCall_ |= piece.kind == AnswerPiece::Kind::Call ||
              piece.kind == AnswerPiece::Kind::CallBegins;
  if (lostCalls_ && (isCut || isUnreadable))
    ++(isCut ? lostCalls_->numCut : lostCalls_->numUnreadable);
}

std::vector<AnswerPiece> AnswerPieces::append(const GenerationEvent &event) {
  std::vector<AnswerPiece> pieces = split(event);
  for (const AnswerPiece &piece : pieces)
    count(piece);
  return pieces;
}

// A stop string that cut a call left the answer as unfinished as max_tokens.
AnswerEnding AnswerPieces::endingOf(const GenerationEnd &end) const {
  if (hasCutCall_ || end.reason == FinishReason::Length)
    return AnswerEnding::Length;
  return hasCall_ ? AnswerEnding::Calls : AnswerEnding::Stop;
}

} // namespace g4rt
