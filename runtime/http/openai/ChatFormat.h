//===- ChatFormat.h - An answer of /v1/chat/completions ---------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_CHATFORMAT_H
#define G4_RUNTIME_HTTP_OPENAI_CHATFORMAT_H

#include "runtime/http/openai/AnswerFormat.h"
#include "runtime/http/openai/Logprobs.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// Thought becomes reasoning_content and reasoning, calls become tool_calls: in
/// a stream a call is one delta, or, if a grammar guides it, its name and then
/// its arguments as they come. A call that was cut or cannot be read is told of
/// beside the message, in invalid_tool_calls of the choice.
class ChatFormat : public AnswerFormat {
public:
  struct Options {
    bool isStream = false;
    bool hasLogprobs = false;
    bool includeUsage = false;      // chunks then say "usage": null
    int64_t index = 0;              // of the choice
    int32_t numPromptLogprobs = -1; // -1: there is no such list
  };

  ChatFormat(AnswerHead head, const Tokenizer &tokenizer, Options options);

  std::vector<json::object> begin() override;
  std::vector<json::object>
  appendPrompt(std::span<const PromptToken> tokens) override;
  std::vector<json::object> append(const GenerationEvent &event) override;
  json::object whole(const GenerationEnd &end) override;
  json::object usageChunk(const GenerationEnd &end) override;

private:
  void gather(const AnswerPiece &piece);
  json::object chunkOf(const AnswerPiece &piece);
  json::object callOf(const GemmaCall &call);
  json::object choice(std::string_view key, json::object said,
                      json::value finishReason);
  json::object chunk(json::object choice);
  json::value takeLogprobs();
  std::string_view finishReason(const GenerationEnd &end) const;
  json::object message();

  AnswerHead head_;
  const Tokenizer *tokenizer_;
  Options options_;
  json::array logprobs_; // of tokens that no chunk has told yet
  int64_t numCalls_ = 0;
  // Of an answer that is no stream.
  std::optional<PromptLogprobs> prompt_;
  std::string content_;
  std::string thought_;
  json::array calls_;
  json::array lostCalls_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_CHATFORMAT_H
