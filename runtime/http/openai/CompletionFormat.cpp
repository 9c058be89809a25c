//===- CompletionFormat.cpp - An answer of /v1/completions ----------------===//

#include "runtime/http/openai/CompletionFormat.h"

namespace g4rt {

constexpr std::string_view kObject = "text_completion";

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

std::vector<json::object>
CompletionFormat::append(const GenerationEvent &event) {
  if (event.token && options_.hasLogprobs)
    logprobs_.append(*event.token);
  if (!options_.isStream) {
    text_ += event.text;
    return {};
  }
  if (event.text.empty() && !event.end)
    return {};
  json::value reason;
  if (event.end)
    reason = json::string(toString(event.end->reason));
  return {chunk(event.text, std::move(reason))};
}

json::object CompletionFormat::whole(const GenerationEnd &end) {
  json::object out = headOf(head_, kObject);
  out["choices"] =
      json::array{choice(text_, json::string(toString(end.reason)))};
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
