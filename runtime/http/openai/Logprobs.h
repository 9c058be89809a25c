//===- Logprobs.h - Log-probabilities as OpenAI's JSON ----------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_LOGPROBS_H
#define G4_RUNTIME_HTTP_OPENAI_LOGPROBS_H

#include "runtime/base/Json.h"
#include "runtime/engine/Generation.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace g4rt {

/// The bytes of a token: its text, special tokens spelled out, or its one byte,
/// which need not be UTF-8.
std::string bytesOfToken(int32_t id, const Tokenizer &tokenizer);

/// An element of the chat API's `content`: token, logprob, bytes, top_logprobs.
json::object chatLogprob(const Sample &sample, const Tokenizer &tokenizer);

/// The completion API's four parallel lists, which grow by a token a time.
class CompletionLogprobs {
public:
  explicit CompletionLogprobs(const Tokenizer &tokenizer)
      : tokenizer_(&tokenizer) {}

  /// The first token of a prompt that `text` echoes: it has no probability, and
  /// no characters if it was put in front of the text.
  void appendFirst(int32_t id, std::string_view text);
  void append(const Sample &sample);
  /// What was appended since the last call.
  json::object take();

private:
  const Tokenizer *tokenizer_;
  json::array tokens_;
  json::array logprobs_;
  json::array top_;
  json::array offsets_;
  size_t offset_ = 0; // characters of all tokens so far
};

/// vLLM's list `prompt_logprobs`: null for the first token, then an object a
/// token, {"17": {"logprob", "rank", "decoded_token"}}, whose first member is
/// the token itself and the others the `numTop` most likely.
class PromptLogprobs {
public:
  PromptLogprobs(const Tokenizer &tokenizer, int32_t numTop)
      : tokenizer_(&tokenizer), numTop_(static_cast<size_t>(numTop)) {}

  void append(const PromptToken &token);
  /// All of it, once.
  json::array take() { return std::move(list_); }

private:
  const Tokenizer *tokenizer_;
  size_t numTop_;
  json::array list_{nullptr};
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_LOGPROBS_H
