//===- OllamaRequest.cpp - What Ollama's clients ask for ------------------===//

#include "runtime/http/ollama/OllamaRequest.h"

#include "runtime/grammar/CommonGrammars.h"
#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/http/openai/Refusals.h"
#include "runtime/http/openai/RequestBody.h"
#include "runtime/http/openai/ThinkingFields.h"

namespace g4rt {

constexpr FieldWords kWords{.maxTokens = {"num_predict", ""},
                            .repetitionPenalty = "repeat_penalty"};
constexpr std::string_view kTag = ":latest";

Status checkOllamaModel(const FieldReader &request, const ServedModel &model) {
  for (const char *key : {"model", "name"}) {
    G4RT_ASSIGN(std::optional<std::string> name, request.string(key));
    if (name && *name == model.name + std::string(kTag))
      return Status();
  }
  return checkModel(request, model);
}

constexpr std::string_view kPictures[] = {"images"};
constexpr std::string_view kRefusedOfGenerate[] = {"images", "suffix",
                                                   "template", "context"};

//===----------------------------------------------------------------------===//
// What both requests have
//===----------------------------------------------------------------------===//

// Sampling stands in an object of its own; what else it holds is of Ollama's
// runner and changes no answer.
static Result<GenerationFields> readOptions(const FieldReader &request,
                                            const ServedModel &model,
                                            PromptKind kind) {
  const Value *found = request.find("options");
  Value none{ValueMap()};
  JsonPath path = request.path().key("options");
  G4RT_ASSIGN(FieldReader options,
              FieldReader::of(found ? *found : none, path));
  G4RT_ASSIGN(GenerationFields fields,
              readGenerationFields(options, model, kind, kWords));
  G4RT_TRY(readChatLogprobs(request, fields.sampling));
  G4RT_ASSIGN(std::optional<bool> isStream, request.boolean("stream"));
  fields.isStream = isStream.value_or(true);
  fields.includeUsage = false;
  fields.numChoices = fields.numTried = 1;
  return fields;
}

// Nothing, "json", or a schema.
static Result<std::string> readFormat(const FieldReader &request) {
  const Value *format = request.find("format");
  JsonPath path = request.path().key("format");
  if (!format || (format->string() && format->string()->empty()))
    return std::string();
  G4RT_TRY(checkGrammars(path));
  if (format->map())
    return grammarOfSchema(*format, path, /*isStrict=*/false);
  if (!format->string())
    return wrongKind(path, *format, "\"json\" or a schema");
  if (*format->string() != "json")
    return path.wrong(unexpected(*format->string(), "json or a schema"));
  return anyObjectGrammar();
}

/// true, false, or how much: tokens of thought, -1 for any number, none if the
/// request does not say.
static Result<std::optional<int64_t>> readThink(const FieldReader &request) {
  const Value *think = request.find("think");
  if (!think)
    return std::optional<int64_t>();
  JsonPath path = request.path().key("think");
  if (const bool *isWanted = think->boolean())
    return std::optional<int64_t>(*isWanted ? -1 : 0);
  if (!think->string())
    return wrongKind(path, *think, "true, false, or a word");
  G4RT_ASSIGN(int64_t numTokens, thoughtTokensOfEffort(*think->string(), path));
  return std::optional(numTokens);
}

static Status readRules(const FieldReader &request, const Tokenizer &tokenizer,
                        ChatRequest &out) {
  Conversation &conversation = out.conversation;
  G4RT_ASSIGN(std::optional<int64_t> budget, readThink(request));
  if (budget)
    conversation.enableThinking = *budget != 0;
  G4RT_ASSIGN(std::string grammar, readFormat(request));
  G4RT_ASSIGN(out.generation.rules,
              makeAnswerRules({}, request.path().key("tools"),
                              std::move(grammar), tokenizer, conversation));
  out.generation.rules.maxThoughtTokens = budget.value_or(-1);
  return Status();
}

//===----------------------------------------------------------------------===//
// /api/chat
//===----------------------------------------------------------------------===//

// What Ollama's messages have beside OpenAI's.
static Status readOllamaMessage(const FieldReader &fields, Message &message) {
  G4RT_TRY(refuseFields(fields, kPictures));
  G4RT_ASSIGN(std::optional<std::string> tool, fields.string("tool_name"));
  if (message.role == Role::Tool && !message.name)
    message.name = std::move(tool);
  return Status();
}

static Status readOllamaMessages(const FieldReader &request,
                                 Conversation &conversation) {
  JsonPath path = request.path().key("messages");
  for (size_t i = 0; i < conversation.messages.size(); ++i) {
    JsonPath at = path.at(i);
    const Value &value = (*request.find("messages")->list())[i];
    G4RT_ASSIGN(FieldReader fields, FieldReader::of(value, at));
    G4RT_TRY(readOllamaMessage(fields, conversation.messages[i]));
  }
  return Status();
}

static bool hasNothing(const FieldReader &request, std::string_view key) {
  const Value *value = request.find(key);
  return !value || (value->list() && value->list()->empty()) ||
         (value->string() && value->string()->empty());
}

Result<OllamaRequest> parseOllamaChat(std::string_view text,
                                      const ServedModel &model) {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  G4RT_TRY(checkOllamaModel(request, model));
  OllamaRequest out;
  G4RT_ASSIGN(out.chat.generation,
              readOptions(request, model, PromptKind::Chat));
  out.isEmpty = hasNothing(request, "messages");
  if (out.isEmpty)
    return out;
  Conversation &conversation = out.chat.conversation;
  G4RT_ASSIGN(conversation, readConversation(request, {.values = body.left},
                                             model.chatDefaults));
  G4RT_TRY(readOllamaMessages(request, conversation));
  G4RT_TRY(checkMessages(conversation));
  G4RT_TRY(readRules(request, model.tokenizer, out.chat));
  return out;
}

//===----------------------------------------------------------------------===//
// /api/generate
//===----------------------------------------------------------------------===//

static Status readPromptChat(const FieldReader &request, std::string prompt,
                             const ServedModel &model, ChatRequest &out) {
  out.conversation = model.chatDefaults;
  G4RT_ASSIGN(std::optional<std::string> system, request.string("system"));
  if (system && !system->empty())
    out.conversation.messages.push_back(
        textMessage(Role::System, *std::move(system)));
  out.conversation.messages.push_back(
      textMessage(Role::User, std::move(prompt)));
  return readRules(request, model.tokenizer, out);
}

Result<OllamaRequest> parseOllamaGenerate(std::string_view text,
                                          const ServedModel &model) {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  G4RT_TRY(checkOllamaModel(request, model));
  G4RT_TRY(refuseFields(request, kRefusedOfGenerate));
  G4RT_ASSIGN(std::optional<bool> isRaw, request.boolean("raw"));
  bool isText = isRaw.value_or(false);
  OllamaRequest out;
  G4RT_ASSIGN(out.chat.generation,
              readOptions(request, model,
                          isText ? PromptKind::Text : PromptKind::Chat));
  G4RT_ASSIGN(std::optional<std::string> prompt, request.string("prompt"));
  out.isEmpty = hasNothing(request, "prompt");
  if (out.isEmpty)
    return out;
  if (!isText) {
    G4RT_TRY(readPromptChat(request, *std::move(prompt), model, out.chat));
    return out;
  }
  G4RT_ASSIGN(std::string grammar, readFormat(request));
  out.chat.generation.rules = rulesOfText(std::move(grammar));
  out.raw = *std::move(prompt);
  return out;
}

} // namespace g4rt
