//===- TlsSession.cpp - TLS on one client's socket ------------------------===//

#include "runtime/http/TlsSession.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace g4rt {

Result<std::unique_ptr<TlsSession>>
TlsSession::create(std::shared_ptr<const TlsContext> context, int socket) {
  ERR_clear_error();
  SSL *session = SSL_new(context->get());
  if (!session)
    return Status(StatusCode::ResourceExhausted, "TLS: no memory");
  std::unique_ptr<TlsSession> out(new TlsSession(std::move(context), session));
  if (SSL_set_fd(session, socket) != 1)
    return Status(StatusCode::ResourceExhausted, "TLS: no memory");
  SSL_set_accept_state(session);
  return out;
}

TlsSession::~TlsSession() { SSL_free(session_); }

TlsState TlsSession::stateAfter(int result) {
  if (result == 1)
    return TlsState::Done;
  switch (SSL_get_error(session_, result)) {
  case SSL_ERROR_WANT_READ:
    return TlsState::WaitsToRead;
  case SSL_ERROR_WANT_WRITE:
    return TlsState::WaitsToWrite;
  default:
    return TlsState::Ended;
  }
}

// Errors of a thread's earlier calls would be taken for this one's.
TlsState TlsSession::read(std::span<char> out, size_t &numBytes) {
  ERR_clear_error();
  numBytes = 0;
  return stateAfter(SSL_read_ex(session_, out.data(), out.size(), &numBytes));
}

TlsState TlsSession::write(std::span<const char> data, size_t &numBytes) {
  ERR_clear_error();
  numBytes = 0;
  return stateAfter(
      SSL_write_ex(session_, data.data(), data.size(), &numBytes));
}

bool TlsSession::hasInput() const { return SSL_pending(session_) > 0; }

bool TlsSession::isOpen() const { return SSL_is_init_finished(session_); }

void TlsSession::endWriting() {
  ERR_clear_error();
  if (isOpen())
    SSL_shutdown(session_);
}

} // namespace g4rt
