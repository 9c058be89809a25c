//===- RequestBody.h - A request's JSON, parsed once ------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_REQUESTBODY_H
#define G4_RUNTIME_HTTP_OPENAI_REQUESTBODY_H

#include "runtime/text/conversation/FieldReader.h"
#include "runtime/text/conversation/ValueParser.h"

#include <string_view>
#include <utility>

namespace g4rt {

/// The value of a body, and how many more values JSON in its strings may have.
struct RequestBody {
  Value value;
  ValueLimits left = {};
  JsonPath root = {};

  /// Errors: those of parseValue.
  static Result<RequestBody> parse(std::string_view text,
                                   ValueLimits limits = {}) {
    G4RT_ASSIGN(Value value, parseValue(text, limits));
    return RequestBody{.value = std::move(value), .left = limits};
  }

  /// Borrows this. Errors: InvalidArgument if the value is no object.
  Result<FieldReader> fields() const { return FieldReader::of(value, root); }
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_REQUESTBODY_H
