//===- OllamaFormat.h - Answers of /api/chat and /api/generate --*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OLLAMA_OLLAMAFORMAT_H
#define G4_RUNTIME_HTTP_OLLAMA_OLLAMAFORMAT_H

#include "runtime/http/openai/BlockFormat.h"
#include "runtime/text/tokenizer/Tokenizer.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace g4rt {

/// 2026-11-30T15:04:05Z. Seconds since 1970.
std::string timeText(int64_t seconds);

/// Lines of JSON, each with a piece of the answer, the last one with its
/// counts; or all of it in that one. A call is told of once it is whole.
class OllamaFormat : public BlockFormat {
public:
  /// What holds a text: `message`, or `response`.
  enum class Door { Chat, Generate };

  struct Options {
    Door door = Door::Chat;
    bool isStream = false;
    bool hasLogprobs = false;
  };

  OllamaFormat(AnswerHead head, const Tokenizer &tokenizer, Options options)
      : BlockFormat(options.isStream), head_(std::move(head)),
        tokenizer_(&tokenizer), options_(options) {}

  json::object whole(const GenerationEnd &end) override;

  /// The answer to a request that asks for nothing.
  static json::object loaded(const AnswerHead &head, Door door);

private:
  void onEvent(const GenerationEvent &event) override;
  void onDelta(const AnswerBlock &block, std::string_view text) override;
  void onEnd(const AnswerBlock &block) override;
  void onFinish(const GenerationEnd &end) override;

  json::object lineOf(std::string_view content, std::string_view thought,
                      json::array calls);
  json::object lastLine(json::object line, const GenerationEnd &end);

  AnswerHead head_;
  const Tokenizer *tokenizer_;
  Options options_;
  json::array logprobs_; // of tokens that no line has told of yet
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OLLAMA_OLLAMAFORMAT_H
