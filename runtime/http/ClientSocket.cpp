//===- ClientSocket.cpp - A client's socket, with TLS or without ----------===//

#include "runtime/http/ClientSocket.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace g4rt {

namespace asio = boost::asio;

/// Of one call: the loop has others to serve.
constexpr size_t kMostWritten = size_t{64} << 10;

ClientSocket::ClientSocket(Socket socket, std::shared_ptr<const TlsContext> tls)
    : socket_(std::move(socket)), usesTls_(tls != nullptr) {
  Error ignored;
  if (socket_.local_endpoint(ignored).protocol().family() != AF_UNIX)
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  socket_.native_non_blocking(true, ignored);
  if (!tls)
    return;
  if (auto session =
          TlsSession::create(std::move(tls), socket_.native_handle()))
    tls_ = *std::move(session);
}

// Addresses of one network of IPv6 are one client: it has all of them.
std::string ClientSocket::peer() const {
  Error error;
  Socket::endpoint_type endpoint = socket_.remote_endpoint(error);
  if (error)
    return {};
  if (endpoint.protocol().family() == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, endpoint.data(),
                std::min(endpoint.size(), sizeof(address)));
    return asio::ip::address_v4(ntohl(address.sin_addr.s_addr)).to_string();
  }
  if (endpoint.protocol().family() != AF_INET6)
    return "unix";
  sockaddr_in6 address{};
  std::memcpy(&address, endpoint.data(),
              std::min(endpoint.size(), sizeof(address)));
  return std::string(reinterpret_cast<const char *>(&address.sin6_addr), 8);
}

bool ClientSocket::hasInput() const {
  Error ignored;
  return (tls_ && tls_->hasInput()) || socket_.available(ignored) > 0;
}

// As many records as there are and fit.
size_t ClientSocket::readSome(std::span<char> out, Error &error) {
  if (!usesTls_)
    return socket_.read_some(asio::buffer(out.data(), out.size()), error);
  size_t numBytes = 0;
  TlsState state = tls_ ? TlsState::Done : TlsState::Ended;
  while (state == TlsState::Done && numBytes < out.size()) {
    size_t more = 0;
    state = tls_->read(out.subspan(numBytes), more);
    numBytes += more;
  }
  readWait_ = waitOf(state);
  if (numBytes == 0)
    error = state == TlsState::Ended ? Error(asio::error::eof)
                                     : Error(asio::error::would_block);
  return numBytes;
}

TlsState ClientSocket::writeTls(Buffers buffers, size_t &numBytes,
                                Error &error) {
  TlsState state = tls_ ? TlsState::Done : TlsState::Ended;
  for (const asio::const_buffer &buffer : buffers) {
    std::span<const char> rest(static_cast<const char *>(buffer.data()),
                               buffer.size());
    while (state == TlsState::Done && !rest.empty() &&
           numBytes < kMostWritten) {
      size_t written = 0;
      state = tls_->write(rest, written);
      numBytes += written;
      rest = rest.subspan(written);
    }
    // What is left of a buffer goes before the next one.
    if (!rest.empty())
      break;
  }
  if (state == TlsState::Ended)
    error = asio::error::connection_reset;
  return state;
}

void ClientSocket::endWriting() {
  Error ignored;
  if (tls_)
    tls_->endWriting();
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void ClientSocket::close() {
  Error ignored;
  socket_.close(ignored);
}

} // namespace g4rt
