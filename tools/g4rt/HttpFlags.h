//===- HttpFlags.h - The flags of g4rt serve about HTTP ---------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_HTTPFLAGS_H
#define G4_TOOLS_G4RT_HTTPFLAGS_H

#include "runtime/base/Status.h"
#include "runtime/http/ServerOptions.h"
#include "runtime/http/TlsContext.h"
#include "tools/g4rt/KeyFlags.h"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <memory>

namespace g4rt {

struct HttpFlags {
  ServerOptions server;      // without the number of connections
  size_t maxConnections = 0; // 0: by what the engine takes
  KeyFlags keys;
  TlsFiles tls; // no certificates: without TLS
  bool isInsecure = false;
};

/// --host, --port, --uds, --allowed-host, --insecure-no-auth, --http-memory,
/// --max-connections, those of TLS and of keys.
void addHttpFlags(CLI::App &app, HttpFlags &flags);

/// Success if the flags agree with each other, the certificate can be used, and
/// nobody listens on the socket file. Errors: InvalidArgument, naming those
/// that do not.
Status checkHttpFlags(const HttpFlags &flags);

/// The options of a server before an engine that takes `numRequests` requests,
/// those that run and those that wait. Raises this process's limit of open
/// files as far as they need and the system allows, and makes freed memory go
/// back to the system. Errors: InvalidArgument, those of planConnections,
/// readKeys and readTls.
Result<ServerOptions> prepareHttp(const HttpFlags &flags, size_t numRequests);

/// The certificate and key as they are there now; null without. Logs a warning
/// if it is not the certificate's time. Errors: InvalidArgument, with the flag
/// and what TlsContext::load says.
Result<std::shared_ptr<const TlsContext>> readTls(const TlsFiles &files);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_HTTPFLAGS_H
