//===- CompletionFormat.h - An answer of /v1/completions --------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_COMPLETIONFORMAT_H
#define G4_RUNTIME_HTTP_OPENAI_COMPLETIONFORMAT_H

#include "runtime/http/openai/AnswerFormat.h"
#include "runtime/http/openai/Logprobs.h"

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

/// The text as it is: no part of it means anything.
class CompletionFormat : public AnswerFormat {
public:
  struct Options {
    bool isStream = false;
    bool hasLogprobs = false;
    bool includeUsage = false; // chunks then say "usage": null
    int64_t index = 0;         // of the choice
    std::string echo = {};     // stands before the answer
  };

  CompletionFormat(AnswerHead head, const Tokenizer &tokenizer, Options options)
      : head_(std::move(head)), options_(std::move(options)),
        logprobs_(tokenizer), text_(options_.echo) {}

  std::vector<json::object> begin() override;
  std::vector<json::object> append(const GenerationEvent &event) override;
  json::object whole(const GenerationEnd &end) override;
  json::object usageChunk(const GenerationEnd &end) override;

private:
  json::object chunk(std::string_view text, json::value finishReason);
  json::object choice(std::string_view text, json::value finishReason);

  AnswerHead head_;
  Options options_;
  CompletionLogprobs logprobs_;
  std::string text_; // of an answer that is no stream
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_COMPLETIONFORMAT_H
