//===- AnswerFormat.cpp - An answer as JSON -------------------------------===//

#include "runtime/http/openai/AnswerFormat.h"

#include "runtime/base/Log.h"

#include <cmath>

namespace g4rt {

// A stop string that cut a call left the answer as unfinished as max_tokens.
AnswerEnding endingOf(const GenerationEnd &end) {
  if (end.hasCutCall || end.reason == FinishReason::Length)
    return AnswerEnding::Length;
  return end.hasCall ? AnswerEnding::Calls : AnswerEnding::Stop;
}

json::object lostCallOf(const AnswerPiece &piece) {
  bool isCut = piece.kind == AnswerPiece::Kind::CutCall;
  return {{"reason", isCut ? "cut" : "unreadable"}, {"text", piece.text}};
}

json::object usageOf(const GenerationUsage &usage) {
  return {{"prompt_tokens", usage.numPromptTokens},
          {"completion_tokens", usage.numAnswerTokens},
          {"total_tokens", usage.numPromptTokens + usage.numAnswerTokens},
          {"prompt_tokens_details",
           json::object{{"cached_tokens", usage.numCachedTokens}}}};
}

// A rate of nothing, or in no time, is 0.
static double ratio(double a, double b) { return b > 0 ? a / b : 0; }

json::object timingsOf(const GenerationEnd &end) {
  const GenerationUsage &usage = end.usage;
  auto numPrompt =
      static_cast<double>(usage.numPromptTokens - usage.numCachedTokens);
  auto numAnswer = static_cast<double>(usage.numAnswerTokens);
  double prompt = end.times.prefill(), answer = end.times.decode();
  return {{"queue_ms", end.times.queued * 1e3},
          {"cache_n", usage.numCachedTokens},
          {"prompt_n", usage.numPromptTokens - usage.numCachedTokens},
          {"prompt_ms", prompt * 1e3},
          {"prompt_per_token_ms", ratio(prompt * 1e3, numPrompt)},
          {"prompt_per_second", ratio(numPrompt, prompt)},
          {"predicted_n", usage.numAnswerTokens},
          {"predicted_ms", answer * 1e3},
          {"predicted_per_token_ms", ratio(answer * 1e3, numAnswer)},
          {"predicted_per_second", ratio(numAnswer, answer)}};
}

void logAnswer(const std::string &requestId, size_t index,
               const GenerationEnd &end) {
  auto milliseconds = [](double seconds) {
    return std::to_string(std::llround(seconds * 1e3));
  };
  logEvent(LogLevel::Info, "http", "generated",
           {{"request", requestId},
            {"choice", std::to_string(index)},
            {"reason", std::string(toString(end.reason))},
            {"prompt", std::to_string(end.usage.numPromptTokens)},
            {"cached", std::to_string(end.usage.numCachedTokens)},
            {"tokens", std::to_string(end.usage.numAnswerTokens)},
            {"queue_ms", milliseconds(end.times.queued)},
            {"prefill_ms", milliseconds(end.times.prefill())},
            {"decode_ms", milliseconds(end.times.decode())}});
}

std::string_view toString(FinishReason reason) {
  switch (reason) {
  case FinishReason::Stop:
    return "stop";
  case FinishReason::Length:
    return "length";
  case FinishReason::Cancelled:
    return "cancelled";
  case FinishReason::Failed:
    return "error";
  }
  return "?";
}

json::object headOf(const AnswerHead &head, std::string_view object) {
  return {{"id", head.id},
          {"object", object},
          {"created", head.created},
          {"model", head.model}};
}

} // namespace g4rt
