//===- CompletionRequest.cpp - What a completion request asks for ---------===//

#include "runtime/http/openai/CompletionRequest.h"

#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/http/openai/RequestBody.h"

namespace g4rt {

constexpr FieldWords kWords{.leastTokens = 0, .scoresPrompts = true};

static Result<RawPrompt> promptOf(const Value &value, const JsonPath &path,
                                  int32_t numTokens) {
  if (const std::string *text = value.string()) {
    if (text->empty())
      return path.wrong("empty");
    return RawPrompt(*text);
  }
  const ValueList *list = value.list();
  if (!list)
    return wrongKind(path, value, "a string or a list of token ids");
  if (list->empty())
    return path.wrong("empty");
  G4RT_ASSIGN(std::vector<int32_t> ids, idsOf(*list, path, numTokens));
  return RawPrompt(std::move(ids));
}

Result<std::vector<RawPrompt>> readPrompts(const FieldReader &request,
                                           int32_t numTokens) {
  JsonPath path = request.path().key("prompt");
  const Value *value = request.find("prompt");
  if (!value)
    return path.wrong("missing, needs a string or a list of token ids");
  const ValueList *list = value->list();
  bool isNested = list && !list->empty() && !list->front().number();
  std::vector<RawPrompt> prompts;
  if (!isNested) {
    G4RT_ASSIGN(RawPrompt prompt, promptOf(*value, path, numTokens));
    prompts.push_back(std::move(prompt));
    return prompts;
  }
  if (list->size() > kMaxPrompts)
    return path.wrong(std::to_string(list->size()) + " prompts, at most " +
                      std::to_string(kMaxPrompts));
  for (size_t i = 0; i < list->size(); ++i) {
    G4RT_ASSIGN(RawPrompt prompt, promptOf((*list)[i], path.at(i), numTokens));
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}

Result<RawPrompt> readPrompt(const FieldReader &request, int32_t numTokens) {
  G4RT_ASSIGN(std::vector<RawPrompt> prompts, readPrompts(request, numTokens));
  if (prompts.size() > 1)
    return Status(StatusCode::Unimplemented,
                  "prompt: several prompts, only one is supported");
  return std::move(prompts.front());
}

static Status checkAnswers(size_t numPrompts, int64_t numTried) {
  size_t numAnswers = numPrompts * static_cast<size_t>(numTried);
  if (numAnswers <= kMaxAnswers)
    return Status();
  return Status(StatusCode::InvalidArgument,
                "prompt: " + std::to_string(numAnswers) +
                    " answers to all prompts, at most " +
                    std::to_string(kMaxAnswers));
}

/// Of an answer without tokens the prompt alone is left to give.
static Status checkEcho(const FieldReader &request,
                        const CompletionRequest &completion) {
  if (completion.generation.maxTokens != 0 || completion.echoes)
    return Status();
  std::string_view name = kWords.maxTokens[0];
  return request.path()
      .key(request.find(name) ? name : kWords.maxTokens[1])
      .wrong("0, needs at least 1, or -1 for all that fits, or echo");
}

Result<CompletionRequest> parseCompletionRequest(std::string_view text,
                                                 const ServedModel &model) {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  G4RT_TRY(checkModel(request, model));
  CompletionRequest out;
  G4RT_ASSIGN(out.prompts, readPrompts(request, model.tokenizer.numTokens()));
  G4RT_ASSIGN(out.generation,
              readGenerationFields(request, model, PromptKind::Text, kWords));
  G4RT_TRY(checkAnswers(out.prompts.size(), out.generation.numTried));
  G4RT_ASSIGN(std::string grammar, readContentGrammar(request));
  out.generation.rules = rulesOfText(std::move(grammar));
  if (!out.generation.maxTokens)
    out.generation.maxTokens = kDefaultCompletionTokens;
  G4RT_ASSIGN(std::optional<int64_t> top,
              readInteger(request, "logprobs", {0, kMaxTopLogprobs}));
  out.generation.sampling.numTopLogprobs =
      static_cast<int32_t>(top.value_or(-1));
  G4RT_ASSIGN(std::optional<bool> echoes, request.boolean("echo"));
  out.echoes = echoes.value_or(false);
  G4RT_TRY(checkEcho(request, out));
  return out;
}

} // namespace g4rt
