//===- HttpFlags.cpp - The flags of g4rt serve about HTTP -----------------===//

#include "tools/g4rt/HttpFlags.h"

#include "runtime/base/FileHandle.h"
#include "runtime/base/Log.h"
#include "runtime/http/ConnectionPlan.h"
#include "runtime/http/HostCheck.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace g4rt {

void addHttpFlags(CLI::App &app, HttpFlags &flags) {
  ServerOptions &server = flags.server;
  app.add_option("--host", server.address, "Address to listen on")
      ->capture_default_str();
  app.add_option("--port", server.port, "0: any that is free")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--uds", server.socketPath,
                 "A socket file to listen on, in place of --host and --port");
  app.add_option("--ssl-certfile", flags.tls.certificates,
                 "A certificate, and those that lead to it, in PEM: TLS");
  app.add_option("--ssl-keyfile", flags.tls.key,
                 "Its key in PEM, where that is another file; both are read "
                 "again on SIGHUP");
  app.add_option("--allowed-host", server.allowedHosts,
                 "A name that requests to a loopback address may give as Host");
  app.add_option("--allowed-origins", server.allowedOrigins,
                 "Origins whose pages browsers let use the server, as "
                 "https://chat.example, or *")
      ->delimiter(',')
      ->allow_extra_args(false);
  addKeyFlags(app, flags.keys);
  app.add_flag("--insecure-no-auth", flags.isInsecure,
               "Let other machines use the model: nothing asks for a key");
  app.add_option("--http-memory", server.memoryBytes,
                 "Memory of the server's process, at most, as 2G; without the "
                 "engine's [by the machine]")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false));
  app.add_option("--max-connections", flags.maxConnections,
                 "Clients whose requests are read or answered at the same time "
                 "[1024 more than run and wait]")
      ->check(CLI::Range(size_t{1}, size_t{1} << 20));
}

static Status wrong(const std::string &what) {
  return Status(StatusCode::InvalidArgument, what);
}

/// A name as a Host field has it, without the port.
static bool canBeHost(const std::string &name) {
  bool isV6 = name.starts_with('[') && name.ends_with(']');
  return !name.empty() && name.find_first_of("/?#@\\, \t") == name.npos &&
         (isV6 || name.find(':') == name.npos);
}

/// Null without files.
static Result<std::shared_ptr<const TlsContext>>
loadTls(const TlsFiles &files) {
  if (files.certificates.empty())
    return std::shared_ptr<const TlsContext>();
  auto tls = TlsContext::load(files);
  if (!tls)
    return wrong("--ssl-certfile, --ssl-keyfile: " + tls.error().message());
  return tls;
}

/// Whether somebody takes connections there. Before the server's threads are
/// forbidden to connect to anybody.
static bool isListened(const sockaddr_un &address) {
  FileHandle socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address),
                   sizeof(address)) == 0;
}

static Status checkFolderOf(const std::string &path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty() || ::access(folder.c_str(), W_OK | X_OK) == 0)
    return Status();
  return wrong("--uds " + path + ": the folder: " + std::strerror(errno));
}

/// A file that a killed server left may be replaced, and nothing else.
static Status checkSocketPath(const std::string &path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof(address.sun_path))
    return wrong("--uds " + path + ": " + std::to_string(path.size()) +
                 " bytes, a socket's path has at most " +
                 std::to_string(sizeof(address.sun_path) - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0)
    return checkFolderOf(path);
  if (!S_ISSOCK(info.st_mode))
    return wrong("--uds " + path + ": is there, and is no socket");
  if (isListened(address))
    return wrong("--uds " + path + ": another server listens there");
  return Status();
}

Status checkHttpFlags(const HttpFlags &flags) {
  const ServerOptions &server = flags.server;
  if (!flags.tls.key.empty() && flags.tls.certificates.empty())
    return wrong("--ssl-keyfile: needs --ssl-certfile beside it");
  if (auto tls = loadTls(flags.tls); !tls)
    return std::move(tls).error();
  if (!server.socketPath.empty())
    G4RT_TRY(checkSocketPath(server.socketPath));
  // Without keys whoever reaches the port can use the model: only this machine,
  // unless asked.
  bool isGuarded = flags.keys.guardUsers();
  bool isLocal = !server.socketPath.empty() || isLoopback(server.address);
  if (!isLocal && !flags.isInsecure && !isGuarded)
    return wrong("--host " + server.address +
                 ": other machines could use the model without a key; give "
                 "--api-key-file or --api-key, or --insecure-no-auth");
  if (flags.isInsecure && isGuarded)
    return wrong("--insecure-no-auth, --api-key: the one asks nobody for a "
                 "key, the other everybody; needs one of them");
  if (flags.isInsecure && !server.allowedHosts.empty())
    return wrong("--allowed-host, --insecure-no-auth: the one lets only some "
                 "names in, the other everybody; needs one of them");
  for (const std::string &origin : server.allowedOrigins)
    if (!isOrigin(origin))
      return wrong("--allowed-origins \"" + origin +
                   "\": needs a scheme, a name and maybe a port, as "
                   "https://chat.example, or *");
  for (const std::string &name : server.allowedHosts)
    if (!canBeHost(name))
      return wrong("--allowed-host \"" + name +
                   "\": needs a name without scheme, port and path");
  return Status();
}

/// How many files may be open, raised to what is needed where that is allowed.
static size_t raiseFileLimit(size_t needed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  if (limit.rlim_cur < needed) {
    rlimit raised = limit;
    raised.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
      limit = raised;
  }
  return std::min<rlim_t>(limit.rlim_cur, size_t{1} << 30);
}

// By default glibc keeps up to 32 MiB of each large block for later, and has an
// arena for each thread: more than the plan of memory knows of.
static void tuneHeap() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 512 << 10);
}

Result<ServerOptions> prepareHttp(const HttpFlags &flags, size_t numRequests) {
  tuneHeap();
  ConnectionWish wish{.maxConnections = flags.maxConnections,
                      .numRequests = numRequests};
  // What is wanted, as if there were any number of files.
  G4RT_ASSIGN(size_t wanted, planConnections(wish, size_t{1} << 30));
  size_t numFiles = raiseFileLimit(descriptorsFor(wanted));
  ServerOptions server = flags.server;
  G4RT_ASSIGN(server.limits.maxConnections, planConnections(wish, numFiles));
  G4RT_ASSIGN(server.keys, readKeys(flags.keys));
  G4RT_ASSIGN(server.tls, readTls(flags.tls));
  return server;
}

Result<std::shared_ptr<const TlsContext>> readTls(const TlsFiles &files) {
  G4RT_ASSIGN(auto tls, loadTls(files));
  if (!tls)
    return tls;
  if (std::string why = tls->timeWarning(); !why.empty())
    logEvent(LogLevel::Warning, "http", "certificate_not_valid",
             {{"file", files.certificates}, {"why", why}});
  return tls;
}

} // namespace g4rt
