//===- SlotTable.h - The page table of every slot ---------------*- C++ -*-===//
//
// A slot is a row of the page table, and in the window layers a ring of its
// own. A sequence holds one slot from admission to its end.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_KV_SLOTTABLE_H
#define G4_RUNTIME_KV_SLOTTABLE_H

#include "runtime/kv/PagePool.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace g4rt {

/// Not thread-safe. Borrows the pool.
class SlotTable {
public:
  /// numSlots * pagesPerSlot is the size of a page table that exists already on
  /// the device, so it fits.
  SlotTable(PagePool &pool, int64_t numSlots, int64_t pagesPerSlot);

  int64_t numSlots() const { return static_cast<int64_t>(numPages_.size()); }
  int64_t numFree() const { return static_cast<int64_t>(free_.size()); }

  /// Takes a free slot and `numPages`, at most pagesPerSlot, free pages for it.
  /// Nothing if there is no slot or there are too few pages.
  std::optional<int32_t> open(int64_t numPages);
  /// Gives back `slot` and its pages. No step that uses them may still run.
  void close(int32_t slot);

  /// The pages of `slot` in the order of positions; empty if it is free.
  std::span<const int32_t> pages(int32_t slot) const;
  /// i32 [numSlots, pagesPerSlot], 0 where a slot has no page. Valid as long as
  /// this table; changed by open and close.
  std::span<const int32_t> entries() const { return entries_; }

private:
  PagePool &pool_;
  int64_t pagesPerSlot_;
  std::vector<int32_t> entries_;
  std::vector<int64_t> numPages_; // by slot
  std::vector<int32_t> free_;     // the last one is taken next
};

} // namespace g4rt

#endif // G4_RUNTIME_KV_SLOTTABLE_H
