// A schema, a regular expression or a grammar; the first byte says which. What
// is accepted is a grammar that the library reads.

#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/grammar/RegexGrammar.h"
#include "runtime/grammar/SchemaGrammar.h"
#include "runtime/text/conversation/ValueParser.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

static void requireReadable(const Result<std::string> &root,
                            const EbnfRules &rules) {
  if (root)
    require(checkGrammar(rules.grammar(*root)).ok(), "it can be read");
}

static void tryRegex(std::string_view text, RegexMatch match) {
  EbnfRules rules;
  requireReadable(regexGrammar(text, match, ebnfClass, rules), rules);
}

static void trySchema(std::string_view text, bool isClosed) {
  ValueLimits limits;
  Result<Value> schema = parseValue(text, limits);
  if (!schema)
    return;
  EbnfRules json, gemma;
  JsonSpelling jsonSpelling(json);
  GemmaSpelling gemmaSpelling(gemma, /*quote=*/52);
  SchemaOptions options{.isClosed = isClosed};
  requireReadable(SchemaGrammar(*schema, jsonSpelling, options).rule("s"),
                  json);
  requireReadable(
      SchemaGrammar(*schema, gemmaSpelling, options).rule("s", kObject), gemma);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  std::string_view text = textOf(data + 1, size - 1);
  switch (data[0] % 8) {
  case 0:
    tryRegex(text, RegexMatch::Whole);
    break;
  case 1:
    tryRegex(text, RegexMatch::Search);
    break;
  case 2:
    (void)checkGrammar(std::string(text));
    break;
  default:
    trySchema(text, data[0] % 2);
  }
  return 0;
}
