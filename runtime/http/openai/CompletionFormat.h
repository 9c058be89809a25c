//===- CompletionFormat.h - An answer of /v1/completions --------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_COMPLETIONFORMAT_H
#define G4_RUNTIME_HTTP_OPENAI_COMPLETIONFORMAT_H

#include "runtime/http/openai/AnswerFormat.h"
#include "runtime/http/openai/Logprobs.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// The text as it is: no part of it means anything.
class CompletionFormat : public AnswerFormat {
public:
  struct Options {
    bool isStream = false;
    bool hasLogprobs = false;
    bool includeUsage = false;      // chunks then say "usage": null
    int64_t index = 0;              // of the choice
    std::string echo = {};          // stands before the answer
    int32_t numPromptLogprobs = -1; // of the list beside the answer
  };
  /// A prompt that is echoed with log-probabilities.
  struct ScoredEcho {
    int32_t firstId = 0;
    int64_t numTokens = 0;
    int32_t numTop = 0;
  };

  CompletionFormat(AnswerHead head, const Tokenizer &tokenizer, Options options,
                   std::optional<ScoredEcho> echo = {});

  std::vector<json::object> begin() override;
  std::vector<json::object>
  appendPrompt(std::span<const PromptToken> tokens) override;
  std::vector<json::object> append(const GenerationEvent &event) override;
  json::object whole(const GenerationEnd &end) override;
  json::object usageChunk(const GenerationEnd &end) override;

private:
  bool awaitsPrompt() const { return numEchoed_ < echo_.numTokens; }
  json::object chunk(std::string_view text, json::value finishReason);
  json::object choice(std::string_view text, json::value finishReason);

  AnswerHead head_;
  Options options_;
  ScoredEcho echo_;
  int64_t numEchoed_ = 0; // of its tokens
  /// Of the answer, which comes after the prompt.
  std::vector<GenerationEvent> early_;
  CompletionLogprobs logprobs_;
  std::optional<PromptLogprobs> prompt_;
  std::string text_; // of an answer that is no stream
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_COMPLETIONFORMAT_H
