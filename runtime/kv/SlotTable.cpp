//===- SlotTable.cpp - The page tables of every slot ----------------------===//

#include "runtime/kv/SlotTable.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace g4rt {

SlotTable::SlotTable(PagePools &pools, const StepLimits &limits)
    : pools_(pools), limits_(limits),
      entries_(limits.numSlots * limits.pagesPerSlot),
      windowEntries_(limits.numSlots * limits.windowPagesPerSlot),
      slots_(limits.numSlots), free_(limits.numSlots) {
  // Slot 0 is taken first.
  std::iota(free_.rbegin(), free_.rend(), 0);
}

std::optional<int32_t> SlotTable::open() {
  if (free_.empty())
    return std::nullopt;
  int32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

/// Gives back the slot's window pages before number `end`.
void SlotTable::releaseWindow(int32_t slot, int64_t end) {
  int64_t &first = slots_[slot].firstWindowPage;
  for (; first < std::min(end, slots_[slot].endWindowPage); ++first)
    pools_.windowPages.release(std::exchange(windowEntry(slot, first), 0));
}

void SlotTable::close(int32_t slot) {
  assert(std::ranges::find(free_, slot) == free_.end() && "the slot is free");
  releaseWindow(slot, slots_[slot].endWindowPage);
  for (int64_t i = 0; i < slots_[slot].numPages; ++i)
    pools_.pages.release(std::exchange(entry(slot, i), 0));
  slots_[slot] = {};
  free_.push_back(slot);
}

void SlotTable::adopt(int32_t slot, std::span<const int32_t> pages,
                      int64_t firstWindowPage,
                      std::span<const int32_t> windowPages) {
  assert(slots_[slot].numPages == 0 && "the slot has pages");
  for (int32_t page : pages) {
    pools_.pages.share(page);
    entry(slot, slots_[slot].numPages++) = page;
  }
  slots_[slot].firstWindowPage = slots_[slot].endWindowPage = firstWindowPage;
  for (int32_t page : windowPages) {
    pools_.windowPages.share(page);
    windowEntry(slot, slots_[slot].endWindowPage++) = page;
  }
}

SlotTable::Shortage SlotTable::extend(int32_t slot, int64_t first,
                                      int64_t end) {
  Slot &state = slots_[slot];
  int64_t numPages = limits_.pagesOf(end);
  assert(numPages <= limits_.pagesPerSlot && "more pages than a slot can own");
  bool hasWindow = limits_.window > 0;
  if (hasWindow) {
    int64_t firstSeen = limits_.firstWindowPage(first);
    releaseWindow(slot, firstSeen);
    if (state.endWindowPage < firstSeen)
      state.firstWindowPage = state.endWindowPage = firstSeen;
  }
  auto missing = [](int64_t needed, const PagePool &pool) {
    return std::max<int64_t>(needed - pool.numFree(), 0);
  };
  Shortage shortage{.pages = missing(numPages - state.numPages, pools_.pages),
                    .windowPages = hasWindow
                                       ? missing(numPages - state.endWindowPage,
                                                 pools_.windowPages)
                                       : 0};
  if (!shortage.isNone())
    return shortage;
  for (; state.numPages < numPages; ++state.numPages)
    entry(slot, state.numPages) = *pools_.pages.take();
  for (; hasWindow && state.endWindowPage < numPages; ++state.endWindowPage)
    windowEntry(slot, state.endWindowPage) = *pools_.windowPages.take();
  assert(state.endWindowPage - state.firstWindowPage <=
             limits_.windowPagesPerSlot &&
         "the ring is too short");
  return {};
}

void SlotTable::truncate(int32_t slot, int64_t numPositions) {
  Slot &state = slots_[slot];
  int64_t end = limits_.pagesOf(numPositions);
  while (state.numPages > end)
    pools_.pages.release(std::exchange(entry(slot, --state.numPages), 0));
  while (state.endWindowPage > std::max(end, state.firstWindowPage))
    pools_.windowPages.release(
        std::exchange(windowEntry(slot, --state.endWindowPage), 0));
}

std::span<const int32_t> SlotTable::pages(int32_t slot) const {
  return std::span(entries_).subspan(slot * limits_.pagesPerSlot,
                                     slots_[slot].numPages);
}

int64_t SlotTable::firstWindowPage(int32_t slot) const {
  return slots_[slot].firstWindowPage;
}

int64_t SlotTable::endWindowPage(int32_t slot) const {
  return slots_[slot].endWindowPage;
}

int32_t SlotTable::windowPage(int32_t slot, int64_t number) const {
  assert(number >= firstWindowPage(slot) && number < endWindowPage(slot) &&
         "not one of its pages");
  return windowEntries_[slot * limits_.windowPagesPerSlot +
                        number % limits_.windowPagesPerSlot];
}

} // namespace g4rt
