//===- Api.cpp - The endpoints --------------------------------------------===//

#include "runtime/http/openai/Api.h"

#include <algorithm>

namespace g4rt {

static size_t longestPiece(const Tokenizer &tokenizer) {
  size_t longest = 1;
  for (int32_t id = 0; id < tokenizer.numTokens(); ++id)
    longest = std::max(longest, tokenizer.piece(id).size());
  return longest;
}

Api::Api(const ServedModel &model, const ServerState &state,
         const HttpLimits &limits)
    : model_(model), state_(state), limits_(limits),
      marks_(AnswerMarks::of(model.tokenizer)),
      mostBytesOfToken_(longestPiece(model.tokenizer)) {}

static Route get(std::string path, std::function<HttpResponse()> endpoint) {
  return {"GET", std::move(path), RunOn::Loop,
          [endpoint = std::move(endpoint)](const auto &exchange) {
            exchange->respond(endpoint());
          }};
}

// An endpoint from JSON to JSON.
static Route
post(std::string path,
     std::function<Result<std::string>(std::string_view)> endpoint) {
  return {"POST", std::move(path), RunOn::Worker,
          [endpoint = std::move(endpoint)](const auto &exchange) {
            Result<std::string> result = endpoint(exchange->request().body);
            if (!result)
              return exchange->respond(errorOf(result.error()));
            exchange->respond(HttpResponse{.body = *std::move(result)});
          }};
}

std::vector<Route> Api::routes() {
  Handler chatHandler = [this](const Call &call) { chat(call); };
  Handler completionHandler = [this](const Call &call) { complete(call); };
  Handler modelHandler = [this](const Call &call) {
    call->respond(modelByName(call->request().path));
  };
  return {{"POST", "/v1/chat/completions", RunOn::Worker, chatHandler},
          {"POST", "/v1/completions", RunOn::Worker, completionHandler},
          post("/tokenize", [this](auto body) { return tokenize(body); }),
          post("/detokenize", [this](auto body) { return detokenize(body); }),
          post("/apply-template",
               [this](auto body) { return applyTemplate(body); }),
          get("/v1/models", [this] { return models(); }),
          {"GET", "/v1/models/", RunOn::Loop, modelHandler},
          get("/health", [this] { return health(); }),
          get("/ready", [this] { return ready(); }),
          get("/version", [this] { return version(); }),
          get("/metrics", [this] { return metrics(); })};
}

} // namespace g4rt
