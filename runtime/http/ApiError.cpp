//===- ApiError.cpp - The error table of the API --------------------------===//

#include "runtime/http/ApiError.h"

#include "runtime/base/Utf8.h"
#include "runtime/text/conversation/JsonPath.h"

#include <array>

namespace g4rt {

namespace {

struct Row {
  ErrorKind kind;
  int status;
  std::string_view type;
  std::string_view code;
};

} // namespace

constexpr std::string_view kRequest = "invalid_request_error";
constexpr std::string_view kServer = "server_error";
constexpr std::string_view kUnavailable = "service_unavailable";

constexpr auto kTable = std::to_array<Row>({
    {ErrorKind::BadFraming, 400, kRequest, "bad_request"},
    {ErrorKind::InvalidJson, 400, kRequest, "invalid_json"},
    {ErrorKind::InvalidValue, 400, kRequest, "invalid_value"},
    {ErrorKind::UnsupportedParameter, 400, kRequest, "unsupported_parameter"},
    {ErrorKind::ContextLengthExceeded, 400, kRequest,
     "context_length_exceeded"},
    {ErrorKind::KeyUnknown, 401, kRequest, "invalid_api_key"},
    {ErrorKind::HostNotAllowed, 403, "permission_error", "host_not_allowed"},
    {ErrorKind::KeyNotAllowed, 403, "permission_error", "key_not_allowed"},
    {ErrorKind::ModelNotFound, 404, kRequest, "model_not_found"},
    {ErrorKind::UnknownUrl, 404, kRequest, "unknown_url"},
    {ErrorKind::MethodNotAllowed, 405, kRequest, "method_not_allowed"},
    {ErrorKind::Timeout, 408, kRequest, "request_timeout"},
    {ErrorKind::TooLarge, 413, kRequest, "request_too_large"},
    {ErrorKind::UriTooLong, 414, kRequest, "uri_too_long"},
    {ErrorKind::UnsupportedEncoding, 415, kRequest, "unsupported_encoding"},
    {ErrorKind::ExpectationFailed, 417, kRequest, "expectation_failed"},
    {ErrorKind::QueueFull, 429, "rate_limit_error", "queue_full"},
    {ErrorKind::KeyLimit, 429, "rate_limit_error", "rate_limit_exceeded"},
    {ErrorKind::HeaderTooLarge, 431, kRequest, "header_too_large"},
    {ErrorKind::ClientGone, 499, kRequest, "client_gone"},
    {ErrorKind::NumericalError, 500, kServer, "numerical_error"},
    {ErrorKind::Internal, 500, kServer, "internal_error"},
    {ErrorKind::Draining, 503, kUnavailable, "draining"},
    {ErrorKind::EngineLost, 503, kUnavailable, "engine_lost"},
    {ErrorKind::EngineDegraded, 503, kUnavailable, "engine_degraded"},
    {ErrorKind::EngineLoading, 503, kUnavailable, "engine_loading"},
    {ErrorKind::EngineRestarting, 503, kUnavailable, "engine_restarting"},
    {ErrorKind::EngineFailed, 503, kUnavailable, "engine_failed"},
    {ErrorKind::Overloaded, 503, kUnavailable, "server_is_overloaded"},
    {ErrorKind::DeadlineExceeded, 504, "timeout_error", "deadline_exceeded"},
    {ErrorKind::VersionNotSupported, 505, kRequest, "version_not_supported"},
});

static const Row &rowOf(ErrorKind kind) {
  return kTable[static_cast<size_t>(kind)];
}

// The table is indexed by the kind.
static constexpr bool isInOrder() {
  for (size_t i = 0; i < kTable.size(); ++i)
    if (kTable[i].kind != static_cast<ErrorKind>(i))
      return false;
  return true;
}
static_assert(isInOrder());

int ApiError::status() const { return rowOf(kind).status; }
std::string_view ApiError::code() const { return rowOf(kind).code; }

// "messages[2].role" of "messages[2].role: what"; "request" is no field.
static std::string paramOf(std::string_view message) {
  size_t size = pathLength(message);
  std::string_view path = message.substr(0, size);
  if (path.empty() || path == "request" ||
      !message.substr(size).starts_with(": "))
    return {};
  return std::string(path);
}

static ApiError errorOfArgument(const std::string &message) {
  if (message.starts_with("context_length_exceeded"))
    return {ErrorKind::ContextLengthExceeded, message};
  if (message.starts_with("invalid JSON"))
    return {ErrorKind::InvalidJson, message};
  return {ErrorKind::InvalidValue, message, paramOf(message)};
}

ApiError errorOf(const Status &status) {
  switch (status.code()) {
  case StatusCode::InvalidArgument:
    return errorOfArgument(status.message());
  case StatusCode::NotFound:
    return {ErrorKind::ModelNotFound, status.message(), "model"};
  case StatusCode::ResourceExhausted:
    return {ErrorKind::QueueFull, "the queue is full, try again later"};
  case StatusCode::Unavailable:
    return drainingError();
  case StatusCode::Cancelled:
    return {ErrorKind::ClientGone, "the request was cancelled"};
  case StatusCode::Unimplemented:
    return {ErrorKind::UnsupportedParameter, status.message(),
            paramOf(status.message())};
  case StatusCode::Internal:
    if (status.message().starts_with("numerical_error"))
      return {ErrorKind::NumericalError, "the model gave no usable numbers"};
    break;
  case StatusCode::DataLoss:
  case StatusCode::Ok:
    break;
  }
  return {ErrorKind::Internal, "internal error"};
}

ApiError engineLostError() {
  return {ErrorKind::EngineLost, "the engine was lost before the answer ended"};
}

ApiError notServingError(EnginePhase phase) {
  switch (phase) {
  case EnginePhase::Loading:
    return {ErrorKind::EngineLoading, "the model is being loaded"};
  case EnginePhase::Restarting:
    return {ErrorKind::EngineRestarting,
            "the engine was lost and is being started again"};
  case EnginePhase::Failed:
    return {ErrorKind::EngineFailed,
            "the engine was lost and cannot be started again"};
  case EnginePhase::Serving:
    break;
  }
  return {ErrorKind::Internal, "internal error"};
}

ApiError overloadedError() {
  return {ErrorKind::Overloaded, "the server has no room for this request now"};
}

ApiError drainingError() {
  return {ErrorKind::Draining, "the server is stopping"};
}

ErrorShape errorShapeOf(std::string_view path) {
  if (path.starts_with("/v1/messages"))
    return ErrorShape::Anthropic;
  return path.starts_with("/api/") ? ErrorShape::Ollama : ErrorShape::OpenAi;
}

// Anthropic's words for what a status means.
static std::string_view anthropicType(int status) {
  switch (status) {
  case 401:
    return "authentication_error";
  case 403:
    return "permission_error";
  case 404:
    return "not_found_error";
  case 413:
    return "request_too_large";
  case 429:
    return "rate_limit_error";
  case 503:
    return "overloaded_error";
  default:
    return status < 500 ? "invalid_request_error" : "api_error";
  }
}

static json::object fieldsOf(const ApiError &error, std::string_view type) {
  json::object fields{{"message", clipUtf8(error.message, 1024)},
                      {"type", type}};
  if (error.param.empty())
    fields["param"] = nullptr;
  else
    fields["param"] = clipUtf8(error.param, 256);
  fields["code"] = error.code();
  return fields;
}

json::object errorObject(const ApiError &error, ErrorShape shape) {
  json::object fields = fieldsOf(error, rowOf(error.kind).type);
  switch (shape) {
  case ErrorShape::OpenAi:
    return {{"error", std::move(fields)}};
  case ErrorShape::Responses: {
    json::object out = fields;
    out["type"] = "error";
    out["error"] = std::move(fields);
    return out;
  }
  case ErrorShape::Anthropic:
    return {{"type", "error"},
            {"error", fieldsOf(error, anthropicType(error.status()))}};
  case ErrorShape::Ollama: {
    json::value message = fields["message"];
    fields.erase("message");
    fields["error"] = std::move(message);
    return fields;
  }
  }
  return {};
}

std::string errorJson(const ApiError &error, ErrorShape shape) {
  return json::serialize(errorObject(error, shape));
}

HttpResponse errorResponse(const ApiError &error, ErrorShape shape) {
  HttpResponse response{.status = error.status(),
                        .body = errorJson(error, shape)};
  if (response.status == 401)
    response.headers.push_back({"WWW-Authenticate", "Bearer"});
  int64_t usualSeconds = response.status == 429   ? 1
                         : response.status == 503 ? 5
                                                  : 0;
  if (usualSeconds > 0)
    response.headers.push_back(
        {"Retry-After",
         std::to_string(error.retrySeconds > 0 ? error.retrySeconds
                                               : usualSeconds)});
  return response;
}

} // namespace g4rt
