//===- Shutdown.h - What signals ask of a server ----------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_SHUTDOWN_H
#define G4_TOOLS_G4RT_SHUTDOWN_H

#include "runtime/engine/process/EngineProcess.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace g4rt {

/// Carries signals to the threads that wait for them. The first SIGINT or
/// SIGTERM asks for a drain, the second for an end of all answers now, the third
/// ends the process. SIGHUP ends nothing. Thread-safe.
class Shutdown {
public:
  using Time = std::chrono::steady_clock::time_point;

  void onSignal(int signal);

  /// The engine, or null, whose load the first signal cancels.
  void setLoading(EngineProcess *engine);

  /// Waits for the first signal. False once `deadline` has passed.
  bool waitForDrain(Time deadline);
  /// Waits for the second signal or the deadline: true. False after
  /// stopWaiting().
  bool waitForCut(Time deadline);
  void stopWaiting();
  /// Waits for stopWaiting(). False once `deadline` has passed.
  bool waitForOver(Time deadline);
  /// Whether a second signal came.
  bool wasCut();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int numSignals_ = 0;
  bool isOver_ = false;
  EngineProcess *loading_ = nullptr;
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_SHUTDOWN_H
