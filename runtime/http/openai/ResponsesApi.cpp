//===- ResponsesApi.cpp - The endpoints of /v1/responses ------------------===//

#include "runtime/http/openai/ResponsesApi.h"

#include "runtime/http/openai/ResponsesFormat.h"
#include "runtime/http/openai/ResponsesRequest.h"

namespace g4rt {

constexpr std::string_view kFolder = "/v1/responses/";
/// Bytes that are kept of a request while its answer is made, a byte of its
/// body: the history twice, and what is repeated.
constexpr size_t kKeptFactor = 12;

std::vector<Route> ResponsesApi::routes() {
  return {generateRoute("/v1/responses", state_, "input",
                        [this](const Call &call) { return answer(call); }),
          {"GET", std::string(kFolder), Access::User, RunOn::Worker,
           [this](const Call &call) { get(call); }},
          {"DELETE", std::string(kFolder), Access::User, RunOn::Worker,
           [this](const Call &call) { erase(call); }}};
}

/// What keeps a response that goes on from `history`.
static ResponsesFormat::Keep keepIn(ResponseStore &store, std::string id,
                                    std::vector<Message> history) {
  return [&store, id = std::move(id), history = std::move(history)](
             std::string json, Message said) mutable {
    history.push_back(std::move(said));
    store.put(id, {.messages = std::move(history), .json = std::move(json)});
  };
}

static size_t historyBytes(const std::vector<Message> &history) {
  size_t numBytes = 0;
  for (const Message &message : history)
    numBytes += heldBytes(message);
  return numBytes;
}

Status ResponsesApi::answer(const Call &call) {
  const ServedModel &model = preparer_.model();
  const std::string &body = call->request().body;
  G4RT_ASSIGN(ResponsesRequest request,
              parseResponsesRequest(body, model, store_));
  G4RT_ASSIGN(PreparedRequest prepared, preparer_.chat(request.chat));
  prepared.options.wire = kResponsesWire;
  prepared.options.keepsAnswer = true;
  prepared.options.keptBytes =
      body.size() * kKeptFactor + historyBytes(request.history);
  AnswerHead head = preparer_.newHead("resp_");
  ResponsesFormat::Options options{.isStream = prepared.options.isStream,
                                   .echo = std::move(request.echo)};
  if (request.isStored)
    options.keep = keepIn(store_, head.id, std::move(request.history));
  deliverAnswer(
      model.engine, std::move(prepared.request), call,
      std::make_unique<ResponsesFormat>(std::move(head), std::move(options)),
      prepared.options);
  return Status();
}

static std::string idOf(const Call &call) {
  return call->request().path.substr(kFolder.size());
}

static ApiError notKept() {
  return {ErrorKind::UnknownUrl, "no response of this id is kept"};
}

void ResponsesApi::get(const Call &call) {
  auto response = store_.find(idOf(call));
  if (!response)
    return call->respond(notKept());
  call->respond(HttpResponse{.body = response->json});
}

void ResponsesApi::erase(const Call &call) {
  std::string id = idOf(call);
  if (!store_.erase(id))
    return call->respond(notKept());
  call->respond(HttpResponse{
      .body = json::serialize(json::object{
          {"id", id}, {"object", "response"}, {"deleted", true}})});
}

} // namespace g4rt
