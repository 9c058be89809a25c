//===- LlamaRequest.cpp - What a request of /completion asks for ----------===//

#include "runtime/http/llama/LlamaRequest.h"

#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/http/openai/Refusals.h"
#include "runtime/http/openai/RequestBody.h"

namespace g4rt {

constexpr FieldWords kWords{.maxTokens = {"n_predict", "max_tokens"},
                            .repetitionPenalty = "repeat_penalty"};

/// Fields that would change the answer, and must say "do nothing".
constexpr std::string_view kRefused[] = {"lora", "post_sampling_probs",
                                         "t_max_predict_ms"};

static Result<LlamaRequest> readLlamaRequest(const FieldReader &request,
                                             const ServedModel &model) {
  G4RT_TRY(checkModel(request, model));
  G4RT_TRY(refuseFields(request, kRefused));
  LlamaRequest out;
  G4RT_ASSIGN(RawPrompt prompt,
              readPrompt(request, model.tokenizer.numTokens()));
  out.completion.prompts.push_back(std::move(prompt));
  GenerationFields &fields = out.completion.generation;
  G4RT_ASSIGN(fields,
              readGenerationFields(request, model, PromptKind::Text, kWords));
  fields.includeUsage = false;
  fields.numChoices = fields.numTried = 1;
  G4RT_ASSIGN(std::string grammar, readContentGrammar(request));
  fields.rules = rulesOfText(std::move(grammar));
  // llama-server's default: until the model ends.
  if (!fields.maxTokens)
    fields.maxTokens = kAllThatFits;
  G4RT_ASSIGN(std::optional<int64_t> numProbs,
              readInteger(request, "n_probs", {0, kMaxTopLogprobs}));
  if (numProbs.value_or(0) > 0)
    fields.sampling.numTopLogprobs = static_cast<int32_t>(*numProbs);
  G4RT_ASSIGN(std::optional<bool> tokens, request.boolean("return_tokens"));
  out.returnsTokens = tokens.value_or(false);
  return out;
}

Result<LlamaRequest> parseLlamaRequest(std::string_view text,
                                       const ServedModel &model) {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  return readLlamaRequest(request, model);
}

} // namespace g4rt
