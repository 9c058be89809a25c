//===- StreamDecoder.h - Token ids to text, one at a time -------*- C++ -*-===//
//
// A token may be a part of a character: a byte of it. The decoder holds such
// bytes back until they are a character or cannot become one, so that every
// piece of text that it gives out is valid UTF-8.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_TOKENIZER_STREAMDECODER_H
#define G4_RUNTIME_TEXT_TOKENIZER_STREAMDECODER_H

#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <string>

namespace g4rt {

/// What a token added to a text.
struct DecodedToken {
  int32_t id = 0;
  /// Bytes of its own text, or of the character that it ends; and before them
  /// those of U+FFFD, for the start of a character that never came.
  size_t numBytes = 0, numBefore = 0;
};

/// State of one sequence's text. All pieces together are Tokenizer::decode of
/// all ids together. Copyable; borrows the tokenizer.
class StreamDecoder {
public:
  StreamDecoder(const Tokenizer &tokenizer, SpecialIds special)
      : tokenizer_(&tokenizer), special_(special) {}

  /// Appends to `text` what is certain after `id`. An id that does not exist
  /// gives nothing.
  DecodedToken append(int32_t id, std::string &text);
  /// Appends the end: each byte still held back becomes U+FFFD.
  void finish(std::string &text);

  /// How many bytes are held back: at most 3.
  size_t numHeldBytes() const { return held_.size(); }

private:
  size_t appendToken(int32_t id, std::string &text);
  void appendByte(uint8_t byte, std::string &text);

  const Tokenizer *tokenizer_;
  SpecialIds special_;
  std::string held_; // the start of a character
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TOKENIZER_STREAMDECODER_H
