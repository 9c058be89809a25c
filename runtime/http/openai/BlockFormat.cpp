//===- BlockFormat.cpp - An answer as a list of blocks --------------------===//

#include "runtime/http/openai/BlockFormat.h"

#include <utility>

namespace g4rt {

std::vector<json::object> BlockFormat::append(const GenerationEvent &event) {
  onEvent(event);
  for (const AnswerPiece &piece : event.pieces)
    take(piece);
  if (event.end) {
    endBlock();
    onFinish(*event.end);
  }
  return std::exchange(chunks_, {});
}

void BlockFormat::take(const AnswerPiece &piece) {
  switch (piece.kind) {
  case AnswerPiece::Kind::Content:
    return addText(AnswerBlock::Kind::Content, piece.text);
  case AnswerPiece::Kind::Thought:
    return addText(AnswerBlock::Kind::Thought, piece.text);
  case AnswerPiece::Kind::Call:
    beginCall(piece.call);
    addDelta(piece.call.arguments);
    return endBlock();
  case AnswerPiece::Kind::CallBegins:
    return beginCall(piece.call);
  case AnswerPiece::Kind::CallGoesOn:
    return addDelta(piece.text);
  case AnswerPiece::Kind::CutCall:
    if (isOpen_ && blocks_.back().kind == AnswerBlock::Kind::Call)
      blocks_.back().isCut = true;
    lostCalls_.push_back(lostCallOf(piece));
    return;
  case AnswerPiece::Kind::UnreadableCall:
    lostCalls_.push_back(lostCallOf(piece));
    return;
  }
}

void BlockFormat::addText(AnswerBlock::Kind kind, std::string_view text) {
  if (isOpen_ && blocks_.back().kind != kind)
    endBlock();
  if (!isOpen_)
    beginBlock({.kind = kind});
  addDelta(text);
}

void BlockFormat::beginCall(const GemmaCall &call) {
  endBlock();
  beginBlock({.kind = AnswerBlock::Kind::Call, .name = call.name});
}

void BlockFormat::beginBlock(AnswerBlock block) {
  blocks_.push_back(std::move(block));
  isOpen_ = true;
  if (isStream_)
    onBegin(blocks_.back());
}

void BlockFormat::addDelta(std::string_view text) {
  blocks_.back().text += text;
  if (isStream_)
    onDelta(blocks_.back(), text);
}

void BlockFormat::endBlock() {
  if (std::exchange(isOpen_, false) && isStream_)
    onEnd(blocks_.back());
}

// Arguments are well formed; what is too deep or too large for our parser is
// given as it was written.
json::object argumentsOf(const AnswerBlock &call) {
  Result<json::value> value = parseJson(call.text);
  if (value && value->is_object())
    return std::move(value->as_object());
  return {{"arguments", call.text}};
}

} // namespace g4rt
