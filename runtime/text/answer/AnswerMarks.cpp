//===- AnswerMarks.cpp - Tokens that part an answer -----------------------===//

#include "runtime/text/answer/AnswerMarks.h"

namespace g4rt {

AnswerMarks AnswerMarks::of(const Tokenizer &tokenizer) {
  return {
      .channelBegin = tokenizer.idOf("<|channel>"),
      .channelEnd = tokenizer.idOf("<channel|>"),
      .callBegin = tokenizer.idOf("<|tool_call>"),
      .callEnd = tokenizer.idOf("<tool_call|>"),
      .responseBegin = tokenizer.idOf("<|tool_response>"),
      .responseEnd = tokenizer.idOf("<tool_response|>"),
      .quote = tokenizer.idOf("<|\"|>"),
      .turnBegin = tokenizer.idOf("<|turn>"),
      .numLabelTokens = static_cast<int64_t>(
          tokenizer.encode(kThoughtLabel, SpecialTokens::PlainText).size())};
}

bool AnswerMarks::isBoundary(int32_t id) const {
  return id == channelBegin || id == channelEnd || id == callBegin ||
         id == callEnd || id == responseBegin || id == responseEnd;
}

AnswerPart AnswerMarks::after(AnswerPart part, int32_t id) const {
  if (id == channelBegin)
    return AnswerPart::Thought;
  if (id == callBegin)
    return AnswerPart::Call;
  bool endsPart = id == channelEnd;
  bool endsCall = id == callEnd || id == responseBegin;
  if (endsPart || (endsCall && part == AnswerPart::Call))
    return AnswerPart::Content;
  return part;
}

// Text of a conversation cannot hold these ids, so the last one decides.
AnswerStart startOfAnswer(std::span<const int32_t> promptIds,
                          const AnswerMarks &marks) {
  for (size_t i = promptIds.size(); i-- > 0;) {
    int32_t id = promptIds[i];
    if (id == marks.channelEnd || id == marks.turnBegin)
      break;
    if (id == marks.channelBegin)
      return i + 1 == promptIds.size() ? AnswerStart::Channel
                                       : AnswerStart::InsideThought;
  }
  return AnswerStart::Content;
}

} // namespace g4rt
