//===- Refusals.h - Fields that would change the answer ---------*- C++ -*-===//
//
// A field that this server does not know of is ignored. One that it knows of,
// that is not supported and that would change the answer, is refused: silence
// would be a wrong answer.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_OPENAI_REFUSALS_H
#define G4_RUNTIME_HTTP_OPENAI_REFUSALS_H

#include "runtime/base/Status.h"
#include "runtime/text/conversation/FieldReader.h"

#include <span>
#include <string_view>

namespace g4rt {

/// Success if each of `names` is missing, false, 0 or empty. Errors:
/// Unimplemented with the field's path.
Status refuseFields(const FieldReader &request,
                    std::span<const std::string_view> names);

/// The fields that no API of this server supports. Errors: Unimplemented with
/// the field's path; InvalidArgument if it is of a
/// wrong kind. A field with the value that means "do nothing" passes.
Status refuseUnsupported(const FieldReader &request);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_REFUSALS_H
