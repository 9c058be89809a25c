//===- ChatRequest.cpp - What a chat request asks for ---------------------===//

#include "runtime/http/openai/ChatRequest.h"

#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/http/openai/Refusals.h"
#include "runtime/http/openai/RequestBody.h"
#include "runtime/http/openai/ThinkingFields.h"

namespace g4rt {

constexpr FieldWords kWords{.scoresPrompts = true};

// Only a message that calls tools, or the model's own, may go without.
static Status checkContent(const Message &message, const JsonPath &path) {
  bool needsContent = message.role != Role::Assistant &&
                      message.toolCalls.empty() &&
                      message.toolResponses.empty();
  if (needsContent && message.content.form == Content::Form::Null)
    return path.key("content").wrong(
        "missing, needs a string or a list of parts");
  return Status();
}

Status checkMessages(const Conversation &conversation) {
  JsonPath root;
  JsonPath messages = root.key("messages");
  if (conversation.messages.empty())
    return messages.wrong("empty, needs at least one message");
  for (size_t i = 0; i < conversation.messages.size(); ++i) {
    JsonPath message = messages.at(i);
    G4RT_TRY(checkContent(conversation.messages[i], message));
    JsonPath content = message.key("content");
    const auto &parts = conversation.messages[i].content.parts;
    for (size_t j = 0; j < parts.size(); ++j)
      if (parts[j].kind != PartKind::Text)
        return content.at(j).unsupported("this server reads text only");
  }
  return Status();
}

Status readChatLogprobs(const FieldReader &request, SamplingParams &out) {
  G4RT_ASSIGN(std::optional<bool> wanted, request.boolean("logprobs"));
  G4RT_ASSIGN(std::optional<int64_t> top,
              readInteger(request, "top_logprobs", {0, kMaxTopLogprobs}));
  if (wanted.value_or(false))
    out.numTopLogprobs = static_cast<int32_t>(top.value_or(0));
  else if (top.value_or(0) > 0)
    return request.path()
        .key("top_logprobs")
        .wrong("only allowed with logprobs");
  return Status();
}

Result<ChatRequest> readChatRequest(const FieldReader &request,
                                    const ValueLimits &left,
                                    const ServedModel &model) {
  G4RT_TRY(checkModel(request, model));
  constexpr std::string_view kRefused[] = {"echo"};
  G4RT_TRY(refuseFields(request, kRefused));
  ChatRequest out;
  G4RT_ASSIGN(out.generation,
              readGenerationFields(request, model, PromptKind::Chat, kWords));
  G4RT_TRY(readChatLogprobs(request, out.generation.sampling));
  G4RT_ASSIGN(out.conversation, readConversation(request, left, model));
  G4RT_TRY(checkMessages(out.conversation));
  G4RT_ASSIGN(out.generation.rules,
              readAnswerRules(request, model.tokenizer, out.conversation));
  G4RT_ASSIGN(out.generation.rules.maxThoughtTokens,
              readThinkingBudget(request));
  return out;
}

Result<ChatRequest> parseChatRequest(std::string_view text,
                                     const ServedModel &model) {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  return readChatRequest(request, body.left, model);
}

} // namespace g4rt
