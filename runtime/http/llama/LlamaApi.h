//===- LlamaApi.h - llama-server's own endpoints ----------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_LLAMA_LLAMAAPI_H
#define G4_RUNTIME_HTTP_LLAMA_LLAMAAPI_H

#include "runtime/http/openai/Endpoint.h"
#include "runtime/http/openai/RequestPreparer.h"

#include <vector>

namespace g4rt {

/// /completion, /props and /slots. Borrows both; outlives the router's
/// handlers.
class LlamaApi {
public:
  LlamaApi(const RequestPreparer &preparer, const ServerState &state)
      : preparer_(preparer), state_(state) {}

  std::vector<Route> routes();

private:
  Status answer(const Call &call) const;
  HttpResponse props() const;
  HttpResponse slots() const;

  const RequestPreparer &preparer_;
  const ServerState &state_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_LLAMA_LLAMAAPI_H
