//===- Signals.h - Ctrl-C, SIGTERM, SIGHUP as calls -------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_SIGNALS_H
#define G4_TOOLS_G4RT_SIGNALS_H

#include <functional>
#include <thread>

namespace g4rt {

/// Calls a function on a thread of its own for each SIGINT, SIGTERM and SIGHUP,
/// from the constructor to the destructor. To be made before any other thread:
/// the signals are blocked in the caller and in the threads that it starts
/// later.
class SignalWatcher {
public:
  explicit SignalWatcher(std::function<void(int signal)> onSignal);
  SignalWatcher(const SignalWatcher &) = delete;
  SignalWatcher &operator=(const SignalWatcher &) = delete;
  ~SignalWatcher();

private:
  void watch();

  std::function<void(int)> onSignal_;
  int signals_ = -1; // a signalfd
  int end_ = -1;     // an eventfd: readable when the thread must end
  std::thread thread_;
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_SIGNALS_H
