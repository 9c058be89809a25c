//===- FileReload.cpp - What a SIGHUP reads again -------------------------===//

#include "tools/g4rt/FileReload.h"

#include "runtime/base/Log.h"

namespace g4rt {

// First, so that what becomes of the others is in the new file.
static void reopenLogs(const std::string &path, EngineProcess &engine) {
  if (Status status = reopenLogFile(); status.ok())
    logEvent(LogLevel::Info, "serve", "log_file_opened", {{"file", path}});
  else
    logEvent(LogLevel::Error, "serve", "log_file_kept",
             {{"why", status.message()}});
  engine.hangUp();
}

static void reloadKeys(const KeyFlags &flags, Server &server) {
  auto keys = readKeys(flags);
  if (!keys)
    return logEvent(LogLevel::Error, "serve", "keys_kept",
                    {{"why", keys.error().message()}});
  server.setKeys(*keys);
  logEvent(LogLevel::Info, "serve", "keys_read",
           {{"keys", std::to_string(keys->users.size())}});
}

// Connections that are there keep the certificate that they began with.
static void reloadTls(const TlsFiles &files, Server &server) {
  auto tls = readTls(files);
  if (!tls)
    return logEvent(LogLevel::Error, "serve", "certificate_kept",
                    {{"why", tls.error().message()}});
  server.setTls(*std::move(tls));
  logEvent(LogLevel::Info, "serve", "certificate_read",
           {{"file", files.certificates}});
}

FileReload::FileReload(Subject subject, Shutdown &shutdown)
    : subject_(std::move(subject)), shutdown_(shutdown) {
  bool hasAny = !subject_.logFile.empty() || !subject_.http.keys.file.empty() ||
                !subject_.http.tls.certificates.empty();
  if (hasAny) // else a hangup has no effect, and that is said
    shutdown.setReload([this] { reload(); });
}

void FileReload::reload() {
  const HttpFlags &http = subject_.http;
  if (!subject_.logFile.empty())
    reopenLogs(subject_.logFile, subject_.engine);
  if (!http.keys.file.empty())
    reloadKeys(http.keys, subject_.server);
  if (!http.tls.certificates.empty())
    reloadTls(http.tls, subject_.server);
}

} // namespace g4rt
