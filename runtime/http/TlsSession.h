//===- TlsSession.h - TLS on one client's socket ----------------*- C++ -*-===//
//
// Never waits: says what it waits for. The handshake is part of the first read.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_TLSSESSION_H
#define G4_RUNTIME_HTTP_TLSSESSION_H

#include "runtime/http/TlsContext.h"

#include <cstddef>
#include <memory>
#include <span>

struct ssl_st;

namespace g4rt {

enum class TlsState {
  Done,
  WaitsToRead, // nothing happens until the socket can be read
  WaitsToWrite,
  Ended // by the client, or by an error
};

/// Of one thread. Writes to a socket that its client may have closed: SIGPIPE
/// must be ignored.
class TlsSession {
public:
  /// `socket` does not block and outlives the session. Errors:
  /// ResourceExhausted.
  static Result<std::unique_ptr<TlsSession>>
  create(std::shared_ptr<const TlsContext> context, int socket);
  ~TlsSession();
  TlsSession(const TlsSession &) = delete;
  TlsSession &operator=(const TlsSession &) = delete;

  /// Done: with `numBytes` above 0.
  TlsState read(std::span<char> out, size_t &numBytes);
  /// The same; what was not written is to be given again.
  TlsState write(std::span<const char> data, size_t &numBytes);
  /// Whether read() has bytes without the socket.
  bool hasInput() const;
  /// Whether keys have been agreed on.
  bool isOpen() const;
  /// Tells the client that nothing more comes, if that needs no waiting.
  void endWriting();

private:
  TlsSession(std::shared_ptr<const TlsContext> context, ssl_st *session)
      : context_(std::move(context)), session_(session) {}
  TlsState stateAfter(int result);

  std::shared_ptr<const TlsContext> context_;
  ssl_st *session_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_TLSSESSION_H
