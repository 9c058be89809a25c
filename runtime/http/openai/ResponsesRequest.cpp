//===- ResponsesRequest.cpp - What a request of /v1/responses asks --------===//

#include "runtime/http/openai/ResponsesRequest.h"

#include "runtime/grammar/CommonGrammars.h"
#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/http/openai/InputReader.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/http/openai/Refusals.h"
#include "runtime/http/openai/RequestBody.h"
#include "runtime/http/openai/ThinkingFields.h"
#include "runtime/http/openai/ValueJson.h"
#include "runtime/text/conversation/ToolReader.h"

namespace g4rt {

constexpr FieldWords kWords{.maxTokens = {"max_output_tokens", ""}};

/// Fields that would change the answer, and must say "do nothing".
constexpr std::string_view kRefused[] = {"background", "conversation", "prompt",
                                         "top_logprobs"};

//===----------------------------------------------------------------------===//
// The conversation
//===----------------------------------------------------------------------===//

static Status readPrevious(const FieldReader &request, ResponseStore &store,
                           std::vector<Message> &history) {
  G4RT_ASSIGN(std::optional<std::string> id,
              request.string("previous_response_id"));
  if (!id)
    return Status();
  auto previous = store.find(*id);
  if (!previous)
    return request.path()
        .key("previous_response_id")
        .wrong(unexpected(*id, "a response that is kept: stored, and not too "
                               "old"));
  history = previous->messages;
  return Status();
}

static Result<ToolDeclaration> readTool(const FieldReader &fields) {
  G4RT_ASSIGN(std::string type, fields.neededString("type"));
  if (type != "function")
    return fields.path().key("type").unsupported("only function is supported");
  G4RT_ASSIGN(ToolDeclaration tool, readDeclaration(fields));
  if (fields.find("parameters")) {
    G4RT_ASSIGN(const Value *schema, fields.neededObject("parameters"));
    tool.parameters = *schema;
    tool.schemaPath = fields.path().key("parameters").toString();
  }
  G4RT_ASSIGN(std::optional<bool> isStrict, fields.boolean("strict"));
  tool.isStrict = isStrict.value_or(false);
  return tool;
}

//===----------------------------------------------------------------------===//
// The answer's rules
//===----------------------------------------------------------------------===//

static Result<std::optional<int64_t>> readEffort(const FieldReader &request) {
  const Value *reasoning = request.find("reasoning");
  if (!reasoning)
    return std::optional<int64_t>();
  JsonPath path = request.path().key("reasoning");
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*reasoning, path));
  G4RT_ASSIGN(std::optional<std::string> effort, fields.string("effort"));
  if (!effort)
    return std::optional<int64_t>();
  G4RT_ASSIGN(int64_t numTokens,
              thoughtTokensOfEffort(*effort, path.key("effort")));
  return std::optional(numTokens);
}

// {"format":{"type":"json_schema","name":"n","schema":{...},"strict":true}}
static Result<std::string> readFormat(const FieldReader &request) {
  const Value *text = request.find("text");
  JsonPath textPath = request.path().key("text");
  if (!text)
    return std::string();
  G4RT_ASSIGN(FieldReader textFields, FieldReader::of(*text, textPath));
  if (!textFields.find("format"))
    return std::string();
  G4RT_ASSIGN(const Value *format, textFields.neededObject("format"));
  JsonPath path = textPath.key("format");
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*format, path));
  G4RT_ASSIGN(std::string type, fields.neededString("type"));
  if (type == "text")
    return std::string();
  G4RT_TRY(checkGrammars(path));
  if (type == "json_object")
    return anyObjectGrammar();
  if (type != "json_schema")
    return path.key("type").unsupported(
        "only text, json_object and json_schema are supported");
  G4RT_ASSIGN(const Value *schema, fields.neededObject("schema"));
  G4RT_ASSIGN(std::optional<bool> isStrict, fields.boolean("strict"));
  return grammarOfSchema(*schema, path.key("schema"), isStrict.value_or(false));
}

// auto, none, required, or {"type":"function","name":"f"}.
static Result<CallWish> readToolChoice(const FieldReader &request,
                                       const Conversation &conversation) {
  CallWish wish;
  G4RT_ASSIGN(std::optional<bool> isParallel,
              request.boolean("parallel_tool_calls"));
  if (const Value *choice = request.find("tool_choice")) {
    JsonPath path = request.path().key("tool_choice");
    G4RT_ASSIGN(std::optional<CallRule> rule, readCallRule(*choice, path));
    if (rule) {
      wish.rule = *rule;
    } else {
      G4RT_ASSIGN(FieldReader fields, FieldReader::of(*choice, path));
      G4RT_ASSIGN(std::string type, fields.neededString("type"));
      if (type != "function")
        return path.key("type").unsupported("only function is supported");
      G4RT_ASSIGN(std::string name, fields.neededString("name"));
      G4RT_TRY(wishForTool(name, path.key("name"), conversation, wish));
    }
  }
  wish.isOneCall |= !isParallel.value_or(true);
  return wish;
}

static Status readRules(const FieldReader &request, const Tokenizer &tokenizer,
                        ChatRequest &out) {
  Conversation &conversation = out.conversation;
  G4RT_ASSIGN(std::optional<int64_t> effort, readEffort(request));
  if (effort)
    conversation.enableThinking = *effort != 0;
  G4RT_ASSIGN(std::string grammar, readFormat(request));
  G4RT_ASSIGN(CallWish wish, readToolChoice(request, conversation));
  G4RT_ASSIGN(out.generation.rules,
              makeAnswerRules(wish, request.path().key("tool_choice"),
                              std::move(grammar), tokenizer, conversation));
  out.generation.rules.maxThoughtTokens = effort.value_or(-1);
  return Status();
}

//===----------------------------------------------------------------------===//
// The request
//===----------------------------------------------------------------------===//

namespace {

struct EchoedField {
  std::string_view name;
  json::value (*otherwise)();
};

} // namespace

static json::value noValue() { return nullptr; }
static json::value yes() { return true; }
static json::value one() { return 1; }
static json::value emptyList() { return json::array(); }
static json::value emptyObject() { return json::object(); }
static json::value autoWord() { return "auto"; }
static json::value disabledWord() { return "disabled"; }
static json::value plainText() {
  return json::object{{"format", json::object{{"type", "text"}}}};
}

/// What a response repeats of its request, and what holds where that is silent.
constexpr EchoedField kEchoed[] = {{"instructions", noValue},
                                   {"max_output_tokens", noValue},
                                   {"metadata", emptyObject},
                                   {"parallel_tool_calls", yes},
                                   {"previous_response_id", noValue},
                                   {"reasoning", emptyObject},
                                   {"store", yes},
                                   {"temperature", one},
                                   {"text", plainText},
                                   {"tool_choice", autoWord},
                                   {"tools", emptyList},
                                   {"top_p", one},
                                   {"truncation", disabledWord},
                                   {"user", noValue}};

static json::object echoOf(const FieldReader &request,
                           const SamplingParams &sampling) {
  json::object out;
  for (const EchoedField &field : kEchoed) {
    const Value *value = request.find(field.name);
    out[field.name] = value ? jsonOf(*value) : field.otherwise();
  }
  out["temperature"] = sampling.temperature;
  out["top_p"] = sampling.topP;
  return out;
}

static Status readConversation(const FieldReader &request,
                               const ValueLimits &left,
                               const ServedModel &model, ResponseStore &store,
                               ResponsesRequest &out) {
  G4RT_TRY(readPrevious(request, store, out.history));
  G4RT_TRY(readInput(request, left, out.history));
  G4RT_ASSIGN(std::optional<std::string> instructions,
              request.string("instructions"));
  Conversation &conversation = out.chat.conversation;
  conversation = model.chatDefaults;
  if (instructions && !instructions->empty())
    conversation.messages.push_back(
        textMessage(Role::System, *std::move(instructions)));
  conversation.messages.insert(conversation.messages.end(), out.history.begin(),
                               out.history.end());
  return readToolList(request, ConversationLimits().maxTools, readTool,
                      conversation.tools);
}

Result<ResponsesRequest> parseResponsesRequest(std::string_view text,
                                               const ServedModel &model,
                                               ResponseStore &store) {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  G4RT_TRY(checkModel(request, model));
  G4RT_TRY(refuseFields(request, kRefused));
  ResponsesRequest out;
  G4RT_ASSIGN(out.chat.generation,
              readGenerationFields(request, model, PromptKind::Chat, kWords));
  out.chat.generation.includeUsage = false;
  G4RT_TRY(readConversation(request, body.left, model, store, out));
  G4RT_TRY(readRules(request, model.tokenizer, out.chat));
  G4RT_ASSIGN(std::optional<bool> isStored, request.boolean("store"));
  out.isStored = isStored.value_or(true);
  out.echo = echoOf(request, out.chat.generation.sampling);
  return out;
}

} // namespace g4rt
