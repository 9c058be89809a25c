//===- FairShares.h - What each key has had ---------------------*- C++ -*-===//
//
// Start-time fair queueing (Goyal, Vin and Cheng, 1996) of keys, in tokens as
// the virtual token counter has them (Sheng et al., 2024). A key's account is
// what it has had, in rows, over its weight; whose account is lowest is served
// next. The virtual time is the lowest account of those that waited when one
// was served last. Who comes after a while begins there: nothing can be saved
// up.
//
//   weights 2 and 1, both wait:  rows 2 : 1
//   one alone:                   all rows, and no debt that lasts
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SCHEDULER_FAIRSHARES_H
#define G4_RUNTIME_SCHEDULER_FAIRSHARES_H

#include <cstddef>
#include <cstdint>
#include <map>

namespace g4rt {

/// Names whoever has a share of its own: an API key, say.
enum class KeyId : uint64_t {};

inline constexpr double kLeastWeight = 0.001, kMostWeight = 1000;

struct KeyShare {
  KeyId key{};
  double weight = 1; // kLeastWeight to kMostWeight
};

/// Not thread-safe.
class FairShares {
public:
  /// A sequence of the key comes; its weight holds from now on.
  void enter(const KeyShare &share);
  /// A sequence of it is gone.
  void leave(KeyId key);

  /// It has had so many rows, or has not had them after all.
  void charge(KeyId key, int64_t numRows);
  /// `lowest` is the account of one that waits, and no other's is lower.
  void advance(double lowest);

  /// Of a key that has a sequence.
  double accountOf(KeyId key) const { return keys_.at(key).account; }
  /// Keys that are remembered.
  size_t size() const { return keys_.size(); }

private:
  struct Entry {
    double account = 0;
    double weight = 1;
    int64_t numSequences = 0;
  };

  std::map<KeyId, Entry> keys_;
  double virtualTime_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_SCHEDULER_FAIRSHARES_H
