//===- StreamWire.h - How an API's streams are written ----------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_OPENAI_STREAMWIRE_H
#define G4_RUNTIME_HTTP_OPENAI_STREAMWIRE_H

#include "runtime/base/Json.h"
#include "runtime/http/ApiError.h"
#include "runtime/http/Sse.h"

#include <string>
#include <string_view>

namespace g4rt {

/// How the objects of a streamed answer stand on the line. Texts are of static
/// storage.
struct StreamWire {
  std::string_view contentType;
  std::string (*write)(const json::object &object);
  std::string_view end;  // after the last object of a whole answer
  std::string_view ping; // what keeps a silent stream open; clients ignore it
  ErrorShape errorShape; // of what cuts a stream
};

/// `data: {...}`.
std::string writeEvent(const json::object &object);
/// The same after `event: ` and the object's "type".
std::string writeNamedEvent(const json::object &object);
/// A line of JSON.
std::string writeLine(const json::object &object);

inline constexpr StreamWire kOpenAiWire{.contentType = kEventStream,
                                        .write = writeEvent,
                                        .end = kDoneEvent,
                                        .ping = kPingComment,
                                        .errorShape = ErrorShape::OpenAi};
/// Of /v1/responses.
inline constexpr StreamWire kResponsesWire{.contentType = kEventStream,
                                           .write = writeNamedEvent,
                                           .end = "",
                                           .ping = kPingComment,
                                           .errorShape = ErrorShape::Responses};
inline constexpr StreamWire kAnthropicWire{
    .contentType = kEventStream,
    .write = writeNamedEvent,
    .end = "",
    .ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    .errorShape = ErrorShape::Anthropic};
inline constexpr StreamWire kOllamaWire{.contentType = "application/x-ndjson",
                                        .write = writeLine,
                                        .end = "",
                                        .ping = "\n",
                                        .errorShape = ErrorShape::Ollama};
/// Of llama-server's /completion: events as OpenAI's, without an end of their
/// own.
inline constexpr StreamWire kLlamaWire{.contentType = kEventStream,
                                       .write = writeEvent,
                                       .end = "",
                                       .ping = kPingComment,
                                       .errorShape = ErrorShape::OpenAi};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_OPENAI_STREAMWIRE_H
