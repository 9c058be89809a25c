//===- MessagesRequest.cpp - What a request of /v1/messages asks ----------===//

#include "runtime/http/anthropic/MessagesRequest.h"

#include "runtime/http/anthropic/BlockReader.h"
#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/http/openai/NumberFields.h"
#include "runtime/http/openai/Refusals.h"
#include "runtime/http/openai/RequestBody.h"
#include "runtime/http/openai/ThinkingFields.h"
#include "runtime/text/conversation/ToolReader.h"

#include <limits>

namespace g4rt {

constexpr FieldWords kWords{.maxTokens = {"max_tokens", ""},
                            .stop = "stop_sequences"};

//===----------------------------------------------------------------------===//
// The conversation
//===----------------------------------------------------------------------===//

static Status readMessages(const FieldReader &request, Conversation &out) {
  G4RT_ASSIGN(std::string system, readBlockText(request, "system"));
  if (!system.empty())
    out.messages.push_back(textMessage(Role::System, std::move(system)));
  JsonPath path = request.path().key("messages");
  G4RT_ASSIGN(std::span<const Value> messages,
              request.list("messages", ConversationLimits().maxMessages));
  if (messages.empty())
    return path.wrong("missing, needs a list with at least one message");
  for (size_t i = 0; i < messages.size(); ++i)
    G4RT_TRY(readBlockMessage(messages[i], path.at(i), out.messages));
  // What Anthropic calls a prefill.
  const Message &last = out.messages.back();
  out.continuesLast = last.role == Role::Assistant && last.toolCalls.empty() &&
                      !last.content.parts.empty();
  return Status();
}

// Tools that run at Anthropic have a type of their own.
static Result<ToolDeclaration> readTool(const FieldReader &fields) {
  G4RT_ASSIGN(std::optional<std::string> type, fields.string("type"));
  if (type && *type != "custom")
    return fields.path().key("type").unsupported(
        "only tools of the client are supported");
  G4RT_ASSIGN(ToolDeclaration tool, readDeclaration(fields));
  G4RT_ASSIGN(const Value *schema, fields.neededObject("input_schema"));
  tool.parameters = *schema;
  tool.schemaPath = fields.path().key("input_schema").toString();
  G4RT_ASSIGN(std::optional<bool> isStrict, fields.boolean("strict"));
  tool.isStrict = isStrict.value_or(false);
  return tool;
}

//===----------------------------------------------------------------------===//
// The answer's rules
//===----------------------------------------------------------------------===//

/// How long the model may think: no field, or a number of tokens, -1 for any.
static Result<std::optional<int64_t>> readThinking(const FieldReader &request) {
  const Value *value = request.find("thinking");
  if (!value)
    return std::optional<int64_t>();
  JsonPath path = request.path().key("thinking");
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*value, path));
  G4RT_ASSIGN(std::string type, fields.neededString("type"));
  if (type == "disabled")
    return std::optional<int64_t>(0);
  if (type == "adaptive")
    return std::optional<int64_t>(-1);
  if (type != "enabled")
    return path.key("type").wrong(
        unexpected(type, "enabled, disabled or adaptive"));
  G4RT_ASSIGN(std::optional<int64_t> budget,
              readInteger(fields, "budget_tokens",
                          {1, std::numeric_limits<int64_t>::max()}));
  return std::optional<int64_t>(budget.value_or(-1));
}

/// {"format":{"type":"json_schema","schema":{...}},"effort":"low"}
static Status readOutputConfig(const FieldReader &request, std::string &grammar,
                               std::optional<int64_t> &effort) {
  const Value *config = request.find("output_config");
  JsonPath path = request.path().key("output_config");
  const Value *format = request.find("output_format"); // the older place
  JsonPath formatPath = request.path().key("output_format");
  if (config) {
    G4RT_ASSIGN(FieldReader fields, FieldReader::of(*config, path));
    G4RT_ASSIGN(std::optional<std::string> word, fields.string("effort"));
    if (word) {
      G4RT_ASSIGN(effort, thoughtTokensOfEffort(*word, path.key("effort")));
    }
    if (fields.find("format")) {
      format = fields.find("format");
      formatPath = path.key("format");
    }
  }
  if (!format)
    return Status();
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*format, formatPath));
  G4RT_ASSIGN(std::string type, fields.neededString("type"));
  if (type != "json_schema")
    return formatPath.key("type").unsupported("only json_schema is supported");
  G4RT_ASSIGN(const Value *schema, fields.neededObject("schema"));
  G4RT_TRY(checkGrammars(formatPath));
  G4RT_ASSIGN(grammar, grammarOfSchema(*schema, formatPath.key("schema"),
                                       /*isStrict=*/true));
  return Status();
}

// {"type":"auto"}, "any", "none", or "tool" with a name.
static Result<CallWish> readToolChoice(const FieldReader &request,
                                       const Conversation &conversation) {
  CallWish wish;
  const Value *value = request.find("tool_choice");
  if (!value)
    return wish;
  JsonPath path = request.path().key("tool_choice");
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*value, path));
  G4RT_ASSIGN(std::string type, fields.neededString("type"));
  if (type == "any") {
    wish.rule = CallRule::Required;
  } else if (type == "none") {
    wish.rule = CallRule::None;
  } else if (type == "tool") {
    G4RT_ASSIGN(std::string name, fields.neededString("name"));
    G4RT_TRY(wishForTool(name, path.key("name"), conversation, wish));
  } else if (type != "auto") {
    return path.key("type").wrong(unexpected(type, "auto, any, none or tool"));
  }
  G4RT_ASSIGN(std::optional<bool> isOne,
              fields.boolean("disable_parallel_tool_use"));
  wish.isOneCall |= isOne.value_or(false);
  return wish;
}

static Status readRules(const FieldReader &request, const Tokenizer &tokenizer,
                        ChatRequest &out) {
  Conversation &conversation = out.conversation;
  G4RT_ASSIGN(std::optional<int64_t> budget, readThinking(request));
  std::string grammar;
  std::optional<int64_t> effort;
  G4RT_TRY(readOutputConfig(request, grammar, effort));
  if (budget)
    conversation.enableThinking = *budget != 0;
  G4RT_ASSIGN(CallWish wish, readToolChoice(request, conversation));
  G4RT_ASSIGN(out.generation.rules,
              makeAnswerRules(wish, request.path().key("tool_choice"),
                              std::move(grammar), tokenizer, conversation));
  // An effort limits thoughts that `thinking` has not limited.
  bool isLimited = budget.value_or(-1) >= 0;
  out.generation.rules.maxThoughtTokens =
      isLimited ? *budget : effort.value_or(-1);
  return Status();
}

//===----------------------------------------------------------------------===//
// The request
//===----------------------------------------------------------------------===//

constexpr std::string_view kRefused[] = {"mcp_servers", "container"};

static Result<ChatRequest> readMessagesRequest(const FieldReader &request,
                                               const ServedModel &model,
                                               MessagesUse use) {
  G4RT_TRY(checkModel(request, model));
  G4RT_TRY(refuseFields(request, kRefused));
  ChatRequest out;
  G4RT_ASSIGN(out.generation,
              readGenerationFields(request, model, PromptKind::Chat, kWords));
  if (use == MessagesUse::Answer && !out.generation.maxTokens)
    return request.path().key("max_tokens").wrong("missing, needs a number");
  out.conversation = model.chatDefaults;
  G4RT_TRY(readMessages(request, out.conversation));
  G4RT_TRY(readToolList(request, ConversationLimits().maxTools, readTool,
                        out.conversation.tools));
  G4RT_TRY(readRules(request, model.tokenizer, out));
  return out;
}

Result<ChatRequest> parseMessagesRequest(std::string_view text,
                                         const ServedModel &model,
                                         MessagesUse use) {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  return readMessagesRequest(request, model, use);
}

} // namespace g4rt
