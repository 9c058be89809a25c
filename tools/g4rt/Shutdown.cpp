//===- Shutdown.cpp - What signals ask of a server ------------------------===//

#include "tools/g4rt/Shutdown.h"

#include "runtime/base/Log.h"

#include <csignal>
#include <cstdlib>

namespace g4rt {

void Shutdown::onSignal(int signal) {
  if (signal == SIGHUP) {
    logEvent(LogLevel::Info, "serve", "hangup", {{"effect", "none"}});
    return;
  }
  std::lock_guard lock(mutex_);
  if (++numSignals_ > 2)
    std::_Exit(128 + signal);
  if (loading_)
    loading_->cancelLoad();
  changed_.notify_all();
}

void Shutdown::setLoading(EngineProcess *engine) {
  std::lock_guard lock(mutex_);
  loading_ = engine;
  if (engine && numSignals_ > 0)
    engine->cancelLoad();
}

bool Shutdown::waitForDrain(Time deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [&] { return numSignals_ > 0; });
}

bool Shutdown::waitForCut(Time deadline) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline,
                      [&] { return numSignals_ > 1 || isOver_; });
  return !isOver_;
}

bool Shutdown::waitForOver(Time deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [&] { return isOver_; });
}

bool Shutdown::wasCut() {
  std::lock_guard lock(mutex_);
  return numSignals_ > 1;
}

void Shutdown::stopWaiting() {
  std::lock_guard lock(mutex_);
  isOver_ = true;
  changed_.notify_all();
}

} // namespace g4rt
