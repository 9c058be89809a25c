//===- Prompt.h - A rendered conversation -----------------------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_PROMPT_H
#define G4_RUNTIME_TEXT_TEMPLATE_PROMPT_H

#include "runtime/text/tokenizer/TextSegment.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// Text in segments: what the template wrote, where special tokens count, and
/// what came from the conversation, where they are plain text.
class Prompt {
public:
  /// Goes on with text of the template, or of the conversation.
  void appendLiteral(std::string_view text) {
    append(text, SpecialTokens::Match);
  }
  void appendContent(std::string_view text) {
    append(text, SpecialTokens::PlainText);
  }

  /// Takes away what the template wrote after the conversation's last text.
  /// False if there is none, or nothing after it.
  bool cutAfterContent();

  /// No segment is empty and no two neighbours have the same mode.
  const std::vector<TextSegment> &segments() const { return segments_; }
  /// The whole text.
  std::string joined() const;
  /// The ids for the model. Merges cross from segment to segment.
  std::vector<int32_t> encode(const Tokenizer &tokenizer) const {
    return tokenizer.encode(segments_);
  }

private:
  void append(std::string_view text, SpecialTokens special);

  std::vector<TextSegment> segments_;
};

/// The ids of a prompt that is no conversation: spellings of special tokens are
/// the tokens, and `bos` stands in front once, if there is one.
std::vector<int32_t> encodePlainPrompt(const Tokenizer &tokenizer,
                                       std::string_view text,
                                       std::optional<int32_t> bos);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_PROMPT_H
