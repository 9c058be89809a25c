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
  json::object delta{
      {"role", "assistant"}, {"content", ""}, {"refusal", nullptr}};
  return {chunk(choice("delta", std::move(delta), nullptr))};
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
  for (AnswerPiece &piece : splitter_.finish(event.end->reason))
    pieces.push_back(std::move(piece));
  return pieces;
}

std::vector<json::object> ChatFormat::append(const GenerationEvent &event) {
  if (event.token && options_.hasLogprobs)
    logprobs_.push_back(chatLogprob(*event.token, *tokenizer_));
  std::vector<json::object> chunks;
  for (const AnswerPiece &piece : split(event)) {
    if (options_.isStream)
      chunks.push_back(chunkOf(piece));
    else
      gather(piece);
  }
  if (event.end && options_.isStream)
    chunks.push_back(
        chunk(choice("delta", {}, json::string(finishReason(*event.end)))));
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
  case AnswerPiece::Kind::CutCall:
  case AnswerPiece::Kind::UnreadableCall:
    lostCalls_.push_back(lostCallOf(piece));
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

json::object ChatFormat::lostCallOf(const AnswerPiece &piece) {
  bool isCut = piece.kind == AnswerPiece::Kind::CutCall;
  hasCutCall_ |= isCut;
  if (LostCalls *counts = options_.lostCalls)
    ++(isCut ? counts->numCut : counts->numUnreadable);
  return {{"reason", isCut ? "cut" : "unreadable"}, {"text", piece.text}};
}

json::object ChatFormat::chunkOf(const AnswerPiece &piece) {
  json::object delta;
  json::array lost;
  switch (piece.kind) {
  case AnswerPiece::Kind::Content:
    delta["content"] = piece.text;
    break;
  case AnswerPiece::Kind::Thought:
    delta["reasoning_content"] = piece.text;
    break;
  case AnswerPiece::Kind::Call: {
    int64_t index = numCalls_;
    json::object call = callOf(piece.call);
    call["index"] = index;
    delta["tool_calls"] = json::array{std::move(call)};
    break;
  }
  case AnswerPiece::Kind::CutCall:
  case AnswerPiece::Kind::UnreadableCall:
    lost.push_back(lostCallOf(piece));
    break;
  }
  json::object out = choice("delta", std::move(delta), nullptr);
  if (!lost.empty())
    out["invalid_tool_calls"] = std::move(lost);
  return chunk(std::move(out));
}

json::value ChatFormat::takeLogprobs() {
  if (logprobs_.empty())
    return nullptr;
  return json::object{{"content", std::exchange(logprobs_, {})},
                      {"refusal", nullptr}};
}

// What is said stands under "delta" in a stream, else under "message".
json::object ChatFormat::choice(std::string_view key, json::object said,
                                json::value finishReason) {
  return {{"index", 0},
          {key, std::move(said)},
          {"logprobs", takeLogprobs()},
          {"finish_reason", std::move(finishReason)}};
}

json::object ChatFormat::chunk(json::object choice) {
  json::object out = headOf(head_, "chat.completion.chunk");
  out["choices"] = json::array{std::move(choice)};
  if (options_.includeUsage)
    out["usage"] = nullptr;
  return out;
}

// A stop string that cut a call left the answer as unfinished as max_tokens.
std::string_view ChatFormat::finishReason(const GenerationEnd &end) const {
  if (hasCutCall_)
    return toString(FinishReason::Length);
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
  out["refusal"] = nullptr;
  if (!thought_.empty())
    out["reasoning_content"] = thought_;
  if (numCalls_ > 0)
    out["tool_calls"] = std::exchange(calls_, {});
  return out;
}

json::object ChatFormat::whole(const GenerationEnd &end) {
  json::object out = headOf(head_, "chat.completion");
  json::object said =
      choice("message", message(), json::string(finishReason(end)));
  if (!lostCalls_.empty())
    said["invalid_tool_calls"] = std::exchange(lostCalls_, {});
  out["choices"] = json::array{std::move(said)};
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
