//===- ApiError.h - The error table of the API ------------------*- C++ -*-===//
//
// Every error that a client can see: its HTTP status, OpenAI's type and code.
// A message names the field, what was found and what was needed; it never holds
// a path, a pointer or a library's text.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_APIERROR_H
#define G4_RUNTIME_HTTP_APIERROR_H

#include "runtime/base/Json.h"
#include "runtime/base/Status.h"
#include "runtime/engine/EngineStatus.h"
#include "runtime/http/HttpMessage.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace g4rt {

enum class ErrorKind {
  BadFraming, // 400, the connection closes
  InvalidJson,
  InvalidValue,
  UnsupportedParameter,
  ContextLengthExceeded,
  KeyUnknown, // or missing
  HostNotAllowed,
  KeyNotAllowed,
  ModelNotFound,
  UnknownUrl,
  MethodNotAllowed,
  Timeout,
  TooLarge,
  UriTooLong,
  UnsupportedEncoding,
  ExpectationFailed,
  QueueFull,
  KeyLimit, // what the client's key may have is used up
  HeaderTooLarge,
  ClientGone,
  NumericalError,
  Internal,
  Draining,
  EngineLost,       // while it answered
  EngineDegraded,   // it takes requests, and gives no sign of life
  EngineLoading,    // and so takes no requests yet
  EngineRestarting, // the same, later
  EngineFailed,     // it does not come back
  Overloaded,       // no room for this request now
  DeadlineExceeded, // of the request
  VersionNotSupported,
};

struct ApiError {
  ErrorKind kind = ErrorKind::Internal;
  std::string message;
  std::string param = {};   // the wrong field's path; empty: none
  int64_t retrySeconds = 0; // when to ask again; 0: as the kind says

  int status() const;
  std::string_view code() const;
};

/// The error of a request that `status`, a failure, ended. The wrong field is
/// what the message names before its first ": ".
ApiError errorOf(const Status &status);

/// For an answer that was lost with the engine, and for a server that is
/// stopping.
ApiError engineLostError();
ApiError drainingError();

/// For a request that the server has no memory or no place for now.
ApiError overloadedError();

/// Why an engine in this phase, which is not Serving, takes no requests.
ApiError notServingError(EnginePhase phase);

/// Whose clients read an error. Each has the fields of OpenAI's, message, type,
/// param and code, where its clients look for them or do not mind them.
enum class ErrorShape {
  OpenAi,    // {"error":{...}}
  Responses, // the same as an event: {"type":"error",...,"error":{...}}
  Anthropic, // {"type":"error","error":{...}}, with Anthropic's types
  Ollama     // {"error":"message",...}
};

/// The shape for whoever asks for `path`.
ErrorShape errorShapeOf(std::string_view path);

json::object errorObject(const ApiError &error,
                         ErrorShape shape = ErrorShape::OpenAi);

/// The object's text, one line.
std::string errorJson(const ApiError &error,
                      ErrorShape shape = ErrorShape::OpenAi);

/// The response: errorJson() and what goes with the kind, such as Retry-After.
HttpResponse errorResponse(const ApiError &error,
                           ErrorShape shape = ErrorShape::OpenAi);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_APIERROR_H
