//===- FairShares.cpp - What each key has had -----------------------------===//

#include "runtime/scheduler/FairShares.h"

#include <algorithm>

namespace g4rt {

void FairShares::enter(const KeyShare &share) {
  Entry &entry = keys_[share.key];
  entry.account = std::max(entry.account, virtualTime_);
  entry.weight = share.weight;
  ++entry.numSequences;
}

// A key without sequences is forgotten once it would begin at the virtual time.
void FairShares::leave(KeyId key) {
  --keys_.at(key).numSequences;
  std::erase_if(keys_, [this](const auto &entry) {
    return entry.second.numSequences == 0 &&
           entry.second.account <= virtualTime_;
  });
}

void FairShares::charge(KeyId key, int64_t numRows) {
  Entry &entry = keys_.at(key);
  entry.account += static_cast<double>(numRows) / entry.weight;
}

void FairShares::advance(double lowest) {
  virtualTime_ = std::max(virtualTime_, lowest);
}

} // namespace g4rt
