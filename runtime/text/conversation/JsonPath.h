//===- JsonPath.h - Where in a JSON value -----------------------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_CONVERSATION_JSONPATH_H
#define G4_RUNTIME_TEXT_CONVERSATION_JSONPATH_H

#include "runtime/base/Status.h"
#include "runtime/base/Utf8.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace g4rt {

/// How many characters at the start of `text` spell a path as
/// JsonPath::toString does, as far as its characters tell.
size_t pathLength(std::string_view text);

/// A place such as `messages[2].content[1].type`, spelled only when something
/// is wrong there: a chain of steps that live on the stack. Borrows its parent
/// and its key.
class JsonPath {
public:
  JsonPath() = default;

  JsonPath key(std::string_view name) const { return {this, name, 0, true}; }
  JsonPath at(size_t index) const { return {this, {}, index, false}; }

  /// A key that is no plain word stands in brackets, as a string of JSON:
  /// `chat_template_kwargs["enable-thinking"]`.
  std::string toString() const;

  /// InvalidArgument: `messages[2].role: what`.
  Status wrong(std::string_view what) const {
    return Status(StatusCode::InvalidArgument,
                  (parent_ ? toString() : "request") + ": " +
                      std::string(what));
  }
  /// Unimplemented: `messages[2].role: what`.
  Status unsupported(std::string_view what) const {
    return Status(StatusCode::Unimplemented,
                  toString() + ": " + std::string(what));
  }

private:
  JsonPath(const JsonPath *parent, std::string_view key, size_t index,
           bool isKey)
      : parent_(parent), key_(key), index_(index), isKey_(isKey) {}

  const JsonPath *parent_ = nullptr;
  std::string_view key_;
  size_t index_ = 0;
  bool isKey_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_CONVERSATION_JSONPATH_H
