//===- StreamClient.h - A streamed chat, timed ------------------*- C++ -*-===//
//
// Asks any server of OpenAI's API for a streamed chat completion over HTTP/1.1
// and notes when each piece of text comes. No TLS.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_BENCH_STREAMCLIENT_H
#define G4_TOOLS_G4RT_BENCH_STREAMCLIENT_H

#include "runtime/base/Json.h"
#include "runtime/base/Status.h"
#include "tools/g4rt/bench/RequestTiming.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <string_view>

namespace g4rt {

/// Where a server is.
struct ServerAddress {
  std::string host = {};
  std::string port = {};
  std::string prefix = {}; // of its paths; "" or "/something"
  std::string apiKey = {};
};

/// "http://127.0.0.1:8000/prefix". Errors: InvalidArgument.
Result<ServerAddress> parseServerUrl(std::string_view url);

/// Takes the events of one answer apart.
class AnswerEvents {
public:
  /// More bytes of the body came, `seconds` after the benchmark's start. Notes
  /// them in `timing`.
  void append(std::string_view bytes, double seconds, RequestTiming &timing);
  /// The body has ended. Without [DONE] before it the answer is cut.
  void finish(RequestTiming &timing) const;

private:
  void takeEvent(std::string_view data, double seconds, RequestTiming &timing);

  std::string rest_;
  bool hasText_ = false;
  bool isDone_ = false;
};

/// Sends `body` to /v1/chat/completions on a connection of its own. Never
/// fails otherwise than by the timing's error.
boost::asio::awaitable<RequestTiming>
askStream(const ServerAddress &server, std::string body,
          std::chrono::steady_clock::time_point begin);

/// GET `path`, as JSON; on the calling thread. Errors: Unavailable.
Result<json::value> getJson(const ServerAddress &server, std::string_view path);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_STREAMCLIENT_H
