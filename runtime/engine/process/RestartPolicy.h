//===- RestartPolicy.h - When a lost engine starts again --------*- C++ -*-===//

#ifndef G4_RUNTIME_ENGINE_PROCESS_RESTARTPOLICY_H
#define G4_RUNTIME_ENGINE_PROCESS_RESTARTPOLICY_H

#include <chrono>
#include <optional>

namespace g4rt {

/// At once the first time; an engine that is lost again soon waits for longer
/// and longer; one that several times never came to serve is given up. No clock
/// of its own.
class RestartPolicy {
public:
  using Time = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  /// Failed starts in a row behind which nothing is tried any more.
  static constexpr int kMaxFailedStarts = 8;
  static constexpr Milliseconds kFirstDelay{500};
  static constexpr Milliseconds kLongestDelay{30'000};
  /// Who has served for so long starts with a clean slate.
  static constexpr Milliseconds kCalmTime{60'000};

  void onServing(Time now);
  /// How long to wait before the next start; none: give up.
  std::optional<Milliseconds> onLost(Time now);

private:
  std::optional<Time> servingSince_;
  int numFailedStarts_ = 0;
  Milliseconds nextDelay_{0};
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_PROCESS_RESTARTPOLICY_H
