//===- ChatRequest.cpp - What a chat request asks for ---------------------===//

#include "runtime/http/openai/ChatRequest.h"

#include "runtime/http/openai/NumberFields.h"
#include "runtime/text/ValueParser.h"

namespace g4rt {

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

static Status checkText(const Conversation &conversation) {
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
        return Status(StatusCode::Unimplemented,
                      content.at(j).toString() +
                          ": this server reads text only");
  }
  return Status();
}

// "none" hides the tools; "auto" is how it is anyway.
static Status readToolChoice(const FieldReader &request, Conversation &out) {
  const Value *choice = request.find("tool_choice");
  if (!choice)
    return Status();
  const std::string *name = choice->string();
  if (name && *name == "none")
    out.tools.clear();
  if (name && (*name == "none" || *name == "auto"))
    return Status();
  if (!name && !choice->map())
    return wrongKind(request.path().key("tool_choice"), *choice,
                     "\"auto\" or \"none\"");
  return Status(StatusCode::Unimplemented,
                "tool_choice: only \"auto\" and \"none\" are supported");
}

static Status readLogprobs(const FieldReader &request, SamplingParams &out) {
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

Result<ChatRequest> parseChatRequest(std::string_view body,
                                     const ServedModel &model) {
  ValueLimits limits;
  G4RT_ASSIGN(Value value, parseValue(body, limits));
  JsonPath root;
  G4RT_ASSIGN(FieldReader request, FieldReader::of(value, root));
  G4RT_TRY(checkModel(request, model));
  ChatRequest out;
  G4RT_ASSIGN(out.generation,
              readGenerationFields(request, model, PromptKind::Chat));
  G4RT_TRY(readLogprobs(request, out.generation.sampling));
  G4RT_ASSIGN(out.conversation, parseConversation(body));
  G4RT_TRY(checkText(out.conversation));
  G4RT_TRY(readToolChoice(request, out.conversation));
  return out;
}

} // namespace g4rt
