//===- Endpoint.h - Routes from what they do --------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_ENDPOINT_H
#define G4_RUNTIME_HTTP_OPENAI_ENDPOINT_H

#include "runtime/base/Status.h"
#include "runtime/http/Router.h"
#include "runtime/http/ServerState.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace g4rt {

using Call = std::shared_ptr<Exchange>;

/// GET, answered on the loop's thread.
Route getRoute(std::string path, Access access,
               std::function<HttpResponse()> endpoint);

/// POST from JSON to JSON, for users.
Route postRoute(std::string path,
                std::function<Result<std::string>(std::string_view)> endpoint);

/// POST of a request for tokens, for users: refused while the server drains.
/// `answer` either sees to the answer or says why there is none; a prompt that
/// is too long is then the fault of the field `promptField`.
Route generateRoute(std::string path, const ServerState &state,
                    std::string_view promptField,
                    std::function<Status(const Call &)> answer);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_ENDPOINT_H
