//===- SlotTable.cpp - The page table of every slot -----------------------===//

#include "runtime/kv/SlotTable.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace g4rt {

SlotTable::SlotTable(PagePool &pool, int64_t numSlots, int64_t pagesPerSlot)
    : pool_(pool), pagesPerSlot_(pagesPerSlot),
      entries_(numSlots * pagesPerSlot), numPages_(numSlots), free_(numSlots) {
  // Slot 0 is taken first.
  std::iota(free_.rbegin(), free_.rend(), 0);
}

std::optional<int32_t> SlotTable::open(int64_t numPages) {
  assert(numPages <= pagesPerSlot_ && "more pages than a slot can own");
  if (free_.empty())
    return std::nullopt;
  std::optional<std::vector<int32_t>> pages = pool_.take(numPages);
  if (!pages)
    return std::nullopt;
  int32_t slot = free_.back();
  free_.pop_back();
  std::copy(pages->begin(), pages->end(),
            entries_.begin() + slot * pagesPerSlot_);
  numPages_[slot] = numPages;
  return slot;
}

void SlotTable::close(int32_t slot) {
  assert(std::find(free_.begin(), free_.end(), slot) == free_.end() &&
         "the slot is free");
  pool_.release(pages(slot));
  std::fill_n(entries_.begin() + slot * pagesPerSlot_, numPages_[slot], 0);
  numPages_[slot] = 0;
  free_.push_back(slot);
}

std::span<const int32_t> SlotTable::pages(int32_t slot) const {
  return std::span(entries_).subspan(slot * pagesPerSlot_, numPages_[slot]);
}

} // namespace g4rt
