//===- EngineChild.h - A process that an engine runs in ---------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_ENGINECHILD_H
#define G4_RUNTIME_ENGINE_PROCESS_ENGINECHILD_H

#include "runtime/base/Heartbeat.h"
#include "runtime/base/Status.h"
#include "runtime/engine/process/Channel.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace g4rt {

/// Somebody who runs an EngineWorker at the other end of a socket. Destroying
/// it kills and waits.
class EngineChild {
public:
  virtual ~EngineChild() = default;

  virtual int64_t processId() const = 0;
  /// This end, the child's until it is destroyed.
  virtual int socket() const = 0;
  /// Where it gives signs of life; null if its messages are all there is.
  virtual const Heartbeat *heartbeat() const { return nullptr; }
  /// Whether somebody has stopped it (SIGSTOP, a debugger), so that nothing can
  /// come of it until it is let go on. Not after wait().
  virtual bool isStopped() const { return false; }
  /// Tells it to open its log file again. Not after wait().
  virtual void hangUp() {}
  /// Ends it at once. Any thread, but not after wait().
  virtual void kill() = 0;
  /// Waits until it has ended by itself, and kills it if it has not after
  /// `grace`; how it ended: "killed by signal 9 (Killed)", "exit code 5".
  virtual std::string wait(std::chrono::milliseconds grace) = 0;
};

/// Starts one. Errors: ResourceExhausted if the system does not let it.
using EngineLauncher = std::function<Result<std::unique_ptr<EngineChild>>()>;

/// The descriptors that a program which is started finds (LauncherProcess.h);
/// the files that it is given besides have the numbers from kChildFiles on.
inline constexpr int kChildSocket = 3, kChildHeartbeat = 4, kChildFiles = 5;

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_ENGINECHILD_H
