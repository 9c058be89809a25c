//===- TextSegment.h - Text with or without special tokens ------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_TOKENIZER_TEXTSEGMENT_H
#define G4_RUNTIME_TEXT_TOKENIZER_TEXTSEGMENT_H

#include <string>

namespace g4rt {

/// What the spelling of an added token, such as "<|turn>", means in a text.
enum class SpecialTokens {
  /// The token: for text that this program or the operator wrote.
  Match,
  /// Its characters, one by one: for text that came from anywhere else.
  PlainText
};

/// A stretch of a prompt.
struct TextSegment {
  std::string text;
  SpecialTokens special = SpecialTokens::PlainText;

  bool operator==(const TextSegment &) const = default;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TOKENIZER_TEXTSEGMENT_H
