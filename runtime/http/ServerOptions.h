//===- ServerOptions.h - Where the server listens, its limits ---*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_SERVEROPTIONS_H
#define G4_RUNTIME_HTTP_SERVEROPTIONS_H

#include "runtime/http/KeyCheck.h"
#include "runtime/http/TlsContext.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace g4rt {

/// Connections beyond the limit that may be open for as long as it takes to
/// refuse them.
inline constexpr size_t kRefusalPlaces = 256;

/// What one client can cost. No value means "no limit".
struct HttpLimits {
  /// Requests with a body that may be read or answered at the same time, each
  /// on a connection of its own. Should be above what the engine takes, slots
  /// and queue, so that whoever is too much is told so.
  size_t maxConnections = 1024;
  size_t maxHeaderBytes = size_t{16} << 10; // request line and fields
  size_t maxHeaderFields = 100;
  size_t maxBodyBytes = size_t{8} << 20;
  /// From a request's first byte to the end of its header.
  std::chrono::milliseconds headerTime{10'000};
  /// Between two pieces of a body, and for the whole of it.
  std::chrono::milliseconds bodyIdleTime{20'000};
  std::chrono::milliseconds bodyTime{120'000};
  /// Between two requests of one connection.
  std::chrono::milliseconds keepAliveTime{60'000};
  /// A client that reads nothing for so long is taken for gone.
  std::chrono::milliseconds writeTime{30'000};
  /// Of an answer of which more than this waits for its client no further
  /// tokens are computed until the client has read all of it.
  size_t pauseBytes = size_t{256} << 10;
  /// A client for which more than this waits reads too slowly and is cut off.
  size_t maxUnsentBytes = size_t{4} << 20;
  /// A stream that is silent for so long gets a comment, so that proxies keep
  /// it open.
  std::chrono::milliseconds pingTime{15'000};
};

struct ServerOptions {
  /// An address in digits: "127.0.0.1", "::1", "0.0.0.0".
  std::string address = "127.0.0.1";
  uint16_t port = 8000; // 0: any that is free
  /// A path; then it listens on a socket file there, in place of the address.
  /// Whoever may open the file reaches the server, and nobody else.
  std::string socketPath = {};
  /// Null: without TLS.
  std::shared_ptr<const TlsContext> tls = {};
  /// Names that the Host field may hold, without port, when `address` is a
  /// loopback address; besides localhost, 127.0.0.1 and [::1].
  std::vector<std::string> allowedHosts = {};
  /// Origins whose pages may use the server, "https://chat.example", or "*".
  std::vector<std::string> allowedOrigins = {};
  /// Without keys everybody who reaches the address may do everything.
  Keys keys = {};
  /// Threads that parse short requests, render templates and tokenize. Larger
  /// requests and sockets have threads of their own.
  int numWorkers = 2;
  /// What this process may take; 0: by the machine (HttpMemoryPlan.h).
  uint64_t memoryBytes = 0;
  HttpLimits limits = {};
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_SERVEROPTIONS_H
