//===- RequestEndpoints.cpp - What is asked of a running request ----------===//

#include "runtime/http/openai/Api.h"

namespace g4rt {

/// "/v1/requests/ID/end_thinking" has ID; none if it is another path.
static std::optional<std::string> requestOfThinking(std::string_view path) {
  constexpr std::string_view kBefore = "/v1/requests/";
  constexpr std::string_view kAfter = "/end_thinking";
  if (!path.ends_with(kAfter) || path.size() <= kBefore.size() + kAfter.size())
    return std::nullopt;
  path.remove_suffix(kAfter.size());
  return std::string(path.substr(kBefore.size()));
}

void Api::changeRequest(const Call &call) const {
  auto request = requestOfThinking(call->request().path);
  if (!request)
    return call->respond(
        ApiError{ErrorKind::UnknownUrl, "there is nothing under this path"});
  std::vector<GenerationId> ids =
      call->running().idsOf(*request, call->request());
  if (ids.empty())
    return call->respond(
        ApiError{ErrorKind::UnknownUrl, "no request of this id runs"});
  for (GenerationId id : ids)
    model_.engine.endThought(id);
  call->respond(HttpResponse{
      .body = json::serialize(json::object{
          {"id", *request}, {"object", "request"}, {"answers", ids.size()}})});
}

} // namespace g4rt
