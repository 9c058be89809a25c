//===- MessagesFormat.h - An answer of /v1/messages -------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_ANTHROPIC_MESSAGESFORMAT_H
#define G4_RUNTIME_HTTP_ANTHROPIC_MESSAGESFORMAT_H

#include "runtime/http/openai/BlockFormat.h"

#include <cstdint>
#include <string>

namespace g4rt {

/// Anthropic's message, whole, or as the events that add up to it. A call that
/// was cut or cannot be read is told of beside it, in invalid_tool_calls.
class MessagesFormat : public BlockFormat {
public:
  MessagesFormat(AnswerHead head, bool isStream, int64_t numPromptTokens)
      : BlockFormat(isStream), head_(std::move(head)),
        numPromptTokens_(numPromptTokens) {}

  std::vector<json::object> begin() override;
  json::object whole(const GenerationEnd &end) override;

private:
  void onBegin(const AnswerBlock &block) override;
  void onDelta(const AnswerBlock &block, std::string_view text) override;
  void onEnd(const AnswerBlock &block) override;
  void onFinish(const GenerationEnd &end) override;

  void emitDelta(json::object delta);
  std::string callId(size_t index) const;
  json::object callBlock(size_t index, json::object input) const;
  json::object wholeBlock(size_t index) const;
  json::object message(json::array content) const;
  json::value stopReason(const GenerationEnd &end) const;

  AnswerHead head_;
  int64_t numPromptTokens_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_ANTHROPIC_MESSAGESFORMAT_H
