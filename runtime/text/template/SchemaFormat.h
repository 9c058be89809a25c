//===- SchemaFormat.h - Tool schemas as text of a prompt --------*- C++ -*-===//
//
// How Gemma's template declares the parameters of a tool. Of each property it
// shows, in this order: description; enum of a STRING or items of an ARRAY;
// nullable; properties and required of an OBJECT; type. All else is dropped,
// except that an OBJECT without properties shows its other fields as if they
// were properties.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_TEXT_TEMPLATE_SCHEMAFORMAT_H
#define G4_RUNTIME_TEXT_TEMPLATE_SCHEMAFORMAT_H

#include "runtime/base/Status.h"
#include "runtime/text/conversation/JsonPath.h"
#include "runtime/text/template/Prompt.h"
#include "runtime/text/template/ValueFormat.h"

#include <string>
#include <string_view>

namespace g4rt {

/// The `type` of a schema in upper case: "STRING"; of a union as Python prints
/// a list, "['STRING', 'NULL']"; "" if there is none. Errors: InvalidArgument
/// if it is neither a name nor a list of names.
Result<std::string> schemaType(const Value *type, const JsonPath &path);

/// The string of a field such as a description; "" if it is missing or, as
/// Python sees it, false. Errors: InvalidArgument if it is anything else.
Result<std::string_view> schemaText(const Value *text, const JsonPath &path);

/// Writes schemas to a prompt. Recursion is as deep as the schema, which the
/// parser limits. All errors are InvalidArgument with the path of the field
/// that is not as JSON schema wants it. Borrows both.
class SchemaFormat {
public:
  SchemaFormat(Prompt &prompt, std::string_view quote)
      : prompt_(prompt), values_(prompt, quote) {}

  /// key:{...},key:{...}
  Status properties(const Value &map, const JsonPath &path) const;
  /// [a,b] with quoted strings.
  Status strings(const Value &list, const JsonPath &path) const;

private:
  enum class Keys { All, NotOfASchema };

  Status members(const ValueMap &map, Keys keys, const JsonPath &path) const;
  Status schema(const Value &schema, const JsonPath &path) const;
  Status objectFields(const Value &schema, Separator &separator,
                      const JsonPath &path) const;
  Status items(const Value &items, const JsonPath &path) const;
  Status item(const Member &field, const JsonPath &path) const;
  Status itemType(const Value &type, const JsonPath &path) const;
  void start(Separator &separator, std::string_view field) const;

  Prompt &prompt_;
  ValueFormat values_;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TEMPLATE_SCHEMAFORMAT_H
