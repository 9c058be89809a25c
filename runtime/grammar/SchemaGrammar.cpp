//===- SchemaGrammar.cpp - JSON Schema as rules ---------------------------===//

#include "runtime/grammar/SchemaGrammar.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace g4rt {

constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxGrammarBytes = size_t{4} << 20;
constexpr size_t kMaxBranches = 256;

Result<std::string> SchemaGrammar::rule(const std::string &path,
                                        uint32_t types) {
  G4RT_ASSIGN(Conjunction whole, parts_.flatten(schema_, path));
  G4RT_ASSIGN(Rule rule, value(whole, types));
  if (!rule)
    return schemaWrong(path, "no value obeys this schema");
  return *std::move(rule);
}

// Equal keys describe equal values.
static std::string keyOf(const Conjunction &schema, uint32_t types) {
  std::string key = std::to_string(types);
  for (const SchemaFragment &fragment : schema) {
    char text[40];
    std::snprintf(text, sizeof(text), " %p%d%d",
                  static_cast<const void *>(fragment.schema),
                  fragment.isAnyOfDone, fragment.isOneOfDone);
    key += text;
  }
  return key;
}

// The rule's name is known before its body, so that a schema can hold itself.
Result<SchemaGrammar::Rule> SchemaGrammar::value(const Conjunction &schema,
                                                 uint32_t types) {
  const std::string path = schema.empty() ? "" : schema[0].path;
  std::string key = keyOf(schema, types);
  if (open_.contains(key))
    return schemaWrong(path, "is defined by itself alone");
  if (auto known = names_.find(key); known != names_.end())
    return Rule(known->second);
  if (depth_ == kMaxDepth)
    return schemaUnsupported(path, "nested deeper than 64 schemas");
  if (spelling_.rules().size() > kMaxGrammarBytes)
    return schemaUnsupported(path, "the schema's grammar is above 4 MiB");
  std::string name = spelling_.rules().declare();
  names_[key] = name;
  open_.insert(key);
  ++depth_;
  Result<Rule> rule = body(schema, types);
  --depth_;
  open_.erase(key);
  if (!rule)
    return rule;
  if (!*rule) {
    names_.erase(key);
    return Rule();
  }
  spelling_.rules().define(name, **rule);
  return Rule(name);
}

Result<SchemaGrammar::Rule> SchemaGrammar::inner(const Conjunction &schema) {
  std::set<std::string> open = std::exchange(open_, {});
  Result<Rule> rule = value(schema, kAllTypes);
  open_ = std::move(open);
  return rule;
}

Result<SchemaGrammar::Rule> SchemaGrammar::body(const Conjunction &schema,
                                                uint32_t types) {
  if (isNever(schema))
    return Rule();
  for (size_t i = 0; i < schema.size(); ++i) {
    if (schema[i].find("anyOf") && !schema[i].isAnyOfDone)
      return branches(schema, i, "anyOf", types);
    if (schema[i].find("oneOf") && !schema[i].isOneOfDone)
      return branches(schema, i, "oneOf", types);
  }
  G4RT_ASSIGN(uint32_t own, typesOf(schema));
  if (own & kInteger && types & kNumber)
    types |= kInteger;
  types &= own;
  if (choicesOf(schema))
    return choice(schema, types);
  std::vector<std::string> alternatives;
  for (TypeBit type :
       {kNull, kBoolean, kInteger, kNumber, kString, kArray, kObject}) {
    if (!(types & type))
      continue;
    G4RT_ASSIGN(Rule rule, ofType(schema, type));
    if (rule)
      alternatives.push_back(*std::move(rule));
  }
  if (alternatives.empty())
    return Rule();
  return Rule(ebnfChoice(alternatives));
}

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

// A branch that is its own union, through $ref or allOf, says nothing; next to
// a branch chosen of that union it would be taken for all that is left to say.
Status SchemaGrammar::checkNotWithin(const Value &branch,
                                     const std::string &path,
                                     const Conjunction &chosen) {
  G4RT_ASSIGN(Conjunction parts, parts_.flatten(branch, path));
  for (const SchemaFragment &part : parts)
    for (const SchemaFragment &known : chosen)
      if (known.schema == part.schema &&
          (known.isAnyOfDone || known.isOneOfDone))
        return schemaUnsupported(path, "leads back to a union that it is of");
  return Status();
}

Result<SchemaGrammar::Rule> SchemaGrammar::branches(const Conjunction &schema,
                                                    size_t holder,
                                                    std::string_view keyword,
                                                    uint32_t types) {
  const SchemaFragment &fragment = schema[holder];
  const ValueList &list = *fragment.find(keyword)->list();
  if (list.size() > kMaxBranches)
    return schemaUnsupported(fragment.at(keyword), "more than 256 branches");
  std::vector<Conjunction> all;
  for (size_t i = 0; i < list.size(); ++i) {
    Conjunction branch = schema;
    bool isAnyOf = keyword == "anyOf";
    (isAnyOf ? branch[holder].isAnyOfDone : branch[holder].isOneOfDone) = true;
    std::string path = fragment.at(keyword) + "[" + std::to_string(i) + "]";
    G4RT_TRY(checkNotWithin(list[i], path, branch));
    branch.push_back({.schema = &list[i], .path = std::move(path)});
    G4RT_ASSIGN(branch, parts_.flatten(branch));
    all.push_back(std::move(branch));
  }
  if (keyword == "oneOf")
    G4RT_TRY(checkDisjoint(all, fragment.at(keyword)));
  std::vector<std::string> alternatives;
  for (const Conjunction &branch : all) {
    G4RT_ASSIGN(Rule rule, value(branch, types));
    if (rule)
      alternatives.push_back(*std::move(rule));
  }
  if (alternatives.empty())
    return Rule();
  return Rule(ebnfChoice(alternatives));
}

Status SchemaGrammar::checkDisjoint(const std::vector<Conjunction> &branches,
                                    const std::string &path) {
  for (size_t i = 0; i < branches.size(); ++i)
    for (size_t j = i + 1; j < branches.size(); ++j) {
      G4RT_ASSIGN(bool disjoint, areDisjoint(branches[i], branches[j]));
      if (!disjoint)
        return schemaUnsupported(path, "branches " + std::to_string(i) +
                                           " and " + std::to_string(j) +
                                           " could hold together; give them "
                                           "different types or constants, or "
                                           "use anyOf");
    }
  return Status();
}

static bool shareNone(const std::vector<const Value *> &a,
                      const std::vector<const Value *> &b) {
  std::set<std::string> texts = canonical(a);
  return std::none_of(b.begin(), b.end(), [&](const Value *value) {
    return texts.contains(canonical(*value));
  });
}

// By their types, by their constants, or by those of a member that both need.
Result<bool> SchemaGrammar::areDisjoint(const Conjunction &a,
                                        const Conjunction &b) {
  if (isNever(a) || isNever(b))
    return true;
  G4RT_ASSIGN(uint32_t types, typesOf(a));
  G4RT_ASSIGN(uint32_t others, typesOf(b));
  bool bothNumbers =
      (types & (kInteger | kNumber)) && (others & (kInteger | kNumber));
  if (!(types & others) && !bothNumbers)
    return true;
  auto choices = choicesOf(a), otherChoices = choicesOf(b);
  if (choices && otherChoices && shareNone(*choices, *otherChoices))
    return true;
  if (types != kObject || others != kObject)
    return false;
  G4RT_ASSIGN(std::vector<Property> members, propertiesOf(a));
  G4RT_ASSIGN(std::vector<Property> otherMembers, propertiesOf(b));
  for (const Property &x : members)
    for (const Property &y : otherMembers) {
      if (x.name != y.name || !x.isRequired || !y.isRequired)
        continue;
      auto mine = choicesOf(x.schema), theirs = choicesOf(y.schema);
      if (mine && theirs && shareNone(*mine, *theirs))
        return true;
    }
  return false;
}

//===----------------------------------------------------------------------===//
// Constants and types
//===----------------------------------------------------------------------===//

/// What would have to be checked for each constant; only its type is.
static Status checkBesideChoices(const Conjunction &schema, uint32_t types) {
  constexpr std::pair<std::string_view, uint32_t> kKeywords[] = {
      {"minimum", kInteger | kNumber},
      {"maximum", kInteger | kNumber},
      {"exclusiveMinimum", kInteger | kNumber},
      {"exclusiveMaximum", kInteger | kNumber},
      {"multipleOf", kInteger | kNumber},
      {"minLength", kString},
      {"maxLength", kString},
      {"pattern", kString},
      {"format", kString},
      {"minItems", kArray},
      {"maxItems", kArray},
      {"items", kArray},
      {"prefixItems", kArray},
      {"properties", kObject},
      {"required", kObject},
      {"additionalProperties", kObject},
      {"minProperties", kObject},
      {"maxProperties", kObject}};
  for (auto [keyword, of] : kKeywords)
    if (const SchemaFragment *holder = holderOf(schema, keyword))
      if (types & of)
        return schemaUnsupported(holder->at(keyword),
                                 "not supported beside enum or const");
  return Status();
}

Result<SchemaGrammar::Rule> SchemaGrammar::choice(const Conjunction &schema,
                                                  uint32_t types) {
  std::vector<std::string> alternatives;
  uint32_t met = 0;
  auto choices = choicesOf(schema);
  for (const Value *value : *choices) {
    TypeBit type = typeOf(*value);
    if (!isAmong(type, types))
      continue;
    met |= type;
    if (value->number() && !Decimal::parse(value->number()->text))
      return schemaUnsupported(schema[0].path, "a number beyond 400 digits");
    alternatives.push_back(spelling_.literal(*value));
  }
  G4RT_TRY(checkBesideChoices(schema, met));
  if (alternatives.empty())
    return Rule();
  return Rule(ebnfChoice(alternatives));
}

Result<SchemaGrammar::Rule> SchemaGrammar::ofType(const Conjunction &schema,
                                                  TypeBit type) {
  switch (type) {
  case kNull:
    return Rule("\"null\"");
  case kBoolean:
    return Rule("(\"true\" | \"false\")");
  case kInteger:
    return number(schema, true);
  case kNumber:
    return number(schema, false);
  case kString:
    return string(schema);
  case kArray:
    return array(schema);
  case kObject:
    return object(schema);
  case kAllTypes:
    break;
  }
  return Rule();
}

} // namespace g4rt
