//===- ResponsesFormat.h - An answer of /v1/responses -----------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_RESPONSESFORMAT_H
#define G4_RUNTIME_HTTP_OPENAI_RESPONSESFORMAT_H

#include "runtime/http/openai/BlockFormat.h"
#include "runtime/text/conversation/Conversation.h"

#include <cstdint>
#include <functional>
#include <string>

namespace g4rt {

/// OpenAI's response, whole, or as the events that add up to it: a thought is a
/// reasoning item, content a message, a call a function_call.
class ResponsesFormat : public BlockFormat {
public:
  /// What a response is kept by, once it has ended.
  using Keep = std::function<void(std::string json, Message said)>;

  struct Options {
    bool isStream = false;
    json::object echo = {}; // fields of the request that the response repeats
    Keep keep = {};         // none: it is not kept
  };

  ResponsesFormat(AnswerHead head, Options options)
      : BlockFormat(options.isStream), head_(std::move(head)),
        options_(std::move(options)) {}

  std::vector<json::object> begin() override;
  json::object whole(const GenerationEnd &end) override;

private:
  enum class ItemState { Begun, Done };

  void onBegin(const AnswerBlock &block) override;
  void onDelta(const AnswerBlock &block, std::string_view text) override;
  void onEnd(const AnswerBlock &block) override;
  void onFinish(const GenerationEnd &end) override;

  json::object event(std::string_view type, json::object fields);
  void emitOfBlock(std::string_view type, json::object fields);
  std::string itemId(size_t index) const;
  json::object item(size_t index, ItemState state) const;
  json::object response(std::string_view status) const;
  json::object ended(const GenerationEnd &end) const;
  Message said() const;

  AnswerHead head_;
  Options options_;
  int64_t numEvents_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_RESPONSESFORMAT_H
