//===- HangWatch.h - Whether an engine has gone silent ----------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_HANGWATCH_H
#define G4_RUNTIME_ENGINE_PROCESS_HANGWATCH_H

#include <chrono>
#include <cstdint>

namespace g4rt {

/// Tells an engine that gives no sign of life from one whose step is long. It
/// looks now and then and counts the looks: where server and engine were
/// stopped together, or the machine slept, that was one look. An engine that
/// somebody has stopped alone (SIGSTOP, a debugger) hangs as any other one
/// does, but once it goes on it is judged by the looks at which it could run.
/// No clock of its own.
class HangWatch {
public:
  using Time = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  /// Silence that is worth a word.
  static constexpr Milliseconds kDegradedTime{3'000};
  /// Silence that is never a hang, where the engine gives signs inside of a
  /// step, and where it does not.
  static constexpr Milliseconds kLeastTimeout{30'000};
  static constexpr Milliseconds kLeastTimeoutOfSteps{120'000};
  /// Nor is one that is not so many times as long as the longest so far.
  static constexpr int kFactor = 8;
  /// A load is silent while it reads a large weight from a slow disk.
  static constexpr Milliseconds kLoadTimeout{60'000};

  /// What is expected of the engine now.
  enum class Due {
    Nothing, // it shows no heartbeat and has no work
    Sign,    // it has no work, or loads
    Answer
  };

  /// What a look finds.
  struct Seen {
    Due due = Due::Nothing;
    bool isStopped = false; // nothing can come of it before it goes on
  };

  /// No silence beyond `longest` is borne while an answer is due; 0: every one
  /// is.
  HangWatch(Milliseconds longest, Time now);

  /// The next engine: what was learned of the one before is forgotten.
  void onStart();
  /// It serves from here on. `isFine`: it gives signs inside of a step.
  void onServing(bool isFine);
  /// The engine has given a sign.
  void onSign();

  /// When look() wants to be called.
  Time nextLook() const { return nextLook_; }
  bool isLookDue(Time now) const { return now >= nextLook_; }
  /// Looks, if it is time.
  void look(Time now, const Seen &seen);

  /// How long it has given no sign, though one was due.
  Milliseconds silence() const {
    return (numSilent_ + numStopped_) * interval_;
  }
  bool isDegraded() const { return silence() >= kDegradedTime; }
  bool isHung() const;
  /// How much silence is borne; longer after longer ones.
  Milliseconds timeout() const;

private:
  Milliseconds longest_, interval_;
  Time nextLook_;
  Due due_ = Due::Nothing;
  int64_t numSilent_ = 0;  // looks at which it could run
  int64_t numStopped_ = 0; // and, after these, at which it could not
  Milliseconds longestSilence_{0};
  Milliseconds least_{0}; // 0: it loads
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_HANGWATCH_H
