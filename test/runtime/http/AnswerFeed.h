//===- AnswerFeed.h - A scripted answer for a format ------------*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_HTTP_ANSWERFEED_H
#define G4_TEST_RUNTIME_HTTP_ANSWERFEED_H

#include "runtime/engine/AnswerPieces.h"
#include "runtime/http/openai/AnswerFormat.h"
#include "runtime/text/tokenizer/StreamDecoder.h"

#include <string_view>
#include <utility>
#include <vector>

#include "test/support/ChatTokenizer.h"

namespace g4rt {

/// Feeds answers, in whose text the spelling of a mark is the mark.
class AnswerFeed {
public:
  static constexpr int32_t kTurnEnd = 106;

  /// What the format makes of the events of `answer`, the last of which is
  /// `end`; a token an event.
  std::vector<json::object> feed(AnswerFormat &format, std::string_view answer,
                                 GenerationEnd end = {},
                                 GuidedCalls guided = GuidedCalls::No) {
    std::vector<json::object> chunks = format.begin();
    auto take = [&](const GenerationEvent &event) {
      for (json::object &chunk : format.append(event))
        chunks.push_back(std::move(chunk));
    };
    AnswerPieces pieces(AnswerSplitter(*tokenizer, AnswerMarks::of(*tokenizer),
                                       AnswerStart::Content, guided));
    StreamDecoder decoder(*tokenizer, SpecialIds::Skip);
    for (int32_t id : tokenizer->encode(answer, SpecialTokens::Match)) {
      std::string text;
      DecodedToken token = decoder.append(id, text);
      take({.pieces = pieces.append(token, text),
            .token = Sample{.token = {id, -0.5F}, .top = {{id, -0.5F}}}});
    }
    GenerationEvent last;
    if (end.reason == FinishReason::Stop && end.stop.empty())
      last.token = Sample{.token = {kTurnEnd, -0.5F}, .top = {}};
    bool isCut = end.reason == FinishReason::Length;
    last.pieces = pieces.finish(isCut ? AnswerCut::Yes : AnswerCut::No);
    end.hasCall = pieces.hasCall();
    end.hasCutCall = pieces.hasCutCall();
    end.usage.numThoughtTokens = pieces.numThoughtTokens();
    last.end = end_ = std::move(end);
    take(last);
    return chunks;
  }
  /// Of the last answer, with what it holds.
  const GenerationEnd &end() const { return end_; }

  TestTokenizer tokenizer{chatTokenizerJson()};

private:
  GenerationEnd end_;
};

/// The strings at `pointer` of the chunks that have one, in a row.
inline std::string joined(const std::vector<json::object> &chunks,
                          std::string_view pointer) {
  std::string out;
  for (const json::object &chunk : chunks) {
    json::value value(chunk);
    json::error_code error;
    const json::value *text = value.find_pointer(pointer, error);
    if (text && text->is_string())
      out += std::string_view(text->get_string());
  }
  return out;
}

} // namespace g4rt

#endif // G4_TEST_RUNTIME_HTTP_ANSWERFEED_H
