//===- Api.cpp - The table of endpoints -----------------------------------===//

#include "runtime/http/openai/Api.h"

#include <iterator>

namespace g4rt {

static void append(std::vector<Route> more, std::vector<Route> &routes) {
  routes.insert(routes.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

std::vector<Route> Api::routes() {
  std::vector<Route> routes = {
      generateRoute("/v1/chat/completions", state_, "messages",
                    [this](const Call &call) { return answerChat(call); }),
      generateRoute(
          "/v1/completions", state_, "prompt",
          [this](const Call &call) { return answerCompletion(call); }),
      generateRoute("/g4/chats", state_, "chats",
                    [this](const Call &call) { return answerChats(call); }),
      postRoute("/tokenize", [this](auto body) { return tokenize(body); }),
      postRoute("/detokenize", [this](auto body) { return detokenize(body); }),
      postRoute("/apply-template",
                [this](auto body) { return applyTemplate(body); }),
      getRoute("/v1/models", Access::User, [this] { return models(); }),
      {"POST", "/v1/requests/", Access::User, RunOn::Loop,
       [this](const Call &call) { changeRequest(call); }},
      {"GET", "/v1/models/", Access::User, RunOn::Loop,
       [this](const Call &call) {
         call->respond(modelByName(call->request().path));
       }},
      // What a supervisor asks, which knows no keys.
      getRoute("/health", Access::Open, [this] { return health(); }),
      getRoute("/ready", Access::Open, [this] { return ready(); }),
      getRoute("/version", Access::User, [this] { return version(); }),
      // Of everybody's answers.
      getRoute("/metrics", Access::Admin, [this] { return metrics(); })};
  append(responses_.routes(), routes);
  append(anthropic_.routes(), routes);
  append(ollama_.routes(), routes);
  append(llama_.routes(), routes);
  return routes;
}

} // namespace g4rt
