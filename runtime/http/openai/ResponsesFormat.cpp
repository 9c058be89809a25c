//===- ResponsesFormat.cpp - An answer of /v1/responses -------------------===//

#include "runtime/http/openai/ResponsesFormat.h"

#include "runtime/text/conversation/ValueParser.h"

#include <utility>

namespace g4rt {

using Kind = AnswerBlock::Kind;

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

static std::string_view prefixOf(Kind kind) {
  switch (kind) {
  case Kind::Thought:
    return "rs_";
  case Kind::Content:
    return "msg_";
  case Kind::Call:
    return "fc_";
  }
  return "";
}

// The response's id is random, so those of its items are as unique.
static std::string idOf(std::string_view prefix, const std::string &responseId,
                        size_t index) {
  return std::string(prefix) + responseId.substr(responseId.find('_') + 1) +
         "_" + std::to_string(index);
}

std::string ResponsesFormat::itemId(size_t index) const {
  return idOf(prefixOf(blocks()[index].kind), head_.id, index);
}

/// What stands in the content of an item.
static json::object partOf(Kind kind, std::string_view text) {
  if (kind == Kind::Thought)
    return {{"type", "reasoning_text"}, {"text", text}};
  return {{"type", "output_text"},
          {"text", text},
          {"annotations", json::array()},
          {"logprobs", json::array()}};
}

json::object ResponsesFormat::item(size_t index, ItemState state) const {
  const AnswerBlock &block = blocks()[index];
  bool isDone = state == ItemState::Done;
  json::object out{{"id", itemId(index)},
                   {"status", !isDone       ? "in_progress"
                              : block.isCut ? "incomplete"
                                            : "completed"}};
  if (block.kind == Kind::Call) {
    out["type"] = "function_call";
    out["call_id"] = idOf("call_", head_.id, index);
    out["name"] = block.name;
    out["arguments"] = isDone ? block.text : std::string();
    return out;
  }
  json::array content;
  if (isDone)
    content.push_back(partOf(block.kind, block.text));
  out["content"] = std::move(content);
  bool isThought = block.kind == Kind::Thought;
  out["type"] = isThought ? "reasoning" : "message";
  if (isThought)
    out["summary"] = json::array();
  else
    out["role"] = "assistant";
  return out;
}

//===----------------------------------------------------------------------===//
// The response
//===----------------------------------------------------------------------===//

json::object ResponsesFormat::response(std::string_view status) const {
  json::object out = options_.echo;
  out["id"] = head_.id;
  out["object"] = "response";
  out["created_at"] = head_.created;
  out["model"] = head_.model;
  out["status"] = status;
  out["error"] = nullptr;
  out["incomplete_details"] = nullptr;
  out["output"] = json::array();
  out["usage"] = nullptr;
  return out;
}

static json::object responsesUsage(const GenerationUsage &usage) {
  return {{"input_tokens", usage.numPromptTokens},
          {"input_tokens_details",
           json::object{{"cached_tokens", usage.numCachedTokens}}},
          {"output_tokens", usage.numAnswerTokens},
          {"output_tokens_details",
           json::object{{"reasoning_tokens", usage.numThoughtTokens}}},
          {"total_tokens", usage.numPromptTokens + usage.numAnswerTokens}};
}

json::object ResponsesFormat::ended(const GenerationEnd &end) const {
  bool isCut = endingOf(end) == AnswerEnding::Length;
  json::object out = response(isCut ? "incomplete" : "completed");
  if (isCut)
    out["incomplete_details"] = json::object{{"reason", "max_output_tokens"}};
  json::array output;
  for (size_t i = 0; i < blocks().size(); ++i)
    output.push_back(item(i, ItemState::Done));
  out["output"] = std::move(output);
  out["usage"] = responsesUsage(end.usage);
  if (!lostCalls().empty())
    out["invalid_tool_calls"] = lostCalls();
  return out;
}

// A call that was cut was never made.
Message ResponsesFormat::said() const {
  Message message = textMessage(Role::Assistant, "");
  for (size_t i = 0; i < blocks().size(); ++i) {
    const AnswerBlock &block = blocks()[i];
    if (block.kind == Kind::Thought)
      message.thought += block.text;
    if (block.kind == Kind::Content)
      message.content.parts[0].text += block.text;
    if (block.kind != Kind::Call || block.isCut)
      continue;
    ValueLimits limits;
    Result<Value> arguments = parseValue(block.text, limits);
    message.toolCalls.push_back(
        {.id = idOf("call_", head_.id, i),
         .name = block.name,
         .arguments = arguments ? *std::move(arguments) : Value()});
  }
  if (message.content.parts[0].text.empty() && !message.toolCalls.empty())
    message.content = {};
  return message;
}

json::object ResponsesFormat::whole(const GenerationEnd &end) {
  return ended(end);
}

//===----------------------------------------------------------------------===//
// As events
//===----------------------------------------------------------------------===//

json::object ResponsesFormat::event(std::string_view type,
                                    json::object fields) {
  fields["type"] = type;
  fields["sequence_number"] = numEvents_++;
  return fields;
}

void ResponsesFormat::emitOfBlock(std::string_view type, json::object fields) {
  fields["output_index"] = lastIndex();
  fields["item_id"] = itemId(lastIndex());
  emit(event(type, std::move(fields)));
}

std::vector<json::object> ResponsesFormat::begin() {
  json::object fields{{"response", response("in_progress")}};
  return {event("response.created", fields),
          event("response.in_progress", fields)};
}

void ResponsesFormat::onBegin(const AnswerBlock &block) {
  emit(event("response.output_item.added",
             {{"output_index", lastIndex()},
              {"item", item(lastIndex(), ItemState::Begun)}}));
  if (block.kind != Kind::Call)
    emitOfBlock("response.content_part.added",
                {{"content_index", 0}, {"part", partOf(block.kind, "")}});
}

void ResponsesFormat::onDelta(const AnswerBlock &block, std::string_view text) {
  json::object fields{{"delta", text}};
  if (block.kind == Kind::Call)
    return emitOfBlock("response.function_call_arguments.delta",
                       std::move(fields));
  fields["content_index"] = 0;
  if (block.kind == Kind::Thought)
    return emitOfBlock("response.reasoning_text.delta", std::move(fields));
  fields["logprobs"] = json::array();
  emitOfBlock("response.output_text.delta", std::move(fields));
}

void ResponsesFormat::onEnd(const AnswerBlock &block) {
  json::object item = this->item(lastIndex(), ItemState::Done);
  if (block.kind == Kind::Call) {
    emitOfBlock("response.function_call_arguments.done",
                {{"arguments", block.text}, {"name", block.name}});
  } else {
    json::object part = partOf(block.kind, block.text);
    json::object fields{{"content_index", 0}, {"text", block.text}};
    bool isThought = block.kind == Kind::Thought;
    if (!isThought)
      fields["logprobs"] = json::array();
    emitOfBlock(isThought ? "response.reasoning_text.done"
                          : "response.output_text.done",
                std::move(fields));
    emitOfBlock("response.content_part.done",
                {{"content_index", 0}, {"part", std::move(part)}});
  }
  emit(event("response.output_item.done",
             {{"output_index", lastIndex()}, {"item", std::move(item)}}));
}

void ResponsesFormat::onFinish(const GenerationEnd &end) {
  json::object response = ended(end);
  if (options_.keep)
    options_.keep(json::serialize(response), said());
  bool isCut = response.at("status") == "incomplete";
  emit(event(isCut ? "response.incomplete" : "response.completed",
             {{"response", std::move(response)}}));
}

} // namespace g4rt
