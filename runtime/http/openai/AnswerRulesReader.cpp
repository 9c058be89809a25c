//===- AnswerRulesReader.cpp - What an answer must look like --------------===//

#include "runtime/http/openai/AnswerRulesReader.h"

#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/grammar/SchemaGrammar.h"
#include "runtime/text/AnswerMarks.h"

#include <algorithm>

namespace g4rt {

static Status unsupported(const JsonPath &path, std::string_view what) {
  return Status(StatusCode::Unimplemented,
                path.toString() + ": " + std::string(what));
}

//===----------------------------------------------------------------------===//
// tool_choice
//===----------------------------------------------------------------------===//

static Status keepTool(const std::string &name, const JsonPath &path,
                       std::vector<ToolDeclaration> &tools) {
  std::erase_if(tools,
                [&](const ToolDeclaration &tool) { return tool.name != name; });
  if (!tools.empty())
    return Status();
  return path.wrong(unexpected(name, "the name of one of the tools"));
}

// {"type":"function","function":{"name":"f"}}
static Status readNamedTool(const Value &choice, const JsonPath &path,
                            Conversation &conversation) {
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(choice, path));
  G4RT_ASSIGN(std::string type, fields.neededString("type"));
  if (type != "function")
    return unsupported(path.key("type"), "only function is supported");
  G4RT_ASSIGN(const Value *function, fields.neededObject("function"));
  JsonPath functionPath = path.key("function");
  G4RT_ASSIGN(FieldReader inner, FieldReader::of(*function, functionPath));
  G4RT_ASSIGN(std::string name, inner.neededString("name"));
  return keepTool(name, functionPath.key("name"), conversation.tools);
}

static Status readToolChoice(const FieldReader &request,
                             Conversation &conversation, AnswerRules &rules) {
  const Value *choice = request.find("tool_choice");
  if (!choice)
    return Status();
  JsonPath path = request.path().key("tool_choice");
  const std::string *name = choice->string();
  if (name && *name == "auto")
    return Status();
  if (name && *name == "none") {
    conversation.tools.clear();
    rules.calls = CallRule::None;
    return Status();
  }
  if (name && *name != "required")
    return path.wrong(unexpected(*name, "auto, none, required or a function"));
  if (!name && !choice->map())
    return wrongKind(path, *choice, "a string or an object");
  if (conversation.tools.empty())
    return path.wrong("there are no tools to choose from");
  rules.calls = CallRule::Required;
  if (name)
    return Status();
  rules.isOneCall = true;
  return readNamedTool(*choice, path, conversation);
}

//===----------------------------------------------------------------------===//
// Calls of declared tools
//===----------------------------------------------------------------------===//

// Any members: a schema that cannot be expressed, or is none, was never looked
// at by other servers, and does not stop a chat.
static const Value &anyObject() {
  static const Value schema = [] {
    ValueMap map;
    map.push_back({"type", Value(std::string("object"))});
    return Value(std::move(map));
  }();
  return schema;
}

/// Success if the schema can be obeyed. Tried on rules of its own, since those
/// of a schema that cannot are not whole.
static Status checkSchema(const Value &schema, const std::string &path,
                          int32_t quote) {
  EbnfRules rules;
  GemmaSpelling spelling(rules, quote);
  auto rule =
      SchemaGrammar(schema, spelling, {.isClosed = true}).rule(path, kObject);
  return rule ? Status() : std::move(rule).error();
}

static Result<std::string> argumentsOf(const ToolDeclaration &tool,
                                       const std::string &path, int32_t quote,
                                       ValueSpelling &spelling) {
  if (tool.parameters.isNull())
    return std::string("\"{}\"");
  Status status = checkSchema(tool.parameters, path, quote);
  if (!status.ok() && tool.isStrict)
    return status;
  const Value &schema = status.ok() ? tool.parameters : anyObject();
  return SchemaGrammar(schema, spelling, {.isClosed = true})
      .rule(path, kObject);
}

/// What may stand between the marks of a call.
static Result<std::string>
callGrammar(const std::vector<ToolDeclaration> &tools, int32_t quote) {
  EbnfRules rules;
  GemmaSpelling spelling(rules, quote);
  std::vector<std::string> calls;
  for (size_t i = 0; i < tools.size(); ++i) {
    std::string path = "tools[" + std::to_string(i) + "].function.parameters";
    G4RT_ASSIGN(std::string arguments,
                argumentsOf(tools[i], path, quote, spelling));
    calls.push_back(ebnfLiteral("call:" + tools[i].name) + " " + arguments);
  }
  return rules.grammar(ebnfChoice(calls));
}

Result<AnswerRules> readAnswerRules(const FieldReader &request,
                                    const Tokenizer &tokenizer,
                                    Conversation &conversation) {
  AnswerRules rules;
  rules.mayThink = conversation.enableThinking;
  G4RT_TRY(readToolChoice(request, conversation, rules));
  G4RT_ASSIGN(rules.content, readContentGrammar(request));
  G4RT_ASSIGN(std::optional<bool> isParallel,
              request.boolean("parallel_tool_calls"));
  const auto &tools = conversation.tools;
  if (tools.empty()) {
    if (!rules.content.empty())
      rules.calls = CallRule::None;
    return rules;
  }
  AnswerMarks marks = AnswerMarks::of(tokenizer);
  bool canGuide =
      hasGrammars() && marks.callBegin && marks.callEnd && marks.quote;
  if (!canGuide && rules.calls == CallRule::Required)
    return unsupported(request.path().key("tool_choice"),
                       "the model has no marks of calls, or the server no "
                       "grammars");
  if (!canGuide)
    return rules;
  rules.isOneCall |= !isParallel.value_or(true);
  G4RT_ASSIGN(rules.call, callGrammar(tools, *marks.quote));
  return rules;
}

} // namespace g4rt
