//===- RestartPolicy.h - When a lost engine starts again --------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_RESTARTPOLICY_H
#define G4_RUNTIME_ENGINE_PROCESS_RESTARTPOLICY_H

#include <chrono>
#include <optional>

namespace g4rt {

/// An engine that has served starts again at once, however often it is lost.
/// Only starts that fail wait for longer and longer, and several in a row are
/// the end; but where the model's file is not what it was, somebody may mend
/// it, and it is looked at for ever. No clock of its own.
class RestartPolicy {
public:
  using Time = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  /// Failed starts in a row after which nothing is tried any more.
  static constexpr int kMaxFailedStarts = 8;
  static constexpr Milliseconds kFirstDelay{500};
  static constexpr Milliseconds kLongestDelay{30'000};
  /// From one start to the next, at least.
  static constexpr Milliseconds kLeastTime{250};
  /// Where the file is wrong: from the end of a start to the next one, and how
  /// many times as long as the start took, so that the disk is free mostly.
  static constexpr Milliseconds kFileDelay{500};
  static constexpr int kFileFactor = 4;

  void onStart(Time now) { startedAt_ = now; }
  void onServing() { hasServed_ = true; }
  /// How long to wait before the next start; none: give up. `isFileWrong`: why
  /// the start failed, if it did.
  std::optional<Milliseconds> onLost(Time now, bool isFileWrong);

  /// Those since an engine has served, whatever their cause.
  int numFailedStarts() const { return numFailedStarts_ + numWrongFiles_; }

private:
  Time startedAt_{};
  bool hasServed_ = false;
  int numFailedStarts_ = 0, numWrongFiles_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_RESTARTPOLICY_H
