//===- GenerateEndpoints.cpp - /v1/chat/completions, /v1/completions ------===//

#include "runtime/http/openai/Api.h"
#include "runtime/http/openai/ChatFormat.h"
#include "runtime/http/openai/CompletionFormat.h"
#include "runtime/http/openai/RequestBody.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace g4rt {

Result<PreparedChat> Api::prepareChat(const ChatRequest &chat) const {
  const GenerationFields &fields = chat.generation;
  AnswerHead head = preparer_.newHead("chatcmpl-");
  G4RT_ASSIGN(PreparedRequest request, preparer_.chat(chat));
  PreparedChat prepared{.request = std::move(request.request),
                        .options = request.options};
  for (int64_t i = 0; i < fields.numTried; ++i)
    prepared.choices.push_back(std::make_unique<ChatFormat>(
        head, model_.tokenizer,
        ChatFormat::Options{.isStream = fields.isStream,
                            .hasLogprobs = prepared.options.hasLogprobs,
                            .includeUsage = fields.includeUsage,
                            .index = i,
                            .numPromptLogprobs = fields.numPromptLogprobs}));
  return prepared;
}

Status Api::answerChat(const Call &call) {
  G4RT_ASSIGN(ChatRequest request,
              parseChatRequest(call->request().body, model_));
  G4RT_ASSIGN(PreparedChat chat, prepareChat(request));
  deliverAnswer(model_.engine, std::move(chat.request), call,
                std::move(chat.choices), chat.options);
  return Status();
}

// Each chat is judged as if it were the whole request.
static Result<ChatRequest> chatOfGroup(const Value &chat,
                                       const ValueLimits &left,
                                       const ServedModel &model) {
  JsonPath root;
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(chat, root));
  G4RT_ASSIGN(ChatRequest request, readChatRequest(fields, left, model));
  if (request.generation.numPromptLogprobs >= 0)
    return root.key("prompt_logprobs").wrong("not available in a stream");
  request.generation.isStream = true;
  if (request.generation.numTried != 1)
    return root.key("n").wrong("a chat of a group has one choice");
  return request;
}

Result<std::deque<Result<PreparedChat>>>
Api::prepareChats(std::string_view text) const {
  G4RT_ASSIGN(RequestBody body, parseChatGroup(text));
  std::deque<Result<PreparedChat>> chats;
  for (const Value &one : *body.value.find("chats")->list()) {
    Result<ChatRequest> request = chatOfGroup(one, body.left, model_);
    chats.push_back(request ? prepareChat(*request)
                            : Result<PreparedChat>(request.error()));
  }
  return chats;
}

Status Api::answerChats(const Call &call) {
  G4RT_ASSIGN(std::deque<Result<PreparedChat>> chats,
              prepareChats(call->request().body));
  deliverGroup(model_.engine, std::move(chats), call, limits_.pingTime);
  return Status();
}

static std::string textOf(const RawPrompt &prompt, const Tokenizer &tokenizer) {
  if (const auto *text = std::get_if<std::string>(&prompt))
    return *text;
  return tokenizer.decode(std::get<std::vector<int32_t>>(prompt),
                          SpecialIds::Show);
}

using ScoredEcho = CompletionFormat::ScoredEcho;

/// None where log-probabilities are not wanted, of the prompt or at all.
static std::optional<ScoredEcho> scoredEcho(const CompletionRequest &completion,
                                            const GenerationRequest &request) {
  int32_t numTop = completion.generation.sampling.numTopLogprobs;
  if (!completion.echoes || numTop < 0)
    return {};
  return ScoredEcho{.firstId = request.promptIds.front(),
                    .numTokens = std::ssize(request.promptIds),
                    .numTop = numTop};
}

Status Api::answerCompletion(const Call &call) {
  G4RT_ASSIGN(CompletionRequest completion,
              parseCompletionRequest(call->request().body, model_));
  const GenerationFields &fields = completion.generation;
  AnswerHead head = preparer_.newHead("cmpl-");
  std::vector<GenerationRequest> requests;
  std::vector<std::unique_ptr<AnswerFormat>> choices;
  DeliveryOptions options;
  for (const RawPrompt &prompt : completion.prompts) {
    G4RT_ASSIGN(PreparedRequest prepared, preparer_.text(prompt, fields));
    auto echo = scoredEcho(completion, prepared.request);
    if (echo)
      prepared.request.numPromptLogprobs =
          std::max(fields.numPromptLogprobs, echo->numTop);
    requests.push_back(std::move(prepared.request));
    options = prepared.options;
    CompletionFormat::Options format{.isStream = fields.isStream,
                                     .hasLogprobs = options.hasLogprobs,
                                     .includeUsage = fields.includeUsage,
                                     .numPromptLogprobs =
                                         fields.numPromptLogprobs};
    if (completion.echoes)
      format.echo = textOf(prompt, model_.tokenizer);
    for (int64_t i = 0; i < fields.numTried; ++i) {
      format.index = std::ssize(choices);
      choices.push_back(std::make_unique<CompletionFormat>(
          head, model_.tokenizer, format, echo));
    }
  }
  deliverAnswers(model_.engine, std::move(requests), call, std::move(choices),
                 options);
  return Status();
}

} // namespace g4rt
