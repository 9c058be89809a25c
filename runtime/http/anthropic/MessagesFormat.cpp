//===- MessagesFormat.cpp - An answer of /v1/messages ---------------------===//

#include "runtime/http/anthropic/MessagesFormat.h"

#include <utility>

namespace g4rt {

using Kind = AnswerBlock::Kind;

/// Anthropic counts what its cache had beside the other tokens of the prompt.
static json::object anthropicUsage(const GenerationUsage &usage) {
  return {{"input_tokens", usage.numPromptTokens - usage.numCachedTokens},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", usage.numCachedTokens},
          {"output_tokens", usage.numAnswerTokens}};
}

json::object MessagesFormat::message(json::array content) const {
  return {{"id", head_.id},
          {"type", "message"},
          {"role", "assistant"},
          {"model", head_.model},
          {"content", std::move(content)},
          {"stop_reason", nullptr},
          {"stop_sequence", nullptr},
          {"usage", anthropicUsage({.numPromptTokens = numPromptTokens_})}};
}

json::value MessagesFormat::stopReason(const GenerationEnd &end) const {
  switch (endingOf(end)) {
  case AnswerEnding::Stop:
    return json::string(end.stop.empty() ? "end_turn" : "stop_sequence");
  case AnswerEnding::Calls:
    return "tool_use";
  case AnswerEnding::Length:
    return "max_tokens";
  }
  return nullptr;
}

static json::value stopSequence(const GenerationEnd &end) {
  if (end.stop.empty())
    return nullptr;
  return json::string(end.stop);
}

// The message's id is random, so the call's is as unique.
std::string MessagesFormat::callId(size_t index) const {
  return "toolu_" + head_.id.substr(head_.id.find('_') + 1) + "_" +
         std::to_string(index);
}

json::object MessagesFormat::callBlock(size_t index, json::object input) const {
  return {{"type", "tool_use"},
          {"id", callId(index)},
          {"name", blocks()[index].name},
          {"input", std::move(input)}};
}

// Clients drop thoughts without a signature from what they send back; nothing
// here reads it.
static json::object thoughtBlock(const std::string &text,
                                 const std::string &signature) {
  return {{"type", "thinking"}, {"thinking", text}, {"signature", signature}};
}

json::object MessagesFormat::wholeBlock(size_t index) const {
  const AnswerBlock &block = blocks()[index];
  switch (block.kind) {
  case Kind::Thought:
    return thoughtBlock(block.text, head_.id);
  case Kind::Content:
    return {{"type", "text"}, {"text", block.text}};
  case Kind::Call:
    return callBlock(index, argumentsOf(block));
  }
  return {};
}

json::object MessagesFormat::whole(const GenerationEnd &end) {
  json::array content;
  for (size_t i = 0; i < blocks().size(); ++i)
    if (!blocks()[i].isCut)
      content.push_back(wholeBlock(i));
  json::object out = message(std::move(content));
  out["stop_reason"] = stopReason(end);
  out["stop_sequence"] = stopSequence(end);
  out["usage"] = anthropicUsage(end.usage);
  if (!lostCalls().empty())
    out["invalid_tool_calls"] = lostCalls();
  return out;
}

//===----------------------------------------------------------------------===//
// As events
//===----------------------------------------------------------------------===//

std::vector<json::object> MessagesFormat::begin() {
  return {json::object{{"type", "message_start"}, {"message", message({})}}};
}

void MessagesFormat::onBegin(const AnswerBlock &block) {
  json::object start;
  switch (block.kind) {
  case Kind::Thought:
    start = thoughtBlock("", "");
    break;
  case Kind::Content:
    start = {{"type", "text"}, {"text", ""}};
    break;
  case Kind::Call:
    start = callBlock(lastIndex(), {});
    break;
  }
  emit({{"type", "content_block_start"},
        {"index", lastIndex()},
        {"content_block", std::move(start)}});
}

void MessagesFormat::emitDelta(json::object delta) {
  emit({{"type", "content_block_delta"},
        {"index", lastIndex()},
        {"delta", std::move(delta)}});
}

void MessagesFormat::onDelta(const AnswerBlock &block, std::string_view text) {
  switch (block.kind) {
  case Kind::Thought:
    return emitDelta({{"type", "thinking_delta"}, {"thinking", text}});
  case Kind::Content:
    return emitDelta({{"type", "text_delta"}, {"text", text}});
  case Kind::Call:
    return emitDelta({{"type", "input_json_delta"}, {"partial_json", text}});
  }
}

void MessagesFormat::onEnd(const AnswerBlock &block) {
  if (block.kind == Kind::Thought)
    emitDelta({{"type", "signature_delta"}, {"signature", head_.id}});
  emit({{"type", "content_block_stop"}, {"index", lastIndex()}});
}

void MessagesFormat::onFinish(const GenerationEnd &end) {
  json::object last{{"type", "message_delta"},
                    {"delta",
                     {{"stop_reason", stopReason(end)},
                      {"stop_sequence", stopSequence(end)}}},
                    {"usage", anthropicUsage(end.usage)}};
  if (!lostCalls().empty())
    last["invalid_tool_calls"] = lostCalls();
  emit(std::move(last));
  emit(json::object{{"type", "message_stop"}});
}

} // namespace g4rt
