//===- CompletionFormat.cpp - An answer of /v1/completions ----------------===//

#include "runtime/http/openai/CompletionFormat.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace g4rt {

constexpr std::string_view kObject = "text_completion";

CompletionFormat::CompletionFormat(AnswerHead head, const Tokenizer &tokenizer,
                                   Options options,
                                   std::optional<ScoredEcho> echo)
    : head_(std::move(head)), options_(std::move(options)),
      echo_(echo.value_or(ScoredEcho())), logprobs_(tokenizer),
      text_(options_.echo) {
  if (echo) {
    logprobs_.appendFirst(echo->firstId, options_.echo);
    numEchoed_ = 1;
  }
  if (options_.numPromptLogprobs >= 0)
    prompt_.emplace(tokenizer, options_.numPromptLogprobs);
}

json::object CompletionFormat::choice(std::string_view text,
                                      json::value finishReason) {
  json::object out{{"index", options_.index},
                   {"text", text},
                   {"logprobs", nullptr},
                   {"finish_reason", std::move(finishReason)}};
  if (options_.hasLogprobs)
    out["logprobs"] = logprobs_.take();
  return out;
}

json::object CompletionFormat::chunk(std::string_view text,
                                     json::value finishReason) {
  json::object chunk = headOf(head_, kObject);
  chunk["choices"] = json::array{choice(text, std::move(finishReason))};
  if (options_.includeUsage)
    chunk["usage"] = nullptr;
  return chunk;
}

std::vector<json::object> CompletionFormat::begin() {
  if (options_.echo.empty())
    return {};
  return {chunk(options_.echo, nullptr)};
}

static Sample withTop(Sample sample, int32_t numTop) {
  sample.top.resize(std::min(sample.top.size(), static_cast<size_t>(numTop)));
  return sample;
}

std::vector<json::object>
CompletionFormat::appendPrompt(std::span<const PromptToken> tokens) {
  bool isEchoed = awaitsPrompt();
  for (const PromptToken &token : tokens) {
    if (prompt_)
      prompt_->append(token);
    if (isEchoed)
      logprobs_.append(withTop(token.sample, echo_.numTop));
  }
  if (!isEchoed)
    return {};
  numEchoed_ += std::ssize(tokens);
  std::vector<json::object> chunks;
  if (options_.isStream)
    chunks.push_back(chunk("", nullptr));
  if (!awaitsPrompt())
    for (const GenerationEvent &event : std::exchange(early_, {}))
      std::ranges::move(append(event), std::back_inserter(chunks));
  return chunks;
}

std::vector<json::object>
CompletionFormat::append(const GenerationEvent &event) {
  if (awaitsPrompt()) {
    early_.push_back(event);
    return {};
  }
  if (event.token && options_.hasLogprobs)
    logprobs_.append(*event.token);
  if (!options_.isStream) {
    text_ += contentOf(event);
    return {};
  }
  std::string text = contentOf(event);
  if (text.empty() && !event.end)
    return {};
  json::value reason;
  if (event.end)
    reason = json::string(toString(event.end->reason));
  return {chunk(text, std::move(reason))};
}

json::object CompletionFormat::whole(const GenerationEnd &end) {
  json::object out = headOf(head_, kObject);
  json::object said = choice(text_, json::string(toString(end.reason)));
  if (prompt_)
    said["prompt_logprobs"] = prompt_->take();
  out["choices"] = json::array{std::move(said)};
  out["usage"] = usageOf(end.usage);
  out["timings"] = timingsOf(end);
  return out;
}

json::object CompletionFormat::usageChunk(const GenerationEnd &end) {
  json::object out = headOf(head_, kObject);
  out["choices"] = json::array();
  out["usage"] = usageOf(end.usage);
  out["timings"] = timingsOf(end);
  return out;
}

} // namespace g4rt
