//===- LaunchOrder.cpp - Order between the blocks of a launch -------------===//

#include "codegen/emulator/LaunchOrder.h"

#include <algorithm>

namespace g4 {

void LaunchOrder::write(const Place &place, const void *to, size_t bytes) {
  if (!isWatching_)
    return;
  std::lock_guard lock(mutex_);
  auto first = reinterpret_cast<uintptr_t>(to);
  for (uintptr_t at = first; at < first + bytes; ++at)
    writers_[at / kUnit][at % kUnit] = {place.block, place.epoch};
}

bool LaunchOrder::mayRead(const Place &place, const void *from, size_t bytes) {
  if (!isWatching_)
    return true;
  std::lock_guard lock(mutex_);
  auto first = reinterpret_cast<uintptr_t>(from);
  for (uintptr_t at = first; at < first + bytes; ++at) {
    auto unit = writers_.find(at / kUnit);
    if (unit == writers_.end())
      continue;
    Writer writer = unit->second[at % kUnit];
    if (writer.block == 0 || writer.block == place.block)
      continue;
    auto seen = place.seen.find(writer.block);
    if (seen == place.seen.end() || seen->second < writer.epoch)
      return false;
  }
  return true;
}

void LaunchOrder::merge(Clock &into, const Clock &from) {
  for (auto [block, epoch] : from)
    into[block] = std::max(into[block], epoch);
}

uint32_t LaunchOrder::increment(Place &place, uint32_t *counter, bool ordered) {
  std::lock_guard lock(mutex_);
  if (ordered) {
    Clock &released = released_[counter];
    place.seen[place.block] = place.epoch;
    merge(released, place.seen);
    merge(place.seen, released);
    ++place.epoch;
  }
  return (*counter)++;
}

} // namespace g4
