//===- ChatFormat.cpp - An answer of /v1/chat/completions -----------------===//

#include "runtime/http/openai/ChatFormat.h"

#include "runtime/http/openai/Logprobs.h"

#include <algorithm>
#include <utility>

namespace g4rt {

ChatFormat::ChatFormat(AnswerHead head, const Tokenizer &tokenizer,
                       AnswerSplitter splitter, Options options)
    : head_(std::move(head)), tokenizer_(&tokenizer),
      splitter_(std::move(splitter)), options_(std::move(options)) {}

std::vector<json::object> ChatFormat::begin() {
  return {chunk({{"role", "assistant"}, {"content", ""}}, nullptr)};
}

// A stop id is no part of the answer.
std::vector<AnswerPiece> ChatFormat::split(const GenerationEvent &event) {
  std::optional<int32_t> id;
  if (event.token)
    id = event.token->token.id;
  const std::vector<int32_t> &stops = options_.stopIds;
  if (id && std::find(stops.begin(), stops.end(), *id) != stops.end())
    id.reset();
  std::vector<AnswerPiece> pieces = splitter_.append(id, event.text);
  if (!event.end)
    return pieces;
  for (AnswerPiece &piece : splitter_.finish())
    pieces.push_back(std::move(piece));
  return pieces;
}

std::vector<json::object> ChatFormat::append(const GenerationEvent &event) {
  if (event.token && options_.hasLogprobs)
    logprobs_.push_back(chatLogprob(*event.token, *tokenizer_));
  std::vector<json::object> chunks;
  for (const AnswerPiece &piece : split(event)) {
    if (options_.isStream)
      chunks.push_back(chunk(deltaOf(piece), nullptr));
    else
      gather(piece);
  }
  if (event.end && options_.isStream)
    chunks.push_back(chunk({}, json::string(finishReason(*event.end))));
  return chunks;
}

void ChatFormat::gather(const AnswerPiece &piece) {
  switch (piece.kind) {
  case AnswerPiece::Kind::Content:
    content_ += piece.text;
    return;
  case AnswerPiece::Kind::Thought:
    thought_ += piece.text;
    return;
  case AnswerPiece::Kind::Call:
    calls_.push_back(callOf(piece.call));
    return;
  }
}

// The answer's id is random, so the call's is as unique.
json::object ChatFormat::callOf(const GemmaCall &call) {
  std::string unique = head_.id.substr(head_.id.find('-') + 1);
  return {{"id", "call_" + unique + "_" + std::to_string(numCalls_++)},
          {"type", "function"},
          {"function",
           json::object{{"name", call.name}, {"arguments", call.arguments}}}};
}

json::object ChatFormat::deltaOf(const AnswerPiece &piece) {
  switch (piece.kind) {
  case AnswerPiece::Kind::Content:
    return {{"content", piece.text}};
  case AnswerPiece::Kind::Thought:
    return {{"reasoning_content", piece.text}};
  case AnswerPiece::Kind::Call:
    break;
  }
  int64_t index = numCalls_;
  json::object call = callOf(piece.call);
  call["index"] = index;
  return {{"tool_calls", json::array{std::move(call)}}};
}

json::value ChatFormat::takeLogprobs() {
  if (logprobs_.empty())
    return nullptr;
  return json::object{{"content", std::exchange(logprobs_, {})}};
}

json::object ChatFormat::chunk(json::object delta, json::value finishReason) {
  json::object out = headOf(head_, "chat.completion.chunk");
  out["choices"] =
      json::array{json::object{{"index", 0},
                               {"delta", std::move(delta)},
                               {"logprobs", takeLogprobs()},
                               {"finish_reason", std::move(finishReason)}}};
  if (options_.includeUsage)
    out["usage"] = nullptr;
  return out;
}

std::string_view ChatFormat::finishReason(const GenerationEnd &end) const {
  if (end.reason == FinishReason::Stop && numCalls_ > 0)
    return "tool_calls";
  return toString(end.reason);
}

json::object ChatFormat::message() {
  json::object out{{"role", "assistant"}};
  if (content_.empty() && numCalls_ > 0)
    out["content"] = nullptr;
  else
    out["content"] = content_;
  if (!thought_.empty())
    out["reasoning_content"] = thought_;
  if (numCalls_ > 0)
    out["tool_calls"] = std::exchange(calls_, {});
  return out;
}

json::object ChatFormat::whole(const GenerationEnd &end) {
  json::object out = headOf(head_, "chat.completion");
  out["choices"] =
      json::array{json::object{{"index", 0},
                               {"message", message()},
                               {"logprobs", takeLogprobs()},
                               {"finish_reason", finishReason(end)}}};
  out["usage"] = usageOf(end.usage);
  return out;
}

json::object ChatFormat::usageChunk(const GenerationEnd &end) {
  json::object out = headOf(head_, "chat.completion.chunk");
  out["choices"] = json::array();
  out["usage"] = usageOf(end.usage);
  return out;
}

} // namespace g4rt
