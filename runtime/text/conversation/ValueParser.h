//===- ValueParser.h - JSON text to a Value ---------------------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_CONVERSATION_VALUEPARSER_H
#define G4_RUNTIME_TEXT_CONVERSATION_VALUEPARSER_H

#include "runtime/base/Status.h"
#include "runtime/text/conversation/Value.h"

#include <cstddef>
#include <string_view>

namespace g4rt {

struct ValueLimits {
  size_t maxDepth = 64;
  /// Values that may still be made; lowered by parseValue, so that several
  /// texts can share one budget. A value takes about 100 bytes.
  size_t maxValues = 200'000;
};

/// `text` as a value. Takes strict JSON in UTF-8, without recursion.
///
/// Errors: InvalidArgument, with the byte offset, if the text is not JSON, is
/// nested deeper or has more values than `limits`, or if an object has a key
/// twice.
Result<Value> parseValue(std::string_view text, ValueLimits &limits);

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_CONVERSATION_VALUEPARSER_H
