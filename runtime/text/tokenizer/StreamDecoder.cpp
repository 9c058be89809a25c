//===- StreamDecoder.cpp - Token ids to text, one at a time ---------------===//

#include "runtime/text/tokenizer/StreamDecoder.h"

#include "runtime/base/Utf8.h"

namespace g4rt {

static void appendPiece(std::string_view piece, std::string &text) {
  constexpr std::string_view kMark = "\xe2\x96\x81"; // kSpaceMark
  for (size_t at; (at = piece.find(kMark)) != std::string_view::npos;) {
    (text += piece.substr(0, at)) += ' ';
    piece.remove_prefix(at + kMark.size());
  }
  text += piece;
}

DecodedToken StreamDecoder::append(int32_t id, std::string &text) {
  size_t begin = text.size();
  size_t numBefore = appendToken(id, text);
  return {.id = id,
          .numBytes = text.size() - begin - numBefore,
          .numBefore = numBefore};
}

/// How many bytes it appends before the token's own.
size_t StreamDecoder::appendToken(int32_t id, std::string &text) {
  if (id < 0 || id >= tokenizer_->numTokens())
    return 0;
  const TokenizerTables &tables = tokenizer_->tables();
  uint32_t token = static_cast<uint32_t>(id);
  TokenKind kind = tables.kindOf(token);
  if (kind == TokenKind::Special && special_ == SpecialIds::Skip)
    return 0;
  if (kind == TokenKind::Byte) {
    appendByte(tables.byteOf(token), text);
    return 0;
  }
  size_t begin = text.size();
  finish(text);
  size_t numBefore = text.size() - begin;
  appendPiece(tables.piece(token), text);
  return numBefore;
}

void StreamDecoder::appendByte(uint8_t byte, std::string &text) {
  held_ += static_cast<char>(byte);
  while (!held_.empty() && !isUtf8Prefix(held_)) {
    size_t size = decodeUtf8(held_).size;
    text += size > 0 ? std::string_view(held_).substr(0, size)
                     : kReplacementCharacter;
    held_.erase(0, size > 0 ? size : 1);
  }
}

void StreamDecoder::finish(std::string &text) {
  for (size_t i = 0; i < held_.size(); ++i)
    text += kReplacementCharacter;
  held_.clear();
}

} // namespace g4rt
