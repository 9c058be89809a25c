//===- ValueJson.cpp - A value of a request as JSON -----------------------===//

#include "runtime/http/openai/ValueJson.h"

namespace g4rt {

static json::value jsonOfNumber(const Number &number) {
  Result<json::value> parsed = parseJson(number.text);
  return parsed ? *std::move(parsed) : json::value();
}

// As deep as the parser lets values be.
json::value jsonOf(const Value &value) {
  if (const bool *truth = value.boolean())
    return *truth;
  if (const Number *number = value.number())
    return jsonOfNumber(*number);
  if (const std::string *text = value.string())
    return json::string(*text);
  if (const ValueList *list = value.list()) {
    json::array out;
    for (const Value &element : *list)
      out.push_back(jsonOf(element));
    return out;
  }
  if (const ValueMap *map = value.map()) {
    json::object out;
    for (const Member &member : *map)
      out[member.key] = jsonOf(member.value);
    return out;
  }
  return nullptr;
}

} // namespace g4rt
