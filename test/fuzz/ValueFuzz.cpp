// Any text as a value of a template: what our parser takes, Boost's takes, and
// both find the same in it; and it can be written into a prompt.

#include "runtime/base/Json.h"
#include "runtime/text/conversation/ValueParser.h"
#include "runtime/text/template/ValueFormat.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

static bool isSame(const Value &ours, const json::value &theirs) {
  if (const bool *boolean = ours.boolean())
    return theirs.is_bool() && theirs.get_bool() == *boolean;
  if (const std::string *text = ours.string())
    return theirs.is_string() && theirs.get_string() == *text;
  if (ours.number())
    return theirs.is_number();
  if (const ValueList *list = ours.list()) {
    if (!theirs.is_array() || theirs.get_array().size() != list->size())
      return false;
    for (size_t i = 0; i < list->size(); ++i)
      if (!isSame((*list)[i], theirs.get_array()[i]))
        return false;
    return true;
  }
  if (const ValueMap *map = ours.map()) {
    if (!theirs.is_object() || theirs.get_object().size() != map->size())
      return false;
    for (const Member &member : *map) {
      const json::value *other = theirs.get_object().if_contains(member.key);
      if (!other || !isSame(member.value, *other))
        return false;
    }
    return true;
  }
  return ours.isNull() && theirs.is_null();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text = textOf(data, size);
  ValueLimits limits;
  Result<Value> value = parseValue(text, limits);
  if (!value)
    return 0;
  Result<json::value> other = parseJson(text);
  require(other.has_value(), "a value is JSON");
  require(isSame(*value, *other), "the same is found in it");
  Prompt prompt;
  ValueFormat(prompt, "<|\"|>").value(*value, KeyStyle::Quoted);
  require(!prompt.joined().empty(), "it can be written");
  return 0;
}
