//===- OllamaFormat.cpp - Answers of /api/chat and /api/generate ----------===//

#include "runtime/http/ollama/OllamaFormat.h"

#include "runtime/http/openai/Logprobs.h"

#include <ctime>
#include <utility>

namespace g4rt {

using Kind = AnswerBlock::Kind;

std::string timeText(int64_t seconds) {
  std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

static json::object callOf(const AnswerBlock &call) {
  return {
      {"function", {{"name", call.name}, {"arguments", argumentsOf(call)}}}};
}

static json::object messageLine(const AnswerHead &head, OllamaFormat::Door door,
                                std::string_view content,
                                std::string_view thought, json::array calls) {
  json::object line{{"model", head.model},
                    {"created_at", timeText(head.created)}};
  bool isChat = door == OllamaFormat::Door::Chat;
  json::object message;
  if (isChat)
    message["role"] = "assistant";
  message[isChat ? "content" : "response"] = content;
  if (!thought.empty())
    message["thinking"] = thought;
  if (!calls.empty())
    message["tool_calls"] = std::move(calls);
  if (isChat)
    line["message"] = std::move(message);
  else
    for (auto &[key, value] : message)
      line[key] = std::move(value);
  line["done"] = false;
  return line;
}

json::object OllamaFormat::lineOf(std::string_view content,
                                  std::string_view thought, json::array calls) {
  json::object line =
      messageLine(head_, options_.door, content, thought, std::move(calls));
  if (!logprobs_.empty())
    line["logprobs"] = std::exchange(logprobs_, {});
  return line;
}

json::object OllamaFormat::loaded(const AnswerHead &head, Door door) {
  json::object line = messageLine(head, door, "", "", {});
  line["done"] = true;
  line["done_reason"] = "load";
  return line;
}

static int64_t nanoseconds(double seconds) {
  return static_cast<int64_t>(seconds * 1e9);
}

json::object OllamaFormat::lastLine(json::object line,
                                    const GenerationEnd &end) {
  bool isCut = endingOf(end) == AnswerEnding::Length;
  line["done"] = true;
  line["done_reason"] = isCut ? "length" : "stop";
  line["total_duration"] = nanoseconds(end.times.total);
  line["load_duration"] = 0;
  line["prompt_eval_count"] = end.usage.numPromptTokens;
  line["prompt_eval_duration"] = nanoseconds(end.times.prefill());
  line["eval_count"] = end.usage.numAnswerTokens;
  line["eval_duration"] = nanoseconds(end.times.decode());
  if (!lostCalls().empty())
    line["invalid_tool_calls"] = lostCalls();
  return line;
}

json::object OllamaFormat::whole(const GenerationEnd &end) {
  std::string content;
  std::string thought;
  json::array calls;
  for (const AnswerBlock &block : blocks()) {
    if (block.kind == Kind::Call && !block.isCut)
      calls.push_back(callOf(block));
    else if (block.kind != Kind::Call)
      (block.kind == Kind::Thought ? thought : content) += block.text;
  }
  return lastLine(lineOf(content, thought, std::move(calls)), end);
}

void OllamaFormat::onEvent(const GenerationEvent &event) {
  if (event.token && options_.hasLogprobs)
    logprobs_.push_back(chatLogprob(*event.token, *tokenizer_));
}

void OllamaFormat::onDelta(const AnswerBlock &block, std::string_view text) {
  if (block.kind == Kind::Call)
    return;
  bool isThought = block.kind == Kind::Thought;
  emit(lineOf(isThought ? "" : text, isThought ? text : "", {}));
}

void OllamaFormat::onEnd(const AnswerBlock &block) {
  if (block.kind == Kind::Call && !block.isCut)
    emit(lineOf("", "", {callOf(block)}));
}

void OllamaFormat::onFinish(const GenerationEnd &end) {
  if (options_.isStream)
    emit(lastLine(lineOf("", "", {}), end));
}

} // namespace g4rt
