//===- GenerateEndpoints.cpp - /v1/chat/completions, /v1/completions ------===//

#include "runtime/http/WallClock.h"
#include "runtime/http/openai/AnswerDelivery.h"
#include "runtime/http/openai/Api.h"
#include "runtime/http/openai/ChatFormat.h"
#include "runtime/http/openai/ChatRequest.h"
#include "runtime/http/openai/CompletionFormat.h"

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
                            .stopInThought = fields.stopInReasoning};
  G4RT_ASSIGN(request.maxTokens,
              fitMaxTokens(fields.maxTokens,
                           static_cast<int64_t>(promptIds.size()), model));
  request.promptIds = std::move(promptIds);
  return request;
}

Status Api::answerChat(const Call &call) {
  G4RT_ASSIGN(ChatRequest chat, parseChatRequest(call->request().body, model_));
  G4RT_ASSIGN(Prompt prompt, render(chat.conversation));
  G4RT_ASSIGN(std::vector<int32_t> ids, encode(prompt));
  const GenerationFields &fields = chat.generation;
  AnswerSplitter splitter(model_.tokenizer, marks_, fields.special,
                          startOfAnswer(ids, marks_));
  G4RT_ASSIGN(GenerationRequest request,
              engineRequest(fields, std::move(ids), model_));
  request.isChat = true;
  auto format = std::make_unique<ChatFormat>(
      newHead("chatcmpl-"), model_.tokenizer, std::move(splitter),
      ChatFormat::Options{.stopIds = fields.stopIds,
                          .isStream = fields.isStream,
                          .hasLogprobs = fields.sampling.numTopLogprobs >= 0,
                          .includeUsage = fields.includeUsage,
                          .lostCalls = &lostCalls_});
  deliverAnswer(model_.engine, std::move(request), call, std::move(format),
                {fields.isStream, fields.includeUsage, limits_.pingTime,
                 fields.sampling.numTopLogprobs >= 0});
  return Status();
}

Status Api::answerCompletion(const Call &call) {
  G4RT_ASSIGN(CompletionRequest completion,
              parseCompletionRequest(call->request().body, model_));
  G4RT_ASSIGN(std::vector<int32_t> ids, encode(completion.prompt));
  const GenerationFields &fields = completion.generation;
  G4RT_ASSIGN(GenerationRequest request,
              engineRequest(fields, std::move(ids), model_));
  auto format = std::make_unique<CompletionFormat>(
      newHead("cmpl-"), model_.tokenizer,
      CompletionFormat::Options{.isStream = fields.isStream,
                                .hasLogprobs =
                                    fields.sampling.numTopLogprobs >= 0,
                                .includeUsage = fields.includeUsage});
  deliverAnswer(model_.engine, std::move(request), call, std::move(format),
                {fields.isStream, fields.includeUsage, limits_.pingTime,
                 fields.sampling.numTopLogprobs >= 0});
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

void Api::complete(const Call &call) {
  if (state_.isDraining)
    return call->respond(drainingError());
  if (Status status = answerCompletion(call); !status.ok())
    call->respond(withParam(errorOf(status), "prompt"));
}

} // namespace g4rt
