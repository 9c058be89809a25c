//===- ChatFormat.cpp - An answer of /v1/chat/completions -----------------===//

#include "runtime/http/openai/ChatFormat.h"

#include <utility>

namespace g4rt {

ChatFormat::ChatFormat(AnswerHead head, const Tokenizer &tokenizer,
                       Options options)
    : head_(std::move(head)), tokenizer_(&tokenizer), options_(options) {
  if (options.numPromptLogprobs >= 0)
    prompt_.emplace(tokenizer, options.numPromptLogprobs);
}

std::vector<json::object> ChatFormat::begin() {
  json::object delta{
      {"role", "assistant"}, {"content", ""}, {"refusal", nullptr}};
  return {chunk(choice("delta", std::move(delta), nullptr))};
}

std::vector<json::object>
ChatFormat::appendPrompt(std::span<const PromptToken> tokens) {
  if (prompt_)
    for (const PromptToken &token : tokens)
      prompt_->append(token);
  return {};
}

std::vector<json::object> ChatFormat::append(const GenerationEvent &event) {
  if (event.token && options_.hasLogprobs)
    logprobs_.push_back(chatLogprob(*event.token, *tokenizer_));
  std::vector<json::object> chunks;
  for (const AnswerPiece &piece : event.pieces) {
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
  case AnswerPiece::Kind::CallBegins:
    calls_.push_back(callOf(piece.call));
    return;
  case AnswerPiece::Kind::CallGoesOn:
    calls_.back().at("function").at("arguments").as_string() += piece.text;
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

// vLLM's first name and its second one: a client reads one of them.
static void addThought(const std::string &text, json::object &out) {
  out["reasoning_content"] = text;
  out["reasoning"] = text;
}

json::object ChatFormat::chunkOf(const AnswerPiece &piece) {
  json::object delta;
  json::array lost;
  switch (piece.kind) {
  case AnswerPiece::Kind::Content:
    delta["content"] = piece.text;
    break;
  case AnswerPiece::Kind::Thought:
    addThought(piece.text, delta);
    break;
  case AnswerPiece::Kind::CallGoesOn:
    delta["tool_calls"] = json::array{
        {{"index", numCalls_ - 1}, {"function", {{"arguments", piece.text}}}}};
    break;
  case AnswerPiece::Kind::Call:
  case AnswerPiece::Kind::CallBegins: {
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
  return {{"index", options_.index},
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

std::string_view ChatFormat::finishReason(const GenerationEnd &end) const {
  switch (endingOf(end)) {
  case AnswerEnding::Stop:
    return "stop";
  case AnswerEnding::Calls:
    return "tool_calls";
  case AnswerEnding::Length:
    return "length";
  }
  return "?";
}

json::object ChatFormat::message() {
  json::object out{{"role", "assistant"}};
  if (content_.empty() && numCalls_ > 0)
    out["content"] = nullptr;
  else
    out["content"] = content_;
  out["refusal"] = nullptr;
  if (!thought_.empty())
    addThought(thought_, out);
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
  if (prompt_)
    out["prompt_logprobs"] = prompt_->take();
  out["usage"] = usageOf(end.usage);
  out["timings"] = timingsOf(end);
  return out;
}

json::object ChatFormat::usageChunk(const GenerationEnd &end) {
  json::object out = headOf(head_, "chat.completion.chunk");
  out["choices"] = json::array();
  out["usage"] = usageOf(end.usage);
  out["timings"] = timingsOf(end);
  return out;
}

} // namespace g4rt
