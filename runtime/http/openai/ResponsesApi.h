//===- ResponsesApi.h - The endpoints of /v1/responses ----------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_RESPONSESAPI_H
#define G4_RUNTIME_HTTP_OPENAI_RESPONSESAPI_H

#include "runtime/http/openai/Endpoint.h"
#include "runtime/http/openai/RequestPreparer.h"
#include "runtime/http/openai/ResponseStore.h"

#include <vector>

namespace g4rt {

/// POST /v1/responses, and GET and DELETE of one that is kept. Borrows both;
/// outlives the router's handlers and all answers.
class ResponsesApi {
public:
  ResponsesApi(const RequestPreparer &preparer, ServerState &state)
      : preparer_(preparer), state_(state), store_(state.memory) {}

  std::vector<Route> routes();

private:
  Status answer(const Call &call);
  void get(const Call &call);
  void erase(const Call &call);

  const RequestPreparer &preparer_;
  const ServerState &state_;
  ResponseStore store_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_RESPONSESAPI_H
