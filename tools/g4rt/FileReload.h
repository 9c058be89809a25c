//===- FileReload.h - What a SIGHUP reads again -----------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_FILERELOAD_H
#define G4_TOOLS_G4RT_FILERELOAD_H

#include "runtime/engine/process/EngineProcess.h"
#include "runtime/http/Server.h"
#include "tools/g4rt/HttpFlags.h"
#include "tools/g4rt/Shutdown.h"

#include <string>

namespace g4rt {

/// While it lives a SIGHUP makes the server read its keys and its certificate
/// again, and server and engine open their log file again. What goes wrong is
/// logged and leaves what was there.
class FileReload {
public:
  struct Subject {
    const HttpFlags &http;
    std::string logFile; // empty: there is none
    Server &server;
    EngineProcess &engine;
  };

  FileReload(Subject subject, Shutdown &shutdown);
  FileReload(const FileReload &) = delete;
  FileReload &operator=(const FileReload &) = delete;
  ~FileReload() { shutdown_.setReload({}); }

private:
  void reload();

  const Subject subject_;
  Shutdown &shutdown_;
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_FILERELOAD_H
