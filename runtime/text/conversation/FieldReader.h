//===- FieldReader.h - Typed fields of a request's JSON ---------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_CONVERSATION_FIELDREADER_H
#define G4_RUNTIME_TEXT_CONVERSATION_FIELDREADER_H

#include "runtime/base/Status.h"
#include "runtime/text/conversation/JsonPath.h"
#include "runtime/text/conversation/Value.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace g4rt {

/// `path: a number, needs a string`.
Status wrongKind(const JsonPath &path, const Value &value,
                 std::string_view needed);

/// `"x", needs y`, with a bounded x.
std::string unexpected(std::string_view found, std::string_view needed);

/// Fields of an object and its place. A field that is null counts as missing.
/// All failures are InvalidArgument with the field's path. Borrows both.
class FieldReader {
public:
  /// Errors: if `value` is no object.
  static Result<FieldReader> of(const Value &value, const JsonPath &path);

  const JsonPath &path() const { return *path_; }
  /// The field, or null if it is missing.
  const Value *find(std::string_view key) const;

  /// The string, none if it is missing.
  Result<std::optional<std::string>> string(std::string_view key) const;
  /// The string; an error if it is missing.
  Result<std::string> neededString(std::string_view key) const;
  /// The object; an error if it is missing.
  Result<const Value *> neededObject(std::string_view key) const;
  /// The truth value, none if it is missing.
  Result<std::optional<bool>> boolean(std::string_view key) const;
  /// The list's elements, none if it is missing; an error if more than
  /// `maxSize`.
  Result<std::span<const Value>> list(std::string_view key,
                                      size_t maxSize) const;

private:
  FieldReader(const Value &object, const JsonPath &path)
      : object_(&object), path_(&path) {}

  const Value *object_;
  const JsonPath *path_;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_CONVERSATION_FIELDREADER_H
