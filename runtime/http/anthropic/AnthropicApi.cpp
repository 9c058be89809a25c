//===- AnthropicApi.cpp - Anthropic's endpoints ---------------------------===//

#include "runtime/http/anthropic/AnthropicApi.h"

#include "runtime/http/anthropic/MessagesFormat.h"
#include "runtime/http/anthropic/MessagesRequest.h"

namespace g4rt {

std::vector<Route> AnthropicApi::routes() {
  return {generateRoute("/v1/messages", state_, "messages",
                        [this](const Call &call) { return answer(call); }),
          postRoute("/v1/messages/count_tokens",
                    [this](auto body) { return countTokens(body); })};
}

Status AnthropicApi::answer(const Call &call) const {
  const ServedModel &model = preparer_.model();
  G4RT_ASSIGN(
      ChatRequest request,
      parseMessagesRequest(call->request().body, model, MessagesUse::Answer));
  G4RT_ASSIGN(PreparedRequest prepared, preparer_.chat(request));
  prepared.options.wire = kAnthropicWire;
  prepared.options.keepsAnswer = true;
  auto numPromptTokens =
      static_cast<int64_t>(prepared.request.promptIds.size());
  deliverAnswer(model.engine, std::move(prepared.request), call,
                std::make_unique<MessagesFormat>(preparer_.newHead("msg_"),
                                                 prepared.options.isStream,
                                                 numPromptTokens),
                prepared.options);
  return Status();
}

Result<std::string> AnthropicApi::countTokens(std::string_view body) const {
  G4RT_ASSIGN(ChatRequest request, parseMessagesRequest(body, preparer_.model(),
                                                        MessagesUse::Count));
  G4RT_ASSIGN(Prompt prompt, preparer_.render(request.conversation));
  G4RT_ASSIGN(std::vector<int32_t> ids, preparer_.encode(prompt));
  return json::serialize(json::object{{"input_tokens", ids.size()}});
}

} // namespace g4rt
