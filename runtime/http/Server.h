//===- Server.h - OpenAI's HTTP API over one engine -------------*- C++ -*-===//
//
// HTTP/1.1, with TLS or without (docs/http.md). One thread does all socket work
// and never waits; a few workers parse, render and tokenize; tokens come from
// the engine's thread. A request of a client that went away is cancelled in
// every phase.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_SERVER_H
#define G4_RUNTIME_HTTP_SERVER_H

#include "runtime/base/Status.h"
#include "runtime/http/HttpMemoryPlan.h"
#include "runtime/http/ServedModel.h"
#include "runtime/http/ServerOptions.h"

#include <chrono>
#include <cstdint>
#include <memory>

namespace g4rt {

class ServerCore;

class Server {
public:
  /// Listens and answers from here on, on threads of its own. What `model`
  /// borrows outlives the server.
  ///
  /// Errors: InvalidArgument if the address is none, or for what planHttpMemory
  /// refuses; ResourceExhausted, with
  /// address, port and cause, if it cannot be bound.
  static Result<std::unique_ptr<Server>> start(const ServerOptions &options,
                                               const ServedModel &model);
  /// stop() with a deadline that has passed.
  ~Server();

  /// The port that it listens on; 0 with a socket file.
  uint16_t port() const;

  /// HttpLimits' value.
  size_t maxConnections() const;

  /// What it may take of the machine's memory.
  const HttpMemoryPlan &memoryPlan() const;

  /// From the next request on these keys hold. Any thread.
  void setKeys(const Keys &keys);

  /// From the next connection on. Any thread; of a server with TLS.
  void setTls(std::shared_ptr<const TlsContext> tls);

  /// From here on /ready says 503 and requests for tokens are refused with 503,
  /// but what is in flight goes on. Does not wait; safe to call twice.
  void beginDrain();

  /// beginDrain(); waits until all answers are sent or `deadline` has passed,
  /// and cancels what is left then: a stream that is cut gets an error event.
  /// Until here connections are still accepted, to be told that the server is
  /// stopping. Returns when all threads have ended. True if nothing was cut. To
  /// be called by one thread, and not by the engine's.
  bool stop(std::chrono::steady_clock::time_point deadline);

private:
  explicit Server(std::unique_ptr<ServerCore> core);

  std::unique_ptr<ServerCore> core_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_SERVER_H
