//===- HangWatch.h - Whether an engine has gone silent ----------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_HANGWATCH_H
#define G4_RUNTIME_ENGINE_PROCESS_HANGWATCH_H

#include <chrono>

namespace g4rt {

/// Tells an engine that owes an answer and says nothing for longer than a step
/// may take. It looks now and then and counts the looks: where server and
/// engine were stopped together, or the machine slept, that was one look.
class HangWatch {
public:
  using Time = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  /// Looks in silence that are no hang yet.
  static constexpr int kLooks = 8;

  /// 0: a step may take for ever.
  HangWatch(Milliseconds stepTimeout, Time now);

  /// When isHung() wants to be called.
  Time nextLook() const { return nextLook_; }
  /// The engine has said something.
  void onMessage() { numSilent_ = 0; }
  /// Looks, if it is time. `isOwed`: the engine has something to do now.
  bool isHung(Time now, bool isOwed);

private:
  Milliseconds interval_;
  Time nextLook_;
  int numSilent_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_HANGWATCH_H
