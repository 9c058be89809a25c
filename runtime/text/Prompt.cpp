//===- Prompt.cpp - A rendered conversation -------------------------------===//

#include "runtime/text/Prompt.h"

namespace g4rt {

void Prompt::append(std::string_view text, SpecialTokens special) {
  if (text.empty())
    return;
  if (segments_.empty() || segments_.back().special != special)
    segments_.push_back({{}, special});
  segments_.back().text += text;
}

std::string Prompt::joined() const {
  std::string text;
  for (const TextSegment &segment : segments_)
    text += segment.text;
  return text;
}

} // namespace g4rt
