//===- AnswerRulesReader.cpp - What an answer must look like --------------===//

#include "runtime/http/openai/AnswerRulesReader.h"

#include "runtime/grammar/ToolGrammar.h"

#include <algorithm>

namespace g4rt {

//===----------------------------------------------------------------------===//
// tool_choice
//===----------------------------------------------------------------------===//

static Status noTools(const JsonPath &path) {
  return path.wrong("there are no tools to choose from");
}

static bool hasTool(const Conversation &conversation, const std::string &name) {
  return std::ranges::any_of(
      conversation.tools,
      [&](const ToolDeclaration &tool) { return tool.name == name; });
}

Status wishForTool(const std::string &name, const JsonPath &path,
                   const Conversation &conversation, CallWish &wish) {
  if (!hasTool(conversation, name))
    return path.wrong(unexpected(name, "the name of one of the tools"));
  wish = {.rule = CallRule::Required, .tool = name, .isOneCall = true};
  return Status();
}

// {"type":"function","function":{"name":"f"}}
static Status readNamedTool(const Value &choice, const JsonPath &path,
                            const Conversation &conversation, CallWish &wish) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(choice, path));
  G4RT_ASSIGN(std::string type, fields.neededString("type"));
  if (type != "function")
    return path.key("type").unsupported("only function is supported");
  G4RT_ASSIGN(const Value *function, fields.neededObject("function"));
  JsonPath functionPath = path.key("function");
  G4RT_ASSIGN(FieldReader inner, FieldReader::of(*function, functionPath));
  G4RT_ASSIGN(std::string name, inner.neededString("name"));
  return wishForTool(name, functionPath.key("name"), conversation, wish);
}

Result<std::optional<CallRule>> readCallRule(const Value &choice,
                                             const JsonPath &path) {
  const std::string *name = choice.string();
  if (!name && !choice.map())
    return wrongKind(path, choice, "a string or an object");
  if (!name)
    return std::optional<CallRule>();
  if (*name == "auto")
    return std::optional(CallRule::Free);
  if (*name == "none")
    return std::optional(CallRule::None);
  if (*name == "required")
    return std::optional(CallRule::Required);
  return path.wrong(unexpected(*name, "auto, none, required or a function"));
}

static Result<CallWish> readToolChoice(const FieldReader &request,
                                       const Conversation &conversation) {
  CallWish wish;
  const Value *choice = request.find("tool_choice");
  if (!choice)
    return wish;
  JsonPath path = request.path().key("tool_choice");
  G4RT_ASSIGN(std::optional<CallRule> rule, readCallRule(*choice, path));
  if (rule)
    wish.rule = *rule;
  else if (conversation.tools.empty())
    return noTools(path);
  else
    G4RT_TRY(readNamedTool(*choice, path, conversation, wish));
  return wish;
}

//===----------------------------------------------------------------------===//
// Calls of declared tools
//===----------------------------------------------------------------------===//

// Tools that cannot be called are not shown to the model.
static void keepTools(const CallWish &wish, Conversation &conversation) {
  if (wish.rule == CallRule::None)
    conversation.tools.clear();
  if (!wish.tool.empty())
    std::erase_if(conversation.tools, [&](const ToolDeclaration &tool) {
      return tool.name != wish.tool;
    });
}

Result<AnswerRules> makeAnswerRules(const CallWish &wish, const JsonPath &path,
                                    std::string content,
                                    const Tokenizer &tokenizer,
                                    Conversation &conversation) {
  AnswerRules rules{.content = std::move(content),
                    .calls = wish.rule,
                    .mayThink = conversation.enableThinking};
  keepTools(wish, conversation);
  const auto &tools = conversation.tools;
  if (tools.empty()) {
    if (wish.rule == CallRule::Required)
      return noTools(path);
    if (!rules.content.empty())
      rules.calls = CallRule::None;
    return rules;
  }
  bool canGuide = canGuideCalls(tokenizer);
  if (!canGuide && rules.calls == CallRule::Required)
    return path.unsupported("the model has no marks of calls, or the server no "
                            "grammars");
  if (!canGuide)
    return rules;
  rules.isOneCall = wish.isOneCall;
  for (const ToolDeclaration &tool : tools) {
    G4RT_ASSIGN(ToolRule rule, ruleOfTool(tool, tokenizer));
    rules.tools.push_back(std::move(rule));
  }
  return rules;
}

AnswerRules rulesOfText(std::string grammar) {
  if (grammar.empty())
    return {};
  return {.content = std::move(grammar),
          .calls = CallRule::None,
          .mayThink = false};
}

Result<AnswerRules> readAnswerRules(const FieldReader &request,
                                    const Tokenizer &tokenizer,
                                    Conversation &conversation) {
  G4RT_ASSIGN(CallWish wish, readToolChoice(request, conversation));
  G4RT_ASSIGN(std::string content, readContentGrammar(request));
  G4RT_ASSIGN(std::optional<bool> isParallel,
              request.boolean("parallel_tool_calls"));
  wish.isOneCall |= !isParallel.value_or(true);
  return makeAnswerRules(wish, request.path().key("tool_choice"),
                         std::move(content), tokenizer, conversation);
}

} // namespace g4rt
