//===- LlamaApi.cpp - llama-server's own endpoints ------------------------===//

#include "runtime/http/llama/LlamaApi.h"

#include "runtime/http/llama/LlamaFormat.h"
#include "runtime/http/llama/LlamaRequest.h"
#include "runtime/http/llama/SlotCommands.h"

#include <algorithm>

namespace g4rt {

std::vector<Route> LlamaApi::routes() {
  auto complete = [this](const Call &call) { return answer(call); };
  return {generateRoute("/completion", state_, "prompt", complete),
          generateRoute("/completions", state_, "prompt", complete),
          getRoute("/props", Access::User, [this] { return props(); }),
          // Of everybody's answers.
          getRoute("/slots", Access::Admin, [this] { return slots(); }),
          slotCommandRoute(preparer_.model().engine)};
}

/// llama-server's names for what holds of an answer.
static json::object settingsOf(const SamplingParams &sampling,
                               int64_t maxTokens) {
  return {{"n_predict", maxTokens},
          {"seed", sampling.seed},
          {"temperature", sampling.temperature},
          {"top_k", sampling.topK},
          {"top_p", sampling.topP},
          {"min_p", sampling.minP},
          {"repeat_penalty", sampling.repetitionPenalty},
          {"presence_penalty", sampling.presencePenalty},
          {"frequency_penalty", sampling.frequencyPenalty},
          {"n_probs", std::max(sampling.numTopLogprobs, 0)}};
}

Status LlamaApi::answer(const Call &call) const {
  const ServedModel &model = preparer_.model();
  G4RT_ASSIGN(LlamaRequest request,
              parseLlamaRequest(call->request().body, model));
  const GenerationFields &fields = request.completion.generation;
  G4RT_ASSIGN(PreparedRequest prepared,
              preparer_.text(request.completion.prompts.front(), fields));
  prepared.options.wire = kLlamaWire;
  LlamaFormat::Options options{
      .isStream = fields.isStream,
      .hasLogprobs = prepared.options.hasLogprobs,
      .returnsTokens = request.returnsTokens,
      .settings = settingsOf(fields.sampling, prepared.request.maxTokens)};
  deliverAnswer(model.engine, std::move(prepared.request), call,
                std::make_unique<LlamaFormat>(
                    preparer_.newHead(""), model.tokenizer, std::move(options)),
                prepared.options);
  return Status();
}

static SamplingParams defaultSampling(const GenerationDefaults &defaults) {
  SamplingParams sampling;
  sampling.temperature = defaults.temperature;
  sampling.topK = defaults.topK;
  sampling.topP = defaults.topP;
  return sampling;
}

HttpResponse LlamaApi::props() const {
  const ServedModel &model = preparer_.model();
  json::object defaults{
      {"n_ctx", model.maxModelLength},
      {"params", settingsOf(defaultSampling(model.generation), kAllThatFits)}};
  return {.body = json::serialize(json::object{
              {"default_generation_settings", std::move(defaults)},
              {"total_slots", model.engine.status().numSlots},
              {"model_alias", model.name},
              {"model_path", ""},
              {"chat_template", ""},
              {"modalities", {{"vision", false}, {"audio", false}}},
              {"build_info", "g4rt " G4_VERSION}})};
}

static json::object slotObject(int64_t id, int64_t numPositions) {
  return {{"id", id},
          {"n_ctx", numPositions},
          {"speculative", false},
          {"is_processing", false}};
}

HttpResponse LlamaApi::slots() const {
  const ServedModel &model = preparer_.model();
  EngineView view = model.engine.view();
  auto most = static_cast<int64_t>(EngineView::kMaxSlots);
  int64_t numSlots = std::min(model.engine.status().numSlots, most);
  json::array slots;
  for (int64_t id = 0; id < numSlots; ++id)
    slots.push_back(slotObject(id, model.maxModelLength));
  for (const SlotView &slot : view.slots) {
    if (slot.slot < 0 || slot.slot >= numSlots)
      continue;
    json::object &out = slots[static_cast<size_t>(slot.slot)].as_object();
    out["is_processing"] = true;
    out["request"] = slot.requestId;
    out["n_prompt_tokens"] = slot.numPromptTokens;
    out["n_past"] = slot.numComputed;
    out["next_token"] = json::array{json::object{
        {"n_decoded", slot.numAnswerTokens}, {"has_next_token", true}}};
  }
  return {.body = json::serialize(slots)};
}

} // namespace g4rt
