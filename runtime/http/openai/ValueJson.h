//===- ValueJson.h - A value of a request as JSON ---------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_VALUEJSON_H
#define G4_RUNTIME_HTTP_OPENAI_VALUEJSON_H

#include "runtime/base/Json.h"
#include "runtime/text/conversation/Value.h"

namespace g4rt {

/// For answers that repeat what a request said. A number beyond JSON's is null.
json::value jsonOf(const Value &value);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_VALUEJSON_H
