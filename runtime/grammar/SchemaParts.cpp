//===- SchemaParts.cpp - Schemas that hold together -----------------------===//

#include "runtime/grammar/SchemaParts.h"

#include "runtime/base/Utf8.h"
#include "runtime/grammar/NumberGrammar.h"
#include "runtime/grammar/SchemaKeywords.h"

#include <algorithm>
#include <charconv>

namespace g4rt {

constexpr size_t kMaxFragments = 256;

static std::string shown(const std::string &path) {
  return path.empty() ? "schema" : path;
}

Status schemaWrong(const std::string &path, std::string_view what) {
  return Status(StatusCode::InvalidArgument,
                shown(path) + ": " + std::string(what));
}

Status schemaUnsupported(const std::string &path, std::string_view what) {
  return Status(StatusCode::Unimplemented,
                shown(path) + ": " + std::string(what));
}

const Value *SchemaFragment::find(std::string_view keyword) const {
  return schema->find(keyword);
}

//===----------------------------------------------------------------------===//
// Splitting
//===----------------------------------------------------------------------===//

static bool isDraft7OrOlder(const Value &root) {
  const Value *uri = root.find("$schema");
  if (!uri || !uri->string())
    return false;
  for (const char *draft : {"draft-07", "draft-06", "draft-04", "draft-03"})
    if (uri->string()->find(draft) != std::string::npos)
      return true;
  return false;
}

SchemaParts::SchemaParts(const Value &root)
    : root_(root), isOlderDraft_(isDraft7OrOlder(root)) {}

Result<Conjunction> SchemaParts::flatten(const Value &schema,
                                         const std::string &path) {
  return flatten(Conjunction{{.schema = &schema, .path = path}});
}

Result<Conjunction> SchemaParts::flatten(const Conjunction &fragments) {
  Conjunction out;
  for (const SchemaFragment &fragment : fragments)
    G4RT_TRY(add(fragment, out));
  return out;
}

static bool holds(const Conjunction &all, const Value *schema) {
  return std::any_of(all.begin(), all.end(), [&](const SchemaFragment &known) {
    return known.schema == schema;
  });
}

Status SchemaParts::add(const SchemaFragment &fragment, Conjunction &out) {
  if (holds(out, fragment.schema))
    return Status();
  if (!fragment.schema->map() && !fragment.schema->boolean())
    return schemaWrong(fragment.path, std::string(fragment.schema->kindName()) +
                                          ", needs an object, true or false");
  if (out.size() == kMaxFragments)
    return schemaUnsupported(fragment.path, "more than 256 schemas at once");
  G4RT_TRY(checkKeywords(fragment));
  out.push_back(fragment);
  if (const Value *reference = fragment.find("$ref")) {
    if (!reference->string())
      return schemaWrong(fragment.at("$ref"), "needs a string");
    G4RT_ASSIGN(const Value *target,
                resolve(*reference->string(), fragment.at("$ref")));
    if (isOlderDraft_)
      out.pop_back();
    G4RT_TRY(add({.schema = target, .path = *reference->string()}, out));
    if (isOlderDraft_)
      return Status();
  }
  const Value *all = fragment.find("allOf");
  if (!all)
    return Status();
  for (size_t i = 0; i < all->list()->size(); ++i)
    G4RT_TRY(add({.schema = &(*all->list())[i],
                  .path = fragment.at("allOf") + "[" + std::to_string(i) + "]"},
                 out));
  return Status();
}

Status SchemaParts::checkKeywords(const SchemaFragment &fragment) const {
  if (!fragment.schema->map())
    return Status();
  for (const Member &member : *fragment.schema->map()) {
    bool isList = member.value.list() && !member.value.list()->empty();
    bool needsList = member.key == "enum" || member.key == "anyOf" ||
                     member.key == "oneOf" || member.key == "allOf";
    if (needsList && !isList)
      return schemaWrong(fragment.at(member.key), "needs a list of values");
    if (supportOf(member.key) != KeywordSupport::Refused)
      continue;
    const bool *truth = member.value.boolean();
    if (member.key == "uniqueItems" && truth && !*truth)
      continue;
    return schemaUnsupported(fragment.at(member.key),
                             "this keyword is not supported");
  }
  return Status();
}

static std::string unescaped(std::string_view step) {
  std::string out;
  for (size_t at = 0; at < step.size(); ++at) {
    bool isEscape = step[at] == '~' && at + 1 < step.size();
    out += isEscape ? (step[++at] == '1' ? '/' : '~') : step[at];
  }
  return out;
}

// A JSON pointer in the fragment of a URI.
Result<const Value *> SchemaParts::resolve(const std::string &reference,
                                           const std::string &path) const {
  if (!reference.starts_with('#') ||
      (reference.size() > 1 && reference[1] != '/'))
    return schemaUnsupported(path, "\"" + std::string(clipUtf8(reference, 64)) +
                                       "\", only \"#\" and \"#/...\" are "
                                       "supported");
  std::string_view rest = std::string_view(reference).substr(1);
  const Value *at = &root_;
  while (!rest.empty() && at) {
    rest.remove_prefix(1);
    std::string step = unescaped(rest.substr(0, rest.find('/')));
    rest.remove_prefix(std::min(rest.find('/'), rest.size()));
    if (const ValueList *list = at->list()) {
      size_t index = 0;
      auto [end, error] =
          std::from_chars(step.data(), step.data() + step.size(), index);
      bool isIndex = error == std::errc() && end == step.data() + step.size();
      at = isIndex && index < list->size() ? &(*list)[index] : nullptr;
    } else {
      at = at->find(step);
    }
  }
  if (!at)
    return schemaWrong(path, "\"" + std::string(clipUtf8(reference, 64)) +
                                 "\" leads nowhere");
  return at;
}

//===----------------------------------------------------------------------===//
// What a conjunction says
//===----------------------------------------------------------------------===//

bool isNever(const Conjunction &schema) {
  return std::any_of(schema.begin(), schema.end(), [](const auto &fragment) {
    const bool *truth = fragment.schema->boolean();
    return truth && !*truth;
  });
}

static uint32_t bitOf(std::string_view name) {
  constexpr std::pair<std::string_view, TypeBit> kNames[] = {
      {"null", kNull},     {"boolean", kBoolean}, {"integer", kInteger},
      {"number", kNumber}, {"string", kString},   {"array", kArray},
      {"object", kObject}};
  for (auto [known, bit] : kNames)
    if (known == name)
      return bit;
  return 0;
}

static Result<uint32_t> bitsOf(const SchemaFragment &fragment) {
  const Value *type = fragment.find("type");
  if (!type)
    return uint32_t{kAllTypes};
  ValueList one;
  if (type->string())
    one.push_back(*type);
  const ValueList &names = type->list() ? *type->list() : one;
  uint32_t bits = 0;
  for (const Value &name : names) {
    uint32_t bit = name.string() ? bitOf(*name.string()) : 0;
    if (bit == 0)
      return schemaWrong(fragment.at("type"),
                         "needs null, boolean, integer, number, string, array, "
                         "object or a list of them");
    bits |= bit;
  }
  if (bits == 0)
    return schemaWrong(fragment.at("type"), "needs a type");
  return bits & kNumber ? bits & ~uint32_t{kInteger} : bits;
}

static uint32_t bothOf(uint32_t a, uint32_t b) {
  uint32_t both = a & b;
  bool hasNumbers = (a & (kNumber | kInteger)) && (b & (kNumber | kInteger));
  if (hasNumbers && !(both & kNumber))
    both |= kInteger;
  return both;
}

Result<uint32_t> typesOf(const Conjunction &schema) {
  uint32_t types = kAllTypes;
  for (const SchemaFragment &fragment : schema) {
    G4RT_ASSIGN(uint32_t bits, bitsOf(fragment));
    types = bothOf(types, bits);
  }
  return types;
}

TypeBit typeOf(const Value &value) {
  if (const Number *number = value.number()) {
    auto decimal = Decimal::parse(number->text);
    return decimal && decimal->isInteger() ? kInteger : kNumber;
  }
  if (value.isNull())
    return kNull;
  if (value.boolean())
    return kBoolean;
  if (value.string())
    return kString;
  return value.list() ? kArray : kObject;
}

bool isAmong(TypeBit type, uint32_t types) {
  return (types & type) || (type == kInteger && (types & kNumber));
}

std::string canonical(const Value &value) {
  if (const Number *number = value.number()) {
    auto decimal = Decimal::parse(number->text);
    if (!decimal)
      return number->text;
    return (decimal->isNegative ? "-" : "") + decimal->whole + "." +
           decimal->fraction;
  }
  if (value.isNull())
    return "null";
  if (const bool *truth = value.boolean())
    return *truth ? "true" : "false";
  if (const std::string *text = value.string())
    return "\"" + std::to_string(text->size()) + ":" + *text;
  std::string out;
  if (const ValueList *list = value.list()) {
    for (const Value &element : *list)
      out += canonical(element) + ",";
    return "[" + out + "]";
  }
  std::vector<std::string> members;
  for (const Member &member : *value.map())
    members.push_back(std::to_string(member.key.size()) + ":" + member.key +
                      "=" + canonical(member.value));
  std::sort(members.begin(), members.end());
  for (const std::string &member : members)
    out += member + ",";
  return "{" + out + "}";
}

std::set<std::string> canonical(const std::vector<const Value *> &values) {
  std::set<std::string> texts;
  for (const Value *value : values)
    texts.insert(canonical(*value));
  return texts;
}

static void keepCommon(const std::vector<const Value *> &allowed,
                       std::optional<std::vector<const Value *>> &choices) {
  if (!choices) {
    choices = allowed;
    return;
  }
  std::set<std::string> texts = canonical(allowed);
  std::erase_if(*choices, [&](const Value *choice) {
    return !texts.contains(canonical(*choice));
  });
}

std::optional<std::vector<const Value *>> choicesOf(const Conjunction &schema) {
  std::optional<std::vector<const Value *>> choices;
  for (const SchemaFragment &fragment : schema) {
    if (const Value *value = fragment.find("const"))
      keepCommon({value}, choices);
    const Value *list = fragment.find("enum");
    if (!list || !list->list())
      continue;
    std::vector<const Value *> values;
    for (const Value &value : *list->list())
      values.push_back(&value);
    keepCommon(values, choices);
  }
  return choices;
}

const SchemaFragment *holderOf(const Conjunction &schema,
                               std::string_view keyword) {
  for (const SchemaFragment &fragment : schema)
    if (fragment.find(keyword))
      return &fragment;
  return nullptr;
}

static Result<int64_t> countAt(const SchemaFragment &fragment,
                               std::string_view keyword, int64_t limit) {
  const Number *number = fragment.find(keyword)->number();
  auto decimal = number ? Decimal::parse(number->text) : std::nullopt;
  if (!decimal || !decimal->isInteger() || decimal->isNegative)
    return schemaWrong(fragment.at(keyword), "needs a whole number");
  int64_t count = 0;
  const std::string &whole = decimal->whole;
  auto [end, error] =
      std::from_chars(whole.data(), whole.data() + whole.size(), count);
  if (error != std::errc() || count > limit)
    return schemaUnsupported(fragment.at(keyword), number->text +
                                                       ", supported up to " +
                                                       std::to_string(limit));
  return count;
}

Result<std::optional<int64_t>>
countOf(const Conjunction &schema, std::string_view keyword, int64_t limit) {
  std::optional<int64_t> count;
  bool isLeast = keyword.starts_with("min");
  for (const SchemaFragment &fragment : schema) {
    if (!fragment.find(keyword))
      continue;
    G4RT_ASSIGN(int64_t next, countAt(fragment, keyword, limit));
    int64_t so = count.value_or(next);
    count = isLeast ? std::max(so, next) : std::min(so, next);
  }
  return count;
}

} // namespace g4rt
