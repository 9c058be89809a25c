//===- SlotTable.h - The page tables of every slot --------------*- C++ -*-===//
//
// A slot is a row of both page tables. A sequence holds one slot while it runs,
// and in it pages of both pools, taken as it grows:
//
//   global layers   pages 0 to n - 1 of the sequence, entry p for page p
//   window layers   those pages that a next row still sees, a ring: entry
//                   p % windowPagesPerSlot for page p
//
// A page that has left the window is given back, and a fresh one takes its
// entry when the ring wraps. A sequence writes only to pages that it took
// itself, and only after what it has computed; so other owners of its pages
// may read what was written before.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_KV_SLOTTABLE_H
#define G4_RUNTIME_KV_SLOTTABLE_H

#include "runtime/kv/PagePool.h"
#include "runtime/kv/StepLimits.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace g4rt {

/// Not thread-safe. Borrows the pools.
class SlotTable {
public:
  /// The tables have the sizes of tables that exist already on the device, so
  /// they fit.
  SlotTable(PagePools &pools, const StepLimits &limits);

  int64_t numSlots() const { return static_cast<int64_t>(slots_.size()); }
  int64_t numFree() const { return static_cast<int64_t>(free_.size()); }

  /// Takes a free slot without pages; none if there is none.
  std::optional<int32_t> open();
  /// Gives back `slot` and its pages. No step that uses them may still run.
  void close(int32_t slot);

  /// Makes the slot, which has no pages, one more owner of these: the first
  /// pages of the sequence, and window pages from number `firstWindowPage` on,
  /// which end where `pages` end.
  void adopt(int32_t slot, std::span<const int32_t> pages,
             int64_t firstWindowPage, std::span<const int32_t> windowPages);

  /// Pages that extend() would find missing.
  struct Shortage {
    int64_t pages = 0;
    int64_t windowPages = 0;
    bool isNone() const { return pages == 0 && windowPages == 0; }
  };
  /// Makes room for rows at positions [first, end): gives back the window pages
  /// that none of them sees, then takes what the slot lacks. Nothing is taken
  /// if a pool has too few pages. No position of the slot at or after `first`
  /// is of use any more, and `end` is at most maxLength(). Where the slot has
  /// not got as far as `first` (its pages are to be read from a file) it has no
  /// window pages but those that a row at `first` sees.
  Shortage extend(int32_t slot, int64_t first, int64_t end);

  /// Gives back the pages of both pools that hold no position before
  /// `numPositions`: what was written from there on is of no use.
  void truncate(int32_t slot, int64_t numPositions);

  /// The slot's pages in the order of positions; empty if it is free.
  std::span<const int32_t> pages(int32_t slot) const;
  /// The number of its first window page, and one more than that of its last.
  int64_t firstWindowPage(int32_t slot) const;
  int64_t endWindowPage(int32_t slot) const;
  /// Its window page of that number, which it has.
  int32_t windowPage(int32_t slot, int64_t number) const;

  /// i32 [numSlots, pagesPerSlot] and [numSlots, windowPagesPerSlot], 0 where a
  /// slot has no page. Valid as long as this table; changed by all of the
  /// above.
  std::span<const int32_t> entries() const { return entries_; }
  std::span<const int32_t> windowEntries() const { return windowEntries_; }

private:
  struct Slot {
    int64_t numPages = 0;
    int64_t firstWindowPage = 0, endWindowPage = 0;
  };

  int32_t &entry(int32_t slot, int64_t page) {
    return entries_[slot * limits_.pagesPerSlot + page];
  }
  int32_t &windowEntry(int32_t slot, int64_t page) {
    return windowEntries_[slot * limits_.windowPagesPerSlot +
                          page % limits_.windowPagesPerSlot];
  }
  void releaseWindow(int32_t slot, int64_t end);

  PagePools &pools_;
  StepLimits limits_;
  std::vector<int32_t> entries_, windowEntries_;
  std::vector<Slot> slots_;
  std::vector<int32_t> free_; // the last one is taken next
};

} // namespace g4rt

#endif // G4_RUNTIME_KV_SLOTTABLE_H
