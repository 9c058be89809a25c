//===- StatusEndpoints.cpp - What the server says of itself ---------------===//
//
// /v1/models, /health, /ready, /version, /metrics.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Utf8.h"
#include "runtime/http/openai/Api.h"
#include "runtime/http/openai/Metrics.h"

namespace g4rt {

static json::object modelObject(const ServedModel &model) {
  json::object object{{"id", model.name},
                      {"object", "model"},
                      {"created", model.createdTime},
                      {"owned_by", "g4"},
                      {"max_model_len", model.maxModelLength}};
  if (!model.label.is_null())
    object["label"] = model.label;
  return object;
}

static HttpResponse jsonResponse(const json::object &body, int status = 200) {
  return {.status = status, .body = json::serialize(body)};
}

HttpResponse Api::models() const {
  return jsonResponse(
      {{"object", "list"}, {"data", json::array{modelObject(model_)}}});
}

static int hexDigit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// A name may hold a slash, which clients encode.
static std::string percentDecoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    bool isEscape = text[i] == '%' && i + 2 < text.size() &&
                    hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0;
    if (isEscape) {
      out +=
          static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

HttpResponse Api::modelByName(std::string_view path) const {
  constexpr std::string_view kFolder = "/v1/models/";
  if (percentDecoded(path.substr(kFolder.size())) == model_.name)
    return jsonResponse(modelObject(model_));
  return errorResponse({ErrorKind::ModelNotFound,
                        "model: not served here, needs \"" + model_.name + "\"",
                        "model"});
}

// What an operator wants to know of the engine besides.
static void addFacts(json::object &body, const EngineStatus &status) {
  body["restarts"] = status.numRestarts;
  body["engine_pid"] = status.processId;
  if (!status.lastError.empty())
    body["last_error"] = clipUtf8(status.lastError, 1024);
}

static bool isFine(const EngineStatus &status) {
  return status.phase == EnginePhase::Serving && !status.isDegraded;
}

// An error object as everywhere, and beside it what has become of the engine.
static HttpResponse notServing(const EngineStatus &status) {
  bool isDegraded = status.phase == EnginePhase::Serving;
  HttpResponse response =
      errorResponse(isDegraded ? ApiError{ErrorKind::EngineDegraded,
                                          "the engine gives no sign of life: "
                                          "it hangs, or its step is long"}
                               : notServingError(status.phase));
  json::object body = json::parse(response.body).as_object();
  body["status"] = isDegraded ? "degraded" : toString(status.phase);
  body["last_sign_seconds"] = status.lastSignSeconds;
  if (!isDegraded && status.phase != EnginePhase::Failed)
    body["progress"] = status.loadProgress;
  addFacts(body, status);
  response.body = json::serialize(body);
  return response;
}

HttpResponse Api::health() const {
  EngineStatus status = model_.engine.status();
  if (!isFine(status))
    return notServing(status);
  return jsonResponse({{"status", "ok"}});
}

HttpResponse Api::ready() const {
  EngineStatus status = model_.engine.status();
  if (status.isDraining || state_.isDraining)
    return errorResponse(drainingError());
  if (!isFine(status))
    return notServing(status);
  return jsonResponse({{"status", "ready"}});
}

HttpResponse Api::version() const {
  return jsonResponse({{"version", G4_VERSION}});
}

HttpResponse Api::metrics() const {
  return {.contentType = "text/plain; version=0.0.4; charset=utf-8",
          .body = formatMetrics(model_.engine.status(), state_, model_.name)};
}

} // namespace g4rt
