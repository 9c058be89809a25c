//===- CommonGrammars.cpp - What most requests' grammars share ------------===//

#include "runtime/grammar/CommonGrammars.h"

#include "runtime/base/Utf8.h"
#include "runtime/grammar/SchemaGrammar.h"
#include "runtime/text/answer/AnswerMarks.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace g4rt {

/// Texts that come by every kind of place: within and between all kinds of
/// values, in characters of every length, in numbers and escapes.
constexpr std::string_view kJsonTexts[] = {
    R"({"a": {"b": [1, -2.5e+3, true, false, null, "x\"\\\n\u0001 é€😀",)"
    R"([[], {}]], "c": {}, "d": []}, "e": 0})",
    "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}"};
/// The same in a call of a tool.
constexpr std::string_view kCallText =
    R"({a:<|"|>x é€😀<|"|>,b:{c:[1,-2.5e+3,true,false,null,[],{}],d:{}},e:0})";

const Value &anyObject() {
  static const Value schema = [] {
    ValueMap map;
    map.push_back({"type", Value(std::string("object"))});
    return Value(std::move(map));
  }();
  return schema;
}

static Result<std::string> grammarOfObject(EbnfRules &rules,
                                           ValueSpelling &spelling,
                                           SchemaOptions options) {
  G4RT_ASSIGN(std::string root,
              SchemaGrammar(anyObject(), spelling, options).rule("", kObject));
  return rules.grammar(root);
}

Result<std::string> anyObjectGrammar() {
  EbnfRules rules;
  JsonSpelling spelling(rules);
  return grammarOfObject(rules, spelling, {.isClosed = false});
}

/// Finds what may come at each place of `text`, a character at a time; one that
/// the grammar does not know is left out.
static void walk(std::shared_ptr<const CompiledGrammar> grammar,
                 std::string_view text, const Tokenizer &tokenizer) {
  constexpr std::string_view kQuote = R"(<|"|>)";
  GrammarMatcher matcher(std::move(grammar));
  TokenMask mask(static_cast<size_t>(tokenizer.numTokens()));
  while (!text.empty()) {
    size_t size = text.starts_with(kQuote)
                      ? kQuote.size()
                      : std::max<size_t>(decodeUtf8(text).size, 1);
    for (int32_t id :
         tokenizer.encode(text.substr(0, size), SpecialTokens::Match)) {
      matcher.fill(mask);
      matcher.accept(id);
    }
    text.remove_prefix(size);
  }
  matcher.fill(mask);
}

Status warmGrammars(GrammarCompiler &grammars, const Tokenizer &tokenizer) {
  G4RT_ASSIGN(std::string object, anyObjectGrammar());
  G4RT_ASSIGN(auto json, grammars.compile(object));
  for (std::string_view text : kJsonTexts)
    walk(json, text, tokenizer);
  auto quote = AnswerMarks::of(tokenizer).quote;
  if (!quote)
    return Status();
  EbnfRules rules;
  GemmaSpelling spelling(rules, *quote);
  G4RT_ASSIGN(std::string arguments,
              grammarOfObject(rules, spelling, {.isClosed = true}));
  G4RT_ASSIGN(auto call, grammars.compile(arguments));
  walk(call, kCallText, tokenizer);
  return Status();
}

} // namespace g4rt
