//===- ChatFormat.h - An answer of /v1/chat/completions ---------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_CHATFORMAT_H
#define G4_RUNTIME_HTTP_OPENAI_CHATFORMAT_H

#include "runtime/http/openai/AnswerFormat.h"
#include "runtime/http/openai/AnswerSplitter.h"
#include "runtime/http/openai/LostCalls.h"

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

/// Thought becomes reasoning_content, calls become tool_calls: in a stream each
/// call is one delta. A call that was cut or cannot be read is told of beside
/// the message, in invalid_tool_calls of the choice.
class ChatFormat : public AnswerFormat {
public:
  struct Options {
    std::vector<int32_t> stopIds = {}; // of the request
    bool isStream = false;
    bool hasLogprobs = false;
    bool includeUsage = false;      // chunks then say "usage": null
    LostCalls *lostCalls = nullptr; // counts them, unless null
  };

  ChatFormat(AnswerHead head, const Tokenizer &tokenizer,
             AnswerSplitter splitter, Options options);

  std::vector<json::object> begin() override;
  std::vector<json::object> append(const GenerationEvent &event) override;
  json::object whole(const GenerationEnd &end) override;
  json::object usageChunk(const GenerationEnd &end) override;

private:
  std::vector<AnswerPiece> split(const GenerationEvent &event);
  void gather(const AnswerPiece &piece);
  json::object chunkOf(const AnswerPiece &piece);
  json::object callOf(const GemmaCall &call);
  json::object lostCallOf(const AnswerPiece &piece);
  json::object choice(std::string_view key, json::object said,
                      json::value finishReason);
  json::object chunk(json::object choice);
  json::value takeLogprobs();
  std::string_view finishReason(const GenerationEnd &end) const;
  json::object message();

  AnswerHead head_;
  const Tokenizer *tokenizer_;
  AnswerSplitter splitter_;
  Options options_;
  json::array logprobs_; // of tokens that no chunk has told yet
  int64_t numCalls_ = 0;
  bool hasCutCall_ = false;
  // Of an answer that is no stream.
  std::string content_;
  std::string thought_;
  json::array calls_;
  json::array lostCalls_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_CHATFORMAT_H
