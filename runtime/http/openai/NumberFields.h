//===- NumberFields.h - Numbers of a request's JSON -------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_NUMBERFIELDS_H
#define G4_RUNTIME_HTTP_OPENAI_NUMBERFIELDS_H

#include "runtime/base/Status.h"
#include "runtime/text/conversation/FieldReader.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace g4rt {

/// Bounds of an integer, both allowed.
struct IntegerRange {
  int64_t min;
  int64_t max;
};

/// The integer, none if it is missing or null. Errors, here and below:
/// InvalidArgument, `top_k: 1.5, needs an integer of 0 to 100`.
Result<std::optional<int64_t>> readInteger(const FieldReader &fields,
                                           std::string_view key,
                                           IntegerRange range);

/// The same of a value that stands at `path`.
Result<int64_t> integerOf(const Value &value, const JsonPath &path,
                          IntegerRange range);

/// The number, which is finite; its range is for others to check.
Result<std::optional<float>> readNumber(const FieldReader &fields,
                                        std::string_view key);
Result<float> numberOf(const Value &value, const JsonPath &path);

/// Token ids of 0 to `numTokens` - 1, at most `maxSize` of them; empty if
/// missing.
Result<std::vector<int32_t>> readIds(const FieldReader &fields,
                                     std::string_view key, int32_t numTokens,
                                     size_t maxSize);
Result<std::vector<int32_t>> idsOf(std::span<const Value> values,
                                   const JsonPath &path, int32_t numTokens);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_NUMBERFIELDS_H
