//===- ThinkingFields.cpp - Whether and how long a model thinks -----------===//

#include "runtime/http/openai/ThinkingFields.h"

#include "runtime/http/openai/NumberFields.h"

#include <limits>
#include <optional>

namespace g4rt {

constexpr int64_t kAnyNumber = -1;

namespace {

struct Effort {
  std::string_view name;
  int64_t maxThoughtTokens;
};

} // namespace

/// OpenAI's words; the numbers are ours, docs/tools-and-json.md.
constexpr Effort kEfforts[] = {{"none", 0},          {"minimal", 256},
                               {"low", 1024},        {"medium", 4096},
                               {"high", kAnyNumber}, {"xhigh", kAnyNumber},
                               {"max", kAnyNumber}};

/// Qwen's name, vLLM's and llama-server's.
constexpr std::string_view kBudgets[] = {
    "thinking_budget", "thinking_token_budget", "thinking_budget_tokens"};

Result<int64_t> thoughtTokensOfEffort(std::string_view name,
                                      const JsonPath &path) {
  for (const Effort &effort : kEfforts)
    if (effort.name == name)
      return effort.maxThoughtTokens;
  return path.wrong(unexpected(name, "none, minimal, low, medium, high, xhigh "
                                     "or max"));
}

static Result<std::optional<int64_t>> readEffort(const FieldReader &request) {
  G4RT_ASSIGN(std::optional<std::string> name,
              request.string("reasoning_effort"));
  if (!name)
    return std::optional<int64_t>();
  G4RT_ASSIGN(
      int64_t numTokens,
      thoughtTokensOfEffort(*name, request.path().key("reasoning_effort")));
  return std::optional(numTokens);
}

// Of one object: the request or its chat_template_kwargs.
static Status readBudgets(const FieldReader &fields,
                          std::optional<int64_t> &budget) {
  for (std::string_view name : kBudgets) {
    G4RT_ASSIGN(std::optional<int64_t> value,
                readInteger(fields, name,
                            {kAnyNumber, std::numeric_limits<int64_t>::max()}));
    if (!value)
      continue;
    if (budget.value_or(*value) != *value)
      return fields.path().key(name).wrong(std::to_string(*value) +
                                           ", another field says " +
                                           std::to_string(*budget));
    budget = value;
  }
  return Status();
}

static Result<std::optional<int64_t>>
readOwnBudget(const FieldReader &request) {
  std::optional<int64_t> budget;
  G4RT_TRY(readBudgets(request, budget));
  const Value *kwargs = request.find("chat_template_kwargs");
  if (kwargs && kwargs->map()) {
    JsonPath path = request.path().key("chat_template_kwargs");
    G4RT_ASSIGN(FieldReader fields, FieldReader::of(*kwargs, path));
    G4RT_TRY(readBudgets(fields, budget));
  }
  return budget;
}

Result<int64_t> readThinkingBudget(const FieldReader &request) {
  G4RT_ASSIGN(std::optional<int64_t> effort, readEffort(request));
  G4RT_ASSIGN(std::optional<int64_t> budget, readOwnBudget(request));
  return budget ? *budget : effort.value_or(kAnyNumber);
}

Result<Conversation> readConversation(const FieldReader &request,
                                      const ValueLimits &left,
                                      const ServedModel &model) {
  Conversation defaults = model.chatDefaults;
  G4RT_ASSIGN(std::optional<int64_t> effort, readEffort(request));
  if (effort)
    defaults.enableThinking = *effort != 0;
  G4RT_ASSIGN(std::optional<int64_t> budget, readOwnBudget(request));
  if (budget == 0)
    defaults.enableThinking = false;
  G4RT_ASSIGN(std::optional<bool> continues,
              request.boolean("continue_final_message"));
  defaults.continuesLast = continues.value_or(false);
  return readConversation(request, ConversationLimits{.values = left},
                          defaults);
}

} // namespace g4rt
