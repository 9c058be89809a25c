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

static Route get(std::string path, Access access,
                 std::function<HttpResponse()> endpoint) {
  return {"GET", std::move(path), access, RunOn::Loop,
          [endpoint = std::move(endpoint)](const auto &exchange) {
            exchange->respond(endpoint());
          }};
}

// An endpoint from JSON to JSON, for users.
static Route
post(std::string path,
     std::function<Result<std::string>(std::string_view)> endpoint) {
  return {"POST", std::move(path), Access::User, RunOn::Worker,
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
  return {{"POST", "/v1/chat/completions", Access::User, RunOn::Worker,
           chatHandler},
          {"POST", "/v1/completions", Access::User, RunOn::Worker,
           completionHandler},
          {"POST", "/g4/chats", Access::User, RunOn::Worker,
           [this](const Call &call) { chats(call); }},
          post("/tokenize", [this](auto body) { return tokenize(body); }),
          post("/detokenize", [this](auto body) { return detokenize(body); }),
          post("/apply-template",
               [this](auto body) { return applyTemplate(body); }),
          get("/v1/models", Access::User, [this] { return models(); }),
          {"GET", "/v1/models/", Access::User, RunOn::Loop, modelHandler},
          // What a supervisor asks, which knows no keys.
          get("/health", Access::Open, [this] { return health(); }),
          get("/ready", Access::Open, [this] { return ready(); }),
          get("/version", Access::User, [this] { return version(); }),
          // Of everybody's answers.
          get("/metrics", Access::Admin, [this] { return metrics(); })};
}

} // namespace g4rt
