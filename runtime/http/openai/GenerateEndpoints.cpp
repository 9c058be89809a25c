//===- GenerateEndpoints.cpp - /v1/chat/completions, /v1/completions ------===//

#include "runtime/http/WallClock.h"
#include "runtime/http/openai/AnswerDelivery.h"
#include "runtime/http/openai/Api.h"
#include "runtime/http/openai/ChatFormat.h"
#include "runtime/http/openai/ChatRequest.h"
#include "runtime/http/openai/CompletionFormat.h"

#include <chrono>
#include <cstdio>
#include <random>

namespace g4rt {

static std::string randomHex() {
  std::random_device device;
  char text[25];
  std::snprintf(text, sizeof(text), "%08x%08x%08x", device(), device(),
                device());
  return text;
}

AnswerHead Api::newHead(std::string_view prefix) const {
  return {.id = std::string(prefix) + randomHex(),
          .model = model_.name,
          .created = secondsSince1970()};
}

static Result<GenerationRequest> engineRequest(const GenerationFields &fields,
                                               std::vector<int32_t> promptIds,
                                               const ServedModel &model) {
  GenerationRequest request{.sampling = fields.sampling,
                            .stopIds = fields.stopIds,
                            .stops = fields.stops,
                            .special = fields.special,
                            .stopInThought = fields.stopInReasoning,
                            .priority = fields.priority,
                            .cacheSalt = fields.cacheSalt,
                            .rules = fields.rules};
  G4RT_ASSIGN(request.maxTokens,
              fitMaxTokens(fields.maxTokens,
                           static_cast<int64_t>(promptIds.size()), model));
  request.promptIds = std::move(promptIds);
  return request;
}

static DeliveryOptions deliveryOptions(const GenerationFields &fields,
                                       std::chrono::milliseconds pingTime) {
  return {.isStream = fields.isStream,
          .includeUsage = fields.includeUsage,
          .pingTime = pingTime,
          .hasLogprobs = fields.sampling.numTopLogprobs >= 0};
}

Result<PreparedChat> Api::prepareChat(std::string_view body) const {
  G4RT_ASSIGN(ChatRequest chat, parseChatRequest(body, model_));
  G4RT_ASSIGN(Prompt prompt, render(chat.conversation));
  G4RT_ASSIGN(std::vector<int32_t> ids, encode(prompt));
  const GenerationFields &fields = chat.generation;
  AnswerSplitter splitter(
      model_.tokenizer, marks_, fields.special, startOfAnswer(ids, marks_),
      fields.rules.call.empty() ? GuidedCalls::No : GuidedCalls::Yes);
  AnswerHead head = newHead("chatcmpl-");
  G4RT_ASSIGN(GenerationRequest request,
              engineRequest(fields, std::move(ids), model_));
  request.isChat = true;
  PreparedChat prepared{.request = std::move(request),
                        .options = deliveryOptions(fields, limits_.pingTime)};
  for (int64_t i = 0; i < fields.numChoices; ++i)
    prepared.choices.push_back(std::make_unique<ChatFormat>(
        head, model_.tokenizer, splitter,
        ChatFormat::Options{.stopIds = fields.stopIds,
                            .isStream = fields.isStream,
                            .hasLogprobs = prepared.options.hasLogprobs,
                            .includeUsage = fields.includeUsage,
                            .lostCalls = &lostCalls_,
                            .index = i}));
  return prepared;
}

Status Api::answerChat(const Call &call) {
  G4RT_ASSIGN(PreparedChat chat, prepareChat(call->request().body));
  deliverAnswer(model_.engine, std::move(chat.request), call,
                std::move(chat.choices), chat.options);
  return Status();
}

Result<std::deque<Result<PreparedChat>>>
Api::prepareChats(std::string_view body) const {
  G4RT_ASSIGN(std::vector<std::string> bodies, parseChatGroup(body));
  std::deque<Result<PreparedChat>> chats;
  for (const std::string &one : bodies) {
    chats.push_back(prepareChat(one));
    if (chats.back() && chats.back()->choices.size() != 1)
      chats.back() = Status(StatusCode::InvalidArgument,
                            "a chat of a group has one choice: n must be 1");
  }
  return chats;
}

Status Api::answerChats(const Call &call) {
  G4RT_ASSIGN(std::deque<Result<PreparedChat>> chats,
              prepareChats(call->request().body));
  deliverGroup(model_.engine, std::move(chats), call, limits_.pingTime);
  return Status();
}

Status Api::answerCompletion(const Call &call) {
  G4RT_ASSIGN(CompletionRequest completion,
              parseCompletionRequest(call->request().body, model_));
  G4RT_ASSIGN(std::vector<int32_t> ids, encode(completion.prompt));
  const GenerationFields &fields = completion.generation;
  G4RT_ASSIGN(GenerationRequest request,
              engineRequest(fields, std::move(ids), model_));
  DeliveryOptions options = deliveryOptions(fields, limits_.pingTime);
  AnswerHead head = newHead("cmpl-");
  std::vector<std::unique_ptr<AnswerFormat>> choices;
  for (int64_t i = 0; i < fields.numChoices; ++i)
    choices.push_back(std::make_unique<CompletionFormat>(
        head, model_.tokenizer,
        CompletionFormat::Options{.isStream = fields.isStream,
                                  .hasLogprobs = options.hasLogprobs,
                                  .includeUsage = fields.includeUsage,
                                  .index = i}));
  deliverAnswer(model_.engine, std::move(request), call, std::move(choices),
                options);
  return Status();
}

static ApiError withParam(ApiError error, std::string_view param) {
  if (error.kind == ErrorKind::ContextLengthExceeded)
    error.param = param;
  return error;
}

void Api::chat(const Call &call) {
  if (state_.isDraining)
    return call->respond(drainingError());
  if (Status status = answerChat(call); !status.ok())
    call->respond(withParam(errorOf(status), "messages"));
}

void Api::chats(const Call &call) {
  if (state_.isDraining)
    return call->respond(drainingError());
  if (Status status = answerChats(call); !status.ok())
    call->respond(errorOf(status));
}

void Api::complete(const Call &call) {
  if (state_.isDraining)
    return call->respond(drainingError());
  if (Status status = answerCompletion(call); !status.ok())
    call->respond(withParam(errorOf(status), "prompt"));
}

} // namespace g4rt
