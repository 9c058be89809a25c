//===- ValueFormat.cpp - Values as text of a prompt -----------------------===//

#include "runtime/text/template/ValueFormat.h"

#include "runtime/text/template/LowerCase.h"

#include <algorithm>

namespace g4rt {

std::vector<const Member *> sortedMembers(const ValueMap &map) {
  std::vector<std::pair<std::string, const Member *>> keyed;
  for (const Member &member : map)
    keyed.emplace_back(lowerCase(member.key), &member);
  std::sort(keyed.begin(), keyed.end()); // equal keys: by place
  std::vector<const Member *> members;
  for (const auto &[key, member] : keyed)
    members.push_back(member);
  return members;
}

void ValueFormat::string(std::string_view text) const {
  prompt_.appendLiteral(quote_);
  prompt_.appendContent(text);
  prompt_.appendLiteral(quote_);
}

void ValueFormat::value(const Value &value, KeyStyle keys) const {
  if (const std::string *text = value.string())
    return string(*text);
  if (const bool *truth = value.boolean())
    return prompt_.appendContent(*truth ? "true" : "false");
  if (const Number *number = value.number())
    return prompt_.appendContent(number->text);
  if (const ValueList *elements = value.list())
    return list(*elements, keys);
  if (const ValueMap *map = value.map()) {
    prompt_.appendContent("{");
    members(*map, keys);
    return prompt_.appendContent("}");
  }
  prompt_.appendContent("null");
}

void ValueFormat::members(const ValueMap &map, KeyStyle keys) const {
  Separator separator;
  for (const Member *member : sortedMembers(map)) {
    prompt_.appendContent(separator.next());
    if (keys == KeyStyle::Quoted)
      string(member->key);
    else
      prompt_.appendContent(member->key);
    prompt_.appendContent(":");
    value(member->value, keys);
  }
}

void ValueFormat::list(const ValueList &list, KeyStyle keys) const {
  Separator separator;
  prompt_.appendContent("[");
  for (const Value &element : list) {
    prompt_.appendContent(separator.next());
    value(element, keys);
  }
  prompt_.appendContent("]");
}

} // namespace g4rt
