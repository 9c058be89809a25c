//===- KeyAccount.h - What one key may have, and has had --------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_KEYACCOUNT_H
#define G4_RUNTIME_HTTP_KEYACCOUNT_H

#include "runtime/engine/DrainRate.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace g4rt {

/// What holds for a key.
struct KeyRules {
  /// Of two keys that both want more than there is the one with twice the
  /// weight gets twice as much.
  double weight = 1;
  /// Answers at a time, those included that wait; 0: any number.
  int64_t maxAnswers = 0;
  /// Of prompts and answers; 0: any number.
  int64_t tokensPerMinute = 0;
  /// Keys of one name share what was computed of prompts; empty: with no other
  /// key.
  std::string cacheName = {};

  bool operator==(const KeyRules &) const = default;
};

/// Why a key may have no answer now.
struct KeyRefusal {
  std::string message;
  int64_t retrySeconds = 1; // when it may be asked again
};

/// Any thread.
class KeyAccount {
public:
  using Time = std::chrono::steady_clock::time_point;

  /// `number` names it among all of this process.
  KeyAccount(uint64_t number, std::string_view key, KeyRules rules);

  uint64_t number() const { return number_; }
  double weight() const;
  /// Separates what was computed of prompts. No request's cache_salt is one of
  /// these, and the same key has the same one in another process.
  std::string cacheSalt() const;

  /// From now on these hold.
  void setRules(KeyRules rules);

  /// An answer to so many tokens of a prompt begins, unless there is a refusal.
  /// More tokens than a minute allows are let in after a minute without any.
  std::optional<KeyRefusal> begin(int64_t numPromptTokens, Time now);
  /// It has so many tokens more.
  void use(int64_t numTokens, Time now);
  void end(Time now);

private:
  void refill(Time now);

  const uint64_t number_;
  const std::string privateSalt_;
  mutable std::mutex mutex_; // guards what follows
  KeyRules rules_;
  int64_t numOpen_ = 0;
  double numTokensLeft_; // may be below 0
  Time refilled_{};
  DrainRate drain_; // of its answers
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_KEYACCOUNT_H
