//===- PagePool.h - Who owns the pages of the KV cache ----------*- C++ -*-===//
//
// Counts and ids, no memory: page i of the pool is page i of the cache of every
// global layer. A page can have several owners (a shared prefix); it is free
// again when the last one releases it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_KV_PAGEPOOL_H
#define G4_RUNTIME_KV_PAGEPOOL_H

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace g4rt {

/// Not thread-safe. Which page is taken next depends on the calls before and on
/// nothing else.
class PagePool {
public:
  /// `numPages` of 0 to 2^31 - 1, all free.
  explicit PagePool(int64_t numPages);

  int64_t numPages() const { return static_cast<int64_t>(numOwners_.size()); }
  int64_t numFree() const { return static_cast<int64_t>(free_.size()); }
  int64_t numUsed() const { return numPages() - numFree(); }

  /// `count` free pages, each with one owner from now on; all or none.
  std::optional<std::vector<int32_t>> take(int64_t count);

  /// One more owner of a page that has one.
  void share(int32_t page);
  /// One owner less of each page, of which each has one. No step that reads or
  /// writes them may still run: they can be taken at once.
  void release(std::span<const int32_t> pages);

  int32_t numOwners(int32_t page) const { return numOwners_[page]; }

private:
  std::vector<int32_t> numOwners_; // by page
  std::vector<int32_t> free_;      // the last one is taken next
};

} // namespace g4rt

#endif // G4_RUNTIME_KV_PAGEPOOL_H
