//===- Value.h - JSON that keeps how it was written -------------*- C++ -*-===//
//
// Arguments of tool calls, tool responses and tool schemas are printed into the
// prompt. A value keeps the order of keys and spells a number as Python's str()
// of the parsed number, because that is what the models were trained on.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_CONVERSATION_VALUE_H
#define G4_RUNTIME_TEXT_CONVERSATION_VALUE_H

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace g4rt {

class Value;
struct Member;

using ValueList = std::vector<Value>;
/// Members in the order of the text; no key comes twice.
using ValueMap = std::vector<Member>;

/// A number as Python prints it: "1", "1.5", "1e+20", "inf".
struct Number {
  std::string text;
  bool isZero = false;
};

/// null, a truth value, a number, a string, a list or a map.
class Value {
public:
  Value() = default;
  explicit Value(bool value);
  explicit Value(Number value);
  explicit Value(std::string value);
  explicit Value(ValueList value);
  explicit Value(ValueMap value);

  bool isNull() const { return state_.index() == 0; }
  /// The value of that kind, or null if it is of another.
  const bool *boolean() const { return std::get_if<bool>(&state_); }
  const Number *number() const { return std::get_if<Number>(&state_); }
  const std::string *string() const {
    return std::get_if<std::string>(&state_);
  }
  const ValueList *list() const { return std::get_if<ValueList>(&state_); }
  const ValueMap *map() const { return std::get_if<ValueMap>(&state_); }
  ValueList *list() { return std::get_if<ValueList>(&state_); }
  ValueMap *map() { return std::get_if<ValueMap>(&state_); }

  /// The member `key` of a map; null if there is none or this is no map.
  const Value *find(std::string_view key) const;

  /// Whether Python takes it for true: not null, false, 0, "", [] or {}.
  bool isTruthy() const;

  /// "an object", for messages.
  std::string_view kindName() const;

private:
  std::variant<std::monostate, bool, Number, std::string, ValueList, ValueMap>
      state_;
};

struct Member {
  std::string key;
  Value value;
};

/// How Python prints what its json module makes of `text`, a number of JSON:
/// integers of any size as they are, others as the shortest decimal that gives
/// the same double.
Number pythonNumber(std::string_view text);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_CONVERSATION_VALUE_H
