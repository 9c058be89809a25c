//===- Endpoint.cpp - Routes from what they do ----------------------------===//

#include "runtime/http/openai/Endpoint.h"

#include <utility>

namespace g4rt {

Route getRoute(std::string path, Access access,
               std::function<HttpResponse()> endpoint) {
  return {"GET", std::move(path), access, RunOn::Loop,
          [endpoint = std::move(endpoint)](const Call &call) {
            call->respond(endpoint());
          }};
}

Route postRoute(std::string path,
                std::function<Result<std::string>(std::string_view)> endpoint) {
  return {"POST", std::move(path), Access::User, RunOn::Worker,
          [endpoint = std::move(endpoint)](const Call &call) {
            Result<std::string> result = endpoint(call->request().body);
            if (!result)
              return call->respond(errorOf(result.error()));
            call->respond(HttpResponse{.body = *std::move(result)});
          }};
}

Route generateRoute(std::string path, const ServerState &state,
                    std::string_view promptField,
                    std::function<Status(const Call &)> answer) {
  return {"POST", std::move(path), Access::User, RunOn::Worker,
          [&state, promptField, answer = std::move(answer)](const Call &call) {
            if (state.isDraining)
              return call->respond(drainingError());
            Status status = answer(call);
            if (status.ok())
              return;
            ApiError error = errorOf(status);
            if (error.kind == ErrorKind::ContextLengthExceeded)
              error.param = promptField;
            call->respond(error);
          }};
}

} // namespace g4rt
