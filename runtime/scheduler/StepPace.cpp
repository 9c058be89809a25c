//===- StepPace.cpp - Rows of prompts beside rows that decode -------------===//

#include "runtime/scheduler/StepPace.h"

#include <algorithm>
#include <bit>

namespace g4rt {

void StepPace::Base::add(double stepSeconds) {
  constexpr size_t kSteps = 5;
  if (seconds.size() == kSteps)
    seconds.erase(seconds.begin());
  seconds.push_back(stepSeconds);
  numStepsSince = 0;
}

double StepPace::Base::median() const {
  std::vector<double> sorted = seconds;
  auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

/// Numbers that differ by less than a quarter have one base: the first three
/// bits decide.
int64_t StepPace::classOf(int64_t numDecodes) {
  constexpr int kBits = 3;
  int bits =
      static_cast<int>(std::bit_width(static_cast<uint64_t>(numDecodes)));
  int dropped = std::max(bits - kBits, 0);
  return numDecodes >> dropped << dropped;
}

int64_t StepPace::promptRows(int64_t numDecodes) const {
  auto base = bases_.find(classOf(numDecodes));
  if (base == bases_.end() || base->second.seconds.empty() ||
      base->second.numStepsSince >= kStepsOfBase)
    return 1;
  return rows_;
}

void StepPace::record(int64_t numDecodes, int64_t numPromptRows,
                      double seconds) {
  // With one row no step would ever be told from a base.
  constexpr int64_t kFewest = 2, kMost = 1 << 20;
  Base &base = bases_[classOf(numDecodes)];
  if (numPromptRows <= 1)
    return base.add(seconds);
  ++base.numStepsSince;
  if (base.seconds.empty())
    return;
  auto rows = static_cast<double>(numPromptRows);
  double usual = base.median(), cost = (seconds - usual) / (rows - 1);
  double room = (kStretch - 1) * (usual - cost);
  double most = 2 * rows * cost <= room ? 2 * rows : room / cost;
  auto fitting = static_cast<int64_t>(std::max(most, rows / 2));
  // A step that had fewer than it might says nothing against more.
  rows_ = fitting < numPromptRows ? std::min(rows_, fitting)
                                  : std::max(rows_, fitting);
  rows_ = std::clamp(rows_, kFewest, kMost);
}

} // namespace g4rt
