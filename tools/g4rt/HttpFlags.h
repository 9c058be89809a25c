//===- HttpFlags.h - The flags of g4rt serve about HTTP ---------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_HTTPFLAGS_H
#define G4_TOOLS_G4RT_HTTPFLAGS_H

#include "runtime/base/Status.h"
#include "runtime/http/ServerOptions.h"

#include <CLI/CLI.hpp>
#include <cstddef>

namespace g4rt {

struct HttpFlags {
  ServerOptions server;      // without the number of connections
  size_t maxConnections = 0; // 0: by what the engine takes
  bool isInsecure = false;
};

/// --host, --port, --allowed-host, --insecure-no-auth, --http-memory and
/// --max-connections.
void addHttpFlags(CLI::App &app, HttpFlags &flags);

/// Success if the flags agree with each other. Errors: InvalidArgument, naming
/// those that do not.
Status checkHttpFlags(const HttpFlags &flags);

/// The options of a server before an engine that takes `numRequests` requests,
/// those that run and those that wait. Raises this process's limit of open
/// files as far as they need and the system allows, and makes freed memory go
/// back to the system. Errors: InvalidArgument, those of planConnections.
Result<ServerOptions> prepareHttp(const HttpFlags &flags, size_t numRequests);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_HTTPFLAGS_H
