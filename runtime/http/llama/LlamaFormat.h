//===- LlamaFormat.h - An answer of llama-server's /completion --*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_LLAMA_LLAMAFORMAT_H
#define G4_RUNTIME_HTTP_LLAMA_LLAMAFORMAT_H

#include "runtime/http/openai/AnswerFormat.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

/// Text, and in the last object why and how fast it ended.
class LlamaFormat : public AnswerFormat {
public:
  struct Options {
    bool isStream = false;
    bool hasLogprobs = false;
    bool returnsTokens = false;
    json::object settings = {}; // generation_settings of the answer
  };

  LlamaFormat(AnswerHead head, const Tokenizer &tokenizer, Options options)
      : head_(std::move(head)), tokenizer_(&tokenizer),
        options_(std::move(options)) {}

  std::vector<json::object> append(const GenerationEvent &event) override;
  json::object whole(const GenerationEnd &end) override;

private:
  json::object piece(std::string content, bool isLast);
  json::object last(std::string content, const GenerationEnd &end);

  AnswerHead head_;
  const Tokenizer *tokenizer_;
  Options options_;
  // Not told of yet.
  std::string text_;
  json::array tokens_;
  json::array probabilities_;
  bool hasNewLine_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_LLAMA_LLAMAFORMAT_H
