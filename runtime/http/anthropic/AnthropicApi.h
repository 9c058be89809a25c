//===- AnthropicApi.h - Anthropic's endpoints -------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_ANTHROPIC_ANTHROPICAPI_H
#define G4_RUNTIME_HTTP_ANTHROPIC_ANTHROPICAPI_H

#include "runtime/http/openai/Endpoint.h"
#include "runtime/http/openai/RequestPreparer.h"

#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

/// /v1/messages and /v1/messages/count_tokens. Borrows both; outlives the
/// router's handlers.
class AnthropicApi {
public:
  AnthropicApi(const RequestPreparer &preparer, const ServerState &state)
      : preparer_(preparer), state_(state) {}

  std::vector<Route> routes();

private:
  Status answer(const Call &call) const;
  Result<std::string> countTokens(std::string_view body) const;

  const RequestPreparer &preparer_;
  const ServerState &state_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_ANTHROPIC_ANTHROPICAPI_H
