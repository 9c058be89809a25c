//===- ClientSocket.h - A client's socket, with TLS or without --*- C++ -*-===//
//
// Of TCP or of this machine alone. Without TLS every function is the socket's.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_CLIENTSOCKET_H
#define G4_RUNTIME_HTTP_CLIENTSOCKET_H

#include "runtime/http/TlsSession.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace g4rt {

/// Handlers keep it alive.
class ClientSocket {
public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Error = boost::system::error_code;
  using Buffers = std::span<const boost::asio::const_buffer>;

  /// Null: without TLS. A session that cannot be made is an end of input.
  ClientSocket(Socket socket, std::shared_ptr<const TlsContext> tls);

  Socket::executor_type get_executor() { return socket_.get_executor(); }
  /// Who is at the other end, as far as shares go: an address, a network of
  /// IPv6, or this machine.
  std::string peer() const;
  /// Whether a handshake has not ended.
  bool isOpening() const { return usesTls_ && !(tls_ && tls_->isOpen()); }
  /// Whether there may be something to read.
  bool hasInput() const;

  /// Calls `handler(error)`, later, when readSome() can go on.
  template <typename Handler>
  void waitToRead(Handler handler) {
    if (tls_ && tls_->hasInput())
      return boost::asio::post(
          socket_.get_executor(),
          [handler = std::move(handler)]() mutable { handler(Error()); });
    socket_.async_wait(readWait_, std::move(handler));
  }
  /// What there is. Errors: would_block if there is nothing.
  size_t readSome(std::span<char> out, Error &error);
  /// Writes some of the bytes, and calls `handler(error, numBytes)`, later.
  /// Until then they stay where they are. The next call begins with what is
  /// left of the same buffers, as asio::async_write() does: TLS may have begun
  /// a record of them, and OpenSSL refuses a shorter first buffer then.
  template <typename Handler>
  void writeSome(Buffers buffers, Handler handler) {
    if (!usesTls_)
      return socket_.async_write_some(buffers, std::move(handler));
    Error error;
    size_t numBytes = 0;
    TlsState state = writeTls(buffers, numBytes, error);
    if (numBytes > 0 || error)
      return boost::asio::post(
          socket_.get_executor(),
          [handler = std::move(handler), error, numBytes]() mutable {
            handler(error, numBytes);
          });
    socket_.async_wait(
        waitOf(state),
        [this, buffers, handler = std::move(handler)](Error failed) mutable {
          if (failed)
            return handler(failed, 0);
          writeSome(buffers, std::move(handler));
        });
  }
  /// Tells the client that nothing more comes.
  void endWriting();
  void close();

private:
  using Wait = Socket::wait_type;

  static Wait waitOf(TlsState state) {
    return state == TlsState::WaitsToWrite ? Socket::wait_write
                                           : Socket::wait_read;
  }
  TlsState writeTls(Buffers buffers, size_t &numBytes, Error &error);

  Socket socket_;
  const bool usesTls_;
  std::unique_ptr<TlsSession> tls_;
  Wait readWait_ = Socket::wait_read; // a handshake may wait to write
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_CLIENTSOCKET_H
