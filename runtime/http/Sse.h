//===- Sse.h - Server-sent events -------------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_SSE_H
#define G4_RUNTIME_HTTP_SSE_H

#include <string>
#include <string_view>

namespace g4rt {

inline constexpr std::string_view kEventStream =
    "text/event-stream; charset=utf-8";

/// An event with `data`, which has no line ends: JSON has none.
inline std::string formatEvent(std::string_view data) {
  std::string event("data: ");
  (event += data) += "\n\n";
  return event;
}

/// What OpenAI's streams end with.
inline constexpr std::string_view kDoneEvent = "data: [DONE]\n\n";

/// A line that clients ignore and proxies take for a sign of life.
inline constexpr std::string_view kPingComment = ": ping\n\n";

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_SSE_H
