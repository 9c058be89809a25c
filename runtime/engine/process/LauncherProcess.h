//===- LauncherProcess.h - Starts programs for this process -----*- C++ -*-===//
//
// A server whose threads may not become another program (seccomp) still needs
// engines. So it forks a small process before it gives the right up, and asks
// it for them: that process reads nothing of a client, and starts one program
// with words that were fixed before.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_LAUNCHERPROCESS_H
#define G4_RUNTIME_ENGINE_PROCESS_LAUNCHERPROCESS_H

#include "runtime/engine/process/EngineChild.h"
#include "runtime/engine/process/LauncherLoop.h"

#include <memory>
#include <mutex>

namespace g4rt {

/// Thread-safe.
class LauncherProcess {
public:
  /// Forks it. `commandOf` runs there. To be called while this process has one
  /// thread, which must live as long as the launcher: the system kills that,
  /// and what it has started, when the thread ends. It has standard input,
  /// output and error of this process and no other file. Errors:
  /// ResourceExhausted.
  static Result<std::unique_ptr<LauncherProcess>> create(std::string program,
                                                         CommandOf commandOf);
  /// Ends it. All children must have been destroyed.
  ~LauncherProcess();
  LauncherProcess(const LauncherProcess &) = delete;
  LauncherProcess &operator=(const LauncherProcess &) = delete;

  /// Starts the program for `text` (CommandOf). It has standard input, output
  /// and error as the launcher has them, its socket, a Heartbeat (at
  /// kChildHeartbeat) and `files`, and no other file; SIGINT, SIGTERM and
  /// SIGHUP are blocked in it, as a terminal sends them to all. It has to ask
  /// for death with its parent (dieWithParent). The child borrows this object.
  ///
  /// Errors: ResourceExhausted if the system does not let it; Unavailable if
  /// the launcher is gone: then nothing can be started any more.
  Result<std::unique_ptr<EngineChild>>
  start(std::string_view text, const std::vector<int> &files = {});

  int64_t processId() const { return pid_; }

private:
  friend class LaunchedProgram;

  LauncherProcess(std::string program, pid_t pid, FileHandle socket)
      : program_(std::move(program)), pid_(pid), socket_(std::move(socket)) {}

  Result<LauncherReply> ask(const LauncherRequest &request,
                            const std::vector<int> &files);
  Result<LauncherReply> exchange(const LauncherRequest &request,
                                 const std::vector<int> &files);
  bool isGone();
  void end();

  const std::string program_;
  const pid_t pid_;
  std::mutex mutex_;
  FileHandle socket_; // -1: it is gone
};

/// In the child: the system kills this process when the thread that started it
/// ends, even where it is stuck in a driver.
void dieWithParent();

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_LAUNCHERPROCESS_H
