//===- ContentGrammar.cpp - What the content of an answer must be ---------===//

#include "runtime/grammar/CommonGrammars.h"
#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/grammar/RegexGrammar.h"
#include "runtime/grammar/SchemaGrammar.h"
#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/text/conversation/ValueParser.h"

#include <optional>

namespace g4rt {

constexpr size_t kMaxChoices = 1024;
constexpr size_t kMaxGrammarBytes = size_t{64} << 10;

Result<std::string> grammarOfSchema(const Value &schema, const JsonPath &path,
                                    bool isStrict) {
  EbnfRules rules;
  JsonSpelling spelling(rules);
  SchemaGrammar grammar(schema, spelling, {.isClosed = isStrict});
  G4RT_ASSIGN(std::string root, grammar.rule(path.toString()));
  return rules.grammar(root);
}

// vLLM takes a schema as an object or as the JSON of one.
static Result<std::string> ofSchemaOrText(const Value &schema,
                                          const JsonPath &path) {
  if (!schema.string())
    return grammarOfSchema(schema, path, false);
  ValueLimits limits;
  Result<Value> parsed = parseValue(*schema.string(), limits);
  if (!parsed)
    return std::move(parsed).error().during(path.toString());
  return grammarOfSchema(*parsed, path, false);
}

static Result<std::string> ofRegex(const Value &value, const JsonPath &path) {
  if (!value.string())
    return wrongKind(path, value, "a string");
  EbnfRules rules;
  Result<std::string> root =
      regexGrammar(*value.string(), RegexMatch::Whole, ebnfClass, rules);
  if (!root)
    return std::move(root).error().during(path.toString());
  return rules.grammar(*root);
}

static Result<std::string> ofChoice(const Value &value, const JsonPath &path) {
  const ValueList *list = value.list();
  if (!list || list->empty() || list->size() > kMaxChoices)
    return path.wrong("needs a list of 1 to " + std::to_string(kMaxChoices) +
                      " strings");
  std::vector<std::string> choices;
  for (size_t i = 0; i < list->size(); ++i) {
    const std::string *text = (*list)[i].string();
    if (!text)
      return wrongKind(path.at(i), (*list)[i], "a string");
    choices.push_back(ebnfLiteral(*text));
  }
  EbnfRules rules;
  return rules.grammar(ebnfChoice(choices));
}

static Result<std::string> ofGrammar(const Value &value, const JsonPath &path) {
  if (!value.string())
    return wrongKind(path, value, "a string");
  if (value.string()->size() > kMaxGrammarBytes)
    return path.wrong("at most 65,536 bytes");
  Status status = checkGrammar(*value.string());
  if (!status.ok())
    return std::move(status).during(path.toString());
  return *value.string();
}

namespace {

/// A field that asks for a grammar, and how it becomes one.
struct Source {
  std::string_view name;
  Result<std::string> (*grammar)(const Value &, const JsonPath &);
};

} // namespace

constexpr Source kFields[] = {
    {"guided_json", ofSchemaOrText}, {"guided_regex", ofRegex},
    {"guided_choice", ofChoice},     {"guided_grammar", ofGrammar},
    {"json_schema", ofSchemaOrText}, {"grammar", ofGrammar}};
constexpr Source kStructured[] = {{"json", ofSchemaOrText},
                                  {"regex", ofRegex},
                                  {"choice", ofChoice},
                                  {"grammar", ofGrammar}};

static bool isEmpty(const Value &value) {
  return value.string() && value.string()->empty();
}

// One of the sources at most; none: "".
static Result<std::string> fromOne(const FieldReader &fields,
                                   std::span<const Source> sources) {
  std::optional<std::string> grammar;
  for (const Source &source : sources) {
    const Value *value = fields.find(source.name);
    if (!value || isEmpty(*value))
      continue;
    JsonPath path = fields.path().key(source.name);
    if (grammar)
      return path.wrong("another field asks for a grammar, too");
    G4RT_ASSIGN(grammar, source.grammar(*value, path));
  }
  return grammar.value_or("");
}

static Result<std::string> ofStructuredOutputs(const FieldReader &request) {
  const Value *value = request.find("structured_outputs");
  if (!value)
    return std::string();
  JsonPath path = request.path().key("structured_outputs");
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*value, path));
  if (fields.find("structural_tag"))
    return path.key("structural_tag").unsupported("not supported");
  G4RT_ASSIGN(std::string grammar, fromOne(fields, kStructured));
  G4RT_ASSIGN(std::optional<bool> isJson, fields.boolean("json_object"));
  return isJson.value_or(false) && grammar.empty() ? anyObjectGrammar()
                                                   : grammar;
}

// OpenAI wants a name beside the schema; nothing here needs it.
static Result<std::string> ofJsonSchema(const FieldReader &format) {
  G4RT_ASSIGN(const Value *outer, format.neededObject("json_schema"));
  JsonPath path = format.path().key("json_schema");
  G4RT_ASSIGN(FieldReader fields, FieldReader::of(*outer, path));
  const Value *schema = fields.find("schema");
  if (!schema)
    return path.key("schema").wrong("missing, needs a schema");
  G4RT_ASSIGN(std::optional<bool> isStrict, fields.boolean("strict"));
  return grammarOfSchema(*schema, path.key("schema"), isStrict.value_or(false));
}

static Result<std::string> ofResponseFormat(const FieldReader &request) {
  const Value *value = request.find("response_format");
  if (!value)
    return std::string();
  JsonPath path = request.path().key("response_format");
  G4RT_ASSIGN(FieldReader format, FieldReader::of(*value, path));
  G4RT_ASSIGN(std::string type, format.neededString("type"));
  if (type == "text")
    return std::string();
  if (type == "json_schema")
    return ofJsonSchema(format);
  if (type != "json_object")
    return path.key("type").unsupported(
        "only text, json_object and json_schema are supported");
  // llama-server's way to give a schema.
  const Value *schema = format.find("schema");
  return schema ? grammarOfSchema(*schema, path.key("schema"), false)
                : anyObjectGrammar();
}

Result<std::string> readContentGrammar(const FieldReader &request) {
  G4RT_ASSIGN(std::string format, ofResponseFormat(request));
  G4RT_ASSIGN(std::string field, fromOne(request, kFields));
  G4RT_ASSIGN(std::string structured, ofStructuredOutputs(request));
  std::string grammar;
  for (std::string *one : {&format, &field, &structured}) {
    if (one->empty())
      continue;
    if (!grammar.empty())
      return request.path()
          .key("response_format")
          .wrong("another field asks for a grammar, too");
    grammar = std::move(*one);
  }
  if (!grammar.empty())
    G4RT_TRY(checkGrammars(request.path().key("response_format")));
  return grammar;
}

Status checkGrammars(const JsonPath &path) {
  if (hasGrammars())
    return Status();
  return path.unsupported("this server was built without grammars");
}

} // namespace g4rt
