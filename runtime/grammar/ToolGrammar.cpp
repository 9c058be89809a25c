//===- ToolGrammar.cpp - Calls of declared tools --------------------------===//

#include "runtime/grammar/ToolGrammar.h"

#include "runtime/grammar/CommonGrammars.h"
#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/grammar/SchemaGrammar.h"
#include "runtime/text/answer/AnswerMarks.h"

namespace g4rt {

/// `name`, and arguments that obey `schema`.
static Result<std::string> callGrammar(const std::string &name,
                                       const Value &schema,
                                       const std::string &path, int32_t quote) {
  EbnfRules rules;
  GemmaSpelling spelling(rules, quote);
  G4RT_ASSIGN(
      std::string arguments,
      SchemaGrammar(schema, spelling, {.isClosed = true}).rule(path, kObject));
  return rules.grammar(ebnfLiteral(name) + " " + arguments);
}

bool canGuideCalls(const Tokenizer &tokenizer) {
  AnswerMarks marks = AnswerMarks::of(tokenizer);
  return hasGrammars() && marks.callBegin && marks.callEnd && marks.quote;
}

Result<ToolRule> ruleOfTool(const ToolDeclaration &tool,
                            const Tokenizer &tokenizer) {
  int32_t quote = *AnswerMarks::of(tokenizer).quote;
  std::string name = "call:" + tool.name;
  ToolRule rule{.begin = name + "{", .grammar = {}};
  if (tool.parameters.isNull()) {
    rule.grammar = "root ::= " + ebnfLiteral(name + "{}");
    return rule;
  }
  auto grammar = callGrammar(name, tool.parameters, tool.schemaPath, quote);
  // A schema that cannot be expressed, or is none, was never looked at by other
  // servers, and does not stop a chat: any members.
  if (!grammar && !tool.isStrict)
    grammar = callGrammar(name, anyObject(), tool.schemaPath, quote);
  G4RT_ASSIGN(rule.grammar, std::move(grammar));
  return rule;
}

} // namespace g4rt
