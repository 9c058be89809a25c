//===- SchemaContainers.cpp - Objects and lists of a schema ---------------===//

#include "runtime/grammar/SchemaGrammar.h"
#include "runtime/text/template/LowerCase.h"

#include <algorithm>

namespace g4rt {

constexpr int64_t kMaxCount = 1000;

// The schema that everything obeys.
static const Value &anything() {
  static const Value value{true};
  return value;
}

std::string SchemaGrammar::separator() {
  return spelling_.blank() + " \",\" " + spelling_.blank();
}

// `least` to `most` elements with separators.
static std::string listed(const std::string &element,
                          const std::string &separator, int64_t least,
                          std::optional<int64_t> most) {
  if (most && *most == 0)
    return "\"\"";
  std::string out = element;
  if (!most || *most > 1) {
    std::optional<int64_t> more;
    if (most)
      more = *most - 1;
    out += " (" + separator + " " + element + ")" +
           ebnfTimes(std::max<int64_t>(least, 1) - 1, more);
  }
  return least == 0 ? "(" + out + " | \"\")" : out;
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

static Status checkObjectKeywords(const Conjunction &schema) {
  for (const SchemaFragment &fragment : schema) {
    const Value *properties = fragment.find("properties");
    if (properties && !properties->map())
      return schemaWrong(fragment.at("properties"), "needs an object");
    const Value *required = fragment.find("required");
    if (!required)
      continue;
    if (!required->list())
      return schemaWrong(fragment.at("required"), "needs a list of strings");
    for (const Value &name : *required->list())
      if (!name.string())
        return schemaWrong(fragment.at("required"), "needs a list of strings");
  }
  return Status();
}

// What a member that nothing names must obey.
Result<Conjunction> SchemaGrammar::additionalOf(const Conjunction &schema) {
  Conjunction out;
  for (const SchemaFragment &fragment : schema)
    if (const Value *others = fragment.find("additionalProperties"))
      out.push_back(
          {.schema = others, .path = fragment.at("additionalProperties")});
  return parts_.flatten(out);
}

// Each schema speaks of a member by name, or as of an additional one.
Result<Conjunction> SchemaGrammar::propertyOf(const Conjunction &schema,
                                              const std::string &name) {
  Conjunction out;
  for (const SchemaFragment &fragment : schema) {
    const Value *properties = fragment.find("properties");
    const Value *own = properties ? properties->find(name) : nullptr;
    const Value *others = fragment.find("additionalProperties");
    if (own)
      out.push_back(
          {.schema = own, .path = fragment.at("properties") + "." + name});
    else if (others)
      out.push_back(
          {.schema = others, .path = fragment.at("additionalProperties")});
  }
  if (out.empty())
    out.push_back({.schema = &anything(), .path = name});
  return parts_.flatten(out);
}

Result<std::vector<SchemaGrammar::Property>>
SchemaGrammar::propertiesOf(const Conjunction &schema) {
  G4RT_TRY(checkObjectKeywords(schema));
  std::vector<Property> out;
  auto note = [&](const std::string &name, bool isRequired) {
    for (Property &known : out)
      if (known.name == name) {
        known.isRequired |= isRequired;
        return;
      }
    out.push_back({name, {}, isRequired});
  };
  for (const SchemaFragment &fragment : schema) {
    if (const Value *properties = fragment.find("properties"))
      for (const Member &member : *properties->map())
        note(member.key, false);
    if (const Value *required = fragment.find("required"))
      for (const Value &name : *required->list())
        note(*name.string(), true);
  }
  for (Property &property : out) {
    G4RT_ASSIGN(property.schema, propertyOf(schema, property.name));
  }
  if (spelling_.isSorted())
    std::sort(out.begin(), out.end(), [](const auto &a, const auto &b) {
      std::string x = lowerCase(a.name), y = lowerCase(b.name);
      return x != y ? x < y : a.name < b.name;
    });
  return out;
}

// Two rules a property: whether it would be the first member. `others` is a
// member that has none of the names, if there may be such.
Result<SchemaGrammar::Rule>
SchemaGrammar::membersFrom(const std::vector<Property> &properties, size_t at,
                           bool isFirst, const Rule &others) {
  if (at == properties.size()) {
    if (!others)
      return Rule("\"\"");
    if (isFirst)
      return Rule(listed(*others, separator(), 0, std::nullopt));
    return Rule("(" + separator() + " " + *others + ")*");
  }
  auto known = memberRules_.find({at, isFirst});
  if (known != memberRules_.end())
    return Rule(known->second);
  const Property &property = properties[at];
  std::vector<std::string> alternatives;
  G4RT_ASSIGN(Rule member, inner(property.schema));
  if (member) {
    G4RT_ASSIGN(Rule rest, membersFrom(properties, at + 1, false, others));
    if (rest)
      alternatives.push_back((isFirst ? "" : separator() + " ") +
                             spelling_.key(property.name) + " " + *member +
                             " " + *rest);
  }
  if (!property.isRequired) {
    G4RT_ASSIGN(Rule rest, membersFrom(properties, at + 1, isFirst, others));
    if (rest)
      alternatives.push_back(*std::move(rest));
  }
  if (alternatives.empty())
    return Rule();
  std::string rule = spelling_.rules().add(ebnfChoice(alternatives));
  memberRules_[{at, isFirst}] = rule;
  return Rule(std::move(rule));
}

// Members without names of their own, counted. The same name may come twice, so
// that two members cannot be promised.
Result<SchemaGrammar::Rule>
SchemaGrammar::freeMembers(const Conjunction &schema, const Rule &member) {
  G4RT_ASSIGN(std::optional<int64_t> least,
              countOf(schema, "minProperties", 1));
  G4RT_ASSIGN(std::optional<int64_t> most,
              countOf(schema, "maxProperties", kMaxCount));
  if (!member)
    return least.value_or(0) == 0 ? Rule("\"\"") : Rule();
  if (most && *most < least.value_or(0))
    return Rule();
  return Rule(listed(*member, separator(), least.value_or(0), most));
}

Result<SchemaGrammar::Rule> SchemaGrammar::object(const Conjunction &schema) {
  G4RT_ASSIGN(std::vector<Property> properties, propertiesOf(schema));
  for (std::string_view keyword : {"minProperties", "maxProperties"})
    if (const SchemaFragment *holder = holderOf(schema, keyword))
      if (!properties.empty())
        return schemaUnsupported(holder->at(keyword),
                                 "not supported beside properties or required");
  std::vector<std::string> names;
  for (const Property &property : properties)
    names.push_back(property.name);
  Rule others;
  bool isClosed = options_.isClosed && !properties.empty() &&
                  !holderOf(schema, "additionalProperties");
  if (!isClosed) {
    G4RT_ASSIGN(Conjunction additional, additionalOf(schema));
    G4RT_ASSIGN(Rule value, inner(additional));
    if (value)
      others = spelling_.rules().add(spelling_.keyBut(names) + " " + *value);
  }
  Rule members;
  if (properties.empty()) {
    G4RT_ASSIGN(members, freeMembers(schema, others));
  } else {
    auto outerRules = std::exchange(memberRules_, {});
    Result<Rule> all = membersFrom(properties, 0, true, others);
    memberRules_ = std::move(outerRules);
    G4RT_ASSIGN(members, std::move(all));
  }
  if (!members)
    return Rule();
  std::string blank = spelling_.blank();
  return Rule("\"{\" " + blank + " " + *members + " " + blank + " \"}\"");
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

// The schemas of the first elements; drafts up to 7 have them in `items`.
static const ValueList *prefixOf(const SchemaFragment &fragment) {
  if (const Value *prefix = fragment.find("prefixItems"))
    return prefix->list();
  const Value *items = fragment.find("items");
  return items ? items->list() : nullptr;
}

size_t SchemaGrammar::numPrefixItems(const Conjunction &schema) const {
  size_t most = 0;
  for (const SchemaFragment &fragment : schema)
    if (const ValueList *prefix = prefixOf(fragment))
      most = std::max(most, prefix->size());
  return most;
}

Result<Conjunction> SchemaGrammar::elementOf(const Conjunction &schema,
                                             size_t index) {
  Conjunction out;
  for (const SchemaFragment &fragment : schema) {
    const ValueList *prefix = prefixOf(fragment);
    std::string place = "[" + std::to_string(index) + "]";
    const Value *items = fragment.find("items");
    if (items && items->list())
      items = fragment.find("additionalItems");
    if (prefix && index < prefix->size())
      out.push_back({.schema = &(*prefix)[index],
                     .path = fragment.at("prefixItems") + place});
    else if (items)
      out.push_back({.schema = items, .path = fragment.at("items")});
  }
  if (out.empty())
    out.push_back({.schema = &anything(), .path = "items"});
  return parts_.flatten(out);
}

// The first elements one after the other, each of which may be the last, then
// equal ones.
Result<SchemaGrammar::Rule> SchemaGrammar::array(const Conjunction &schema) {
  G4RT_ASSIGN(std::optional<int64_t> minItems,
              countOf(schema, "minItems", kMaxCount));
  G4RT_ASSIGN(std::optional<int64_t> most,
              countOf(schema, "maxItems", kMaxCount));
  int64_t least = minItems.value_or(0);
  int64_t numFirst = static_cast<int64_t>(numPrefixItems(schema));
  if (numFirst > kMaxCount)
    return schemaUnsupported(schema[0].path, "more than 1,000 prefixItems");
  G4RT_ASSIGN(Conjunction element, elementOf(schema, numPrefixItems(schema)));
  G4RT_ASSIGN(Rule rest, inner(element));
  if (!rest)
    most = std::min(most.value_or(numFirst), numFirst);
  if (most && *most < least)
    return Rule();
  Rule tail; // what may follow the first elements, separators included
  if (rest && (!most || *most > numFirst)) {
    std::optional<int64_t> mostLeft;
    if (most)
      mostLeft = *most - numFirst;
    std::string times =
        ebnfTimes(std::max<int64_t>(least - numFirst, 0), mostLeft);
    tail = numFirst == 0 ? listed(*rest, separator(), least, most)
                         : "(" + separator() + " " + *rest + ")" + times;
  } else {
    tail = "\"\"";
  }
  for (int64_t i = std::min(numFirst, most.value_or(numFirst)); i-- > 0;) {
    G4RT_ASSIGN(Conjunction first, elementOf(schema, static_cast<size_t>(i)));
    G4RT_ASSIGN(Rule item, inner(first));
    bool mayEndBefore = least <= i;
    if (!item && !mayEndBefore)
      return Rule();
    std::string here =
        item ? (i > 0 ? separator() + " " : "") + *item + " " + *tail : "";
    tail = !item          ? "\"\""
           : mayEndBefore ? spelling_.rules().add("(" + here + " | \"\")")
                          : spelling_.rules().add(here);
  }
  std::string blank = spelling_.blank();
  return Rule("\"[\" " + blank + " " + *tail + " " + blank + " \"]\"");
}

} // namespace g4rt
