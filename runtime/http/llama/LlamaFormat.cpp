//===- LlamaFormat.cpp - An answer of llama-server's /completion ----------===//

#include "runtime/http/llama/LlamaFormat.h"

#include "runtime/http/openai/Logprobs.h"

#include <utility>

namespace g4rt {

// OpenAI's entries, and the ids.
static json::object probabilityOf(const Sample &sample,
                                  const Tokenizer &tokenizer) {
  json::object out = chatLogprob(sample, tokenizer);
  out["id"] = sample.token.id;
  json::array &top = out["top_logprobs"].as_array();
  for (size_t i = 0; i < top.size(); ++i)
    top[i].as_object()["id"] = sample.top[i].id;
  return out;
}

std::vector<json::object> LlamaFormat::append(const GenerationEvent &event) {
  std::string text = contentOf(event);
  text_ += text;
  hasNewLine_ |= text.find('\n') != text.npos;
  if (event.token && (options_.isStream || options_.returnsTokens))
    tokens_.push_back(event.token->token.id);
  if (event.token && options_.hasLogprobs)
    probabilities_.push_back(probabilityOf(*event.token, *tokenizer_));
  if (!options_.isStream)
    return {};
  if (event.end)
    return {last(std::exchange(text_, {}), *event.end)};
  if (text.empty())
    return {};
  return {piece(std::exchange(text_, {}), /*isLast=*/false)};
}

json::object LlamaFormat::piece(std::string content, bool isLast) {
  json::object out{{"index", 0},
                   {"content", std::move(content)},
                   {"tokens", std::exchange(tokens_, {})},
                   {"stop", isLast},
                   {"id_slot", -1}};
  if (options_.hasLogprobs)
    out["completion_probabilities"] = std::exchange(probabilities_, {});
  return out;
}

static std::string_view stopTypeOf(const GenerationEnd &end) {
  if (end.reason == FinishReason::Length)
    return "limit";
  return end.stop.empty() ? "eos" : "word";
}

json::object LlamaFormat::last(std::string content, const GenerationEnd &end) {
  json::object out = piece(std::move(content), /*isLast=*/true);
  out["model"] = head_.model;
  out["tokens_predicted"] = end.usage.numAnswerTokens;
  out["tokens_evaluated"] = end.usage.numPromptTokens;
  out["tokens_cached"] = end.usage.numCachedTokens;
  out["generation_settings"] = std::move(options_.settings);
  out["has_new_line"] = hasNewLine_;
  out["truncated"] = false;
  out["stop_type"] = stopTypeOf(end);
  out["stopping_word"] = end.stop;
  out["timings"] = timingsOf(end);
  return out;
}

json::object LlamaFormat::whole(const GenerationEnd &end) {
  return last(std::exchange(text_, {}), end);
}

} // namespace g4rt
