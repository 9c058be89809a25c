//===- RequestCheck.cpp - Which requests an engine takes ------------------===//

#include "runtime/engine/RequestCheck.h"

#include <algorithm>
#include <string>

namespace g4rt {

static Status wrong(const std::string &what) {
  return Status(StatusCode::InvalidArgument, what);
}

Status contextLengthExceeded(const std::string &asked, int64_t maxLength) {
  return wrong("context_length_exceeded: this model's maximum context length "
               "is " +
               std::to_string(maxLength) + " tokens, but " + asked +
               ": this exceeds the available context size, please reduce the "
               "length of the messages");
}

static Status checkPrompt(const GenerationRequest &request,
                          const RequestLimits &limits) {
  int64_t numTokens = static_cast<int64_t>(request.promptIds.size());
  if (numTokens == 0)
    return wrong("the prompt has no tokens, needs at least 1");
  // Before the ids are looked at: their number is the caller's choice.
  int64_t longest = std::max<int64_t>(limits.maxLength - 1, 0);
  if (numTokens > longest)
    return contextLengthExceeded("the prompt has " + std::to_string(numTokens) +
                                     " tokens and an answer needs room",
                                 limits.maxLength);
  for (int64_t i = 0; i < numTokens; ++i)
    if (int32_t id = request.promptIds[i]; id < 0 || id >= limits.vocabSize)
      return wrong("prompt[" + std::to_string(i) + "]: token " +
                   std::to_string(id) + ", needs 0 to " +
                   std::to_string(limits.vocabSize - 1));
  return Status();
}

Status checkRequest(const GenerationRequest &request,
                    const RequestLimits &limits) {
  G4RT_TRY(checkPrompt(request, limits));
  if (request.maxTokens < 0)
    return wrong("max_tokens: " + std::to_string(request.maxTokens) +
                 ", needs at least 0");
  if (int32_t count = request.numPromptLogprobs;
      count < -1 || count > kMaxTopLogprobs)
    return wrong("prompt_logprobs: " + std::to_string(count) + ", needs 0 to " +
                 std::to_string(kMaxTopLogprobs));
  for (const std::vector<int32_t> &row : request.bannedRows)
    if (row.empty())
      return wrong("bad_words: a row without tokens");
  for (double seconds : {request.timeoutSeconds, request.queueTimeoutSeconds})
    if (!(seconds >= 0 && seconds <= kMostTimeoutSeconds))
      return wrong("timeout: " + std::to_string(seconds) + " s, needs 0 to " +
                   std::to_string(kMostTimeoutSeconds));
  if (double weight = request.share.weight;
      !(weight >= kLeastWeight && weight <= kMostWeight))
    return wrong("weight: " + std::to_string(weight) + ", needs " +
                 std::to_string(kLeastWeight) + " to " +
                 std::to_string(kMostWeight));
  return checkSamplingParams(request.sampling,
                             static_cast<int32_t>(limits.vocabSize));
}

int64_t answerRoom(const GenerationRequest &request,
                   const RequestLimits &limits) {
  int64_t room =
      limits.maxLength - static_cast<int64_t>(request.promptIds.size());
  return request.maxTokens == 0 ? room : std::min(room, request.maxTokens);
}

RequestLimits requestLimits(const ExecutorLimits &limits,
                            int64_t maxModelLength) {
  return {.vocabSize = limits.vocabSize,
          .maxLength = std::min(maxModelLength, limits.maxLength())};
}

Result<Answer> checkedAnswer(GenerationRequest request,
                             const RequestLimits &limits, AnswerTools tools,
                             Answer::Time submitted) {
  G4RT_TRY(checkRequest(request, limits));
  request.maxTokens = answerRoom(request, limits);
  G4RT_ASSIGN(Answer answer,
              Answer::create(std::move(request), tools.tokenizer, submitted));
  G4RT_TRY(
      answer.compileRules(tools.tokenizer, tools.grammars, tools.guideThreads));
  return answer;
}

} // namespace g4rt
