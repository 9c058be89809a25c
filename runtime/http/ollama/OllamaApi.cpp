//===- OllamaApi.cpp - Ollama's endpoints ---------------------------------===//

#include "runtime/http/ollama/OllamaApi.h"

#include "runtime/http/openai/RequestBody.h"

namespace g4rt {

using Door = OllamaFormat::Door;

std::vector<Route> OllamaApi::routes() {
  return {generateRoute(
              "/api/chat", state_, "messages",
              [this](const Call &call) { return answer(call, Door::Chat); }),
          generateRoute("/api/generate", state_, "prompt",
                        [this](const Call &call) {
                          return answer(call, Door::Generate);
                        }),
          getRoute("/api/tags", Access::User,
                   [this] { return models(/*isRunning=*/false); }),
          getRoute("/api/ps", Access::User,
                   [this] { return models(/*isRunning=*/true); }),
          postRoute("/api/show", [this](auto body) { return show(body); }),
          getRoute("/api/version", Access::User, [] {
            return HttpResponse{
                .body = json::serialize(json::object{{"version", G4_VERSION}})};
          })};
}

Status OllamaApi::answer(const Call &call, Door door) const {
  const ServedModel &model = preparer_.model();
  const std::string &body = call->request().body;
  G4RT_ASSIGN(OllamaRequest request, door == Door::Chat
                                         ? parseOllamaChat(body, model)
                                         : parseOllamaGenerate(body, model));
  AnswerHead head = preparer_.newHead("");
  if (request.isEmpty) {
    call->respond(HttpResponse{
        .body = json::serialize(OllamaFormat::loaded(head, door))});
    return Status();
  }
  G4RT_ASSIGN(PreparedRequest prepared,
              request.raw
                  ? preparer_.text(*request.raw, request.chat.generation)
                  : preparer_.chat(request.chat));
  prepared.options.wire = kOllamaWire;
  prepared.options.keepsAnswer = true;
  deliverAnswer(
      model.engine, std::move(prepared.request), call,
      std::make_unique<OllamaFormat>(
          std::move(head), model.tokenizer,
          OllamaFormat::Options{.door = door,
                                .isStream = prepared.options.isStream,
                                .hasLogprobs = prepared.options.hasLogprobs}),
      prepared.options);
  return Status();
}

static json::object details() {
  return {{"parent_model", ""},   {"format", "g4"},
          {"family", "gemma4"},   {"families", json::array{"gemma4"}},
          {"parameter_size", ""}, {"quantization_level", ""}};
}

/// Ollama's clients expect a tag.
json::object OllamaApi::modelObject() const {
  const ServedModel &model = preparer_.model();
  std::string name = model.name + ":latest";
  return {{"name", name},
          {"model", name},
          {"modified_at", timeText(model.createdTime)},
          {"size", model.engine.view().weightBytes},
          {"digest", ""},
          {"details", details()}};
}

// There is one model, which always runs.
HttpResponse OllamaApi::models(bool isRunning) const {
  json::object object = modelObject();
  if (isRunning) {
    object["expires_at"] = timeText(0);
    object["size_vram"] = object["size"];
    object["context_length"] = preparer_.model().maxModelLength;
  }
  return {.body = json::serialize(
              json::object{{"models", json::array{std::move(object)}}})};
}

static std::string parametersOf(const GenerationDefaults &defaults) {
  return "temperature " + std::to_string(defaults.temperature) + "\ntop_k " +
         std::to_string(defaults.topK) + "\ntop_p " +
         std::to_string(defaults.topP);
}

Result<std::string> OllamaApi::show(std::string_view text) const {
  const ServedModel &model = preparer_.model();
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(text));
  G4RT_ASSIGN(FieldReader request, body.fields());
  G4RT_TRY(checkOllamaModel(request, model));
  json::array capabilities{"completion"};
  if (model.chatTemplate) {
    capabilities.push_back("tools");
    capabilities.push_back("thinking");
  }
  return json::serialize(
      json::object{{"modelfile", ""},
                   {"parameters", parametersOf(model.generation)},
                   {"template", ""},
                   {"details", details()},
                   {"model_info",
                    {{"general.architecture", "gemma4"},
                     {"gemma4.context_length", model.maxModelLength}}},
                   {"capabilities", std::move(capabilities)},
                   {"modified_at", timeText(model.createdTime)}});
}

} // namespace g4rt
