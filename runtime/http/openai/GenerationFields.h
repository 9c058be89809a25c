//===- GenerationFields.h - How an answer shall be made ---------*- C++ -*-===//
//
// The fields that all endpoints share, whatever they call them. Read in one
// place into types; nothing later looks at the JSON.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_GENERATIONFIELDS_H
#define G4_RUNTIME_HTTP_OPENAI_GENERATIONFIELDS_H

#include "runtime/base/Status.h"
#include "runtime/engine/Generation.h"
#include "runtime/http/ServedModel.h"
#include "runtime/text/conversation/FieldReader.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// max_tokens: -1, the word of llama-server, Ollama and LM Studio.
inline constexpr int64_t kAllThatFits = -1;

struct GenerationFields {
  SamplingParams sampling;
  /// None where the request is silent, kAllThatFits where it asks for no limit.
  /// 0, where an API takes that, for none.
  std::optional<int64_t> maxTokens;
  std::vector<int32_t> stopIds;
  std::vector<std::string> stops;
  SpecialIds special = SpecialIds::Skip;
  bool stopInReasoning = false;
  bool keepsStop = false;
  int64_t minTokens = 0;
  std::vector<int32_t> allowedIds = {};
  std::vector<std::vector<int32_t>> bannedRows = {};
  AnswerRules rules = {}; // read by AnswerRulesReader.h
  /// Of each of the prompt's tokens, as numTopLogprobs of the answer's.
  int32_t numPromptLogprobs = -1;
  bool isStream = false;
  bool includeUsage = false;
  int64_t numChoices = 1;
  /// Answers that are made, of which the best ones are the choices.
  int64_t numTried = 1;
  double timeoutSeconds = 0, queueTimeoutSeconds = 0; // 0: none
  int32_t priority = 0;
  std::string cacheSalt;
};

/// How an API spells the fields that do not have the same name everywhere; the
/// defaults are OpenAI's and vLLM's.
struct FieldWords {
  /// The first one that is there counts; the second one may be empty.
  std::array<std::string_view, 2> maxTokens = {"max_completion_tokens",
                                               "max_tokens"};
  std::string_view stop = "stop";
  std::string_view repetitionPenalty = "repetition_penalty";
  int64_t leastTokens = 1;
  /// Whether prompt_logprobs is supported.
  bool scoresPrompts = false;
};

/// Reads all of them but the log-probabilities, which endpoints spell
/// differently. What the request leaves out is `model`'s default for an answer
/// to a prompt of this kind; the seed is then random.
///
/// Errors: InvalidArgument, or Unimplemented for what is known and not
/// supported, with the field's path in front.
Result<GenerationFields> readGenerationFields(const FieldReader &request,
                                              const ServedModel &model,
                                              PromptKind kind,
                                              const FieldWords &words = {});

/// Success if the request names `model`, or none. Errors: NotFound.
Status checkModel(const FieldReader &request, const ServedModel &model);

/// maxTokens of the engine for a prompt of `numPromptTokens`: as many as
/// wanted, or as there is room for. Errors: InvalidArgument, that of
/// contextLengthExceeded, if there is room for none, or for too few and the
/// model `isStrict`.
Result<int64_t> fitMaxTokens(std::optional<int64_t> wanted,
                             int64_t numPromptTokens, const ServedModel &model);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_GENERATIONFIELDS_H
