//===- TlsContext.h - A certificate and its key -----------------*- C++ -*-===//
//
// What a server needs to speak TLS, read from PEM files. OpenSSL's types stay
// in TlsContext.cpp and TlsSession.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_TLSCONTEXT_H
#define G4_RUNTIME_HTTP_TLSCONTEXT_H

#include "runtime/base/Status.h"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace g4rt {

struct TlsFiles {
  /// The certificate, then those that lead to the one that clients trust.
  std::string certificates = {};
  /// Empty: the key stands in the same file.
  std::string key = {};
};

/// Immutable; any thread.
class TlsContext {
public:
  /// Errors: NotFound and others of OpenFile::open; InvalidArgument for a file
  /// without what it should hold, a key that needs a passphrase, or a key that
  /// is not that of the certificate. The message names the file.
  static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles &files);
  ~TlsContext();

  /// What is wrong with the certificate's time now; empty: nothing.
  std::string timeWarning() const;

  ssl_ctx_st *get() const { return context_; }

private:
  explicit TlsContext(ssl_ctx_st *context) : context_(context) {}

  ssl_ctx_st *context_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_TLSCONTEXT_H
