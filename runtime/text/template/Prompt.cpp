//===- Prompt.cpp - A rendered conversation -------------------------------===//

#include "runtime/text/template/Prompt.h"

namespace g4rt {

void Prompt::append(std::string_view text, SpecialTokens special) {
  if (text.empty())
    return;
  if (segments_.empty() || segments_.back().special != special)
    segments_.push_back({{}, special});
  segments_.back().text += text;
}

bool Prompt::cutAfterContent() {
  size_t size = segments_.size();
  if (size < 2 || segments_[size - 1].special != SpecialTokens::Match ||
      segments_[size - 2].special != SpecialTokens::PlainText)
    return false;
  segments_.pop_back();
  return true;
}

std::string Prompt::joined() const {
  std::string text;
  for (const TextSegment &segment : segments_)
    text += segment.text;
  return text;
}

std::vector<int32_t> encodePlainPrompt(const Tokenizer &tokenizer,
                                       std::string_view text,
                                       std::optional<int32_t> bos) {
  std::vector<int32_t> ids = tokenizer.encode(text, SpecialTokens::Match);
  if (bos && (ids.empty() || ids.front() != *bos))
    ids.insert(ids.begin(), *bos);
  return ids;
}

} // namespace g4rt
