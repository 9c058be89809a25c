//===- OllamaApi.h - Ollama's endpoints -------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OLLAMA_OLLAMAAPI_H
#define G4_RUNTIME_HTTP_OLLAMA_OLLAMAAPI_H

#include "runtime/http/ollama/OllamaFormat.h"
#include "runtime/http/ollama/OllamaRequest.h"
#include "runtime/http/openai/Endpoint.h"
#include "runtime/http/openai/RequestPreparer.h"

#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// /api/chat and /api/generate, and what Ollama's clients ask about models:
/// /api/tags, /api/show, /api/ps, /api/version. Borrows both; outlives the
/// router's handlers.
class OllamaApi {
public:
  OllamaApi(const RequestPreparer &preparer, const ServerState &state)
      : preparer_(preparer), state_(state) {}

  std::vector<Route> routes();

private:
  Status answer(const Call &call, OllamaFormat::Door door) const;
  HttpResponse models(bool isRunning) const;
  json::object modelObject() const;
  Result<std::string> show(std::string_view body) const;

  const RequestPreparer &preparer_;
  const ServerState &state_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OLLAMA_OLLAMAAPI_H
