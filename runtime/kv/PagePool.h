//===- PagePool.h - Who owns the pages of a KV cache ------------*- C++ -*-===//
//
// Counts and ids, no memory: page i of the pool is page i of the cache of every
// global layer, or of every window layer. A page can have several owners (a
// shared prefix); it is free again when the last one releases it.
//
// The prefix cache is an owner like others, but one that gives up a page when
// it is asked to: pages that nobody else owns are idle.
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
  /// Pages that the prefix cache alone owns.
  int64_t numIdle() const { return numIdle_; }
  /// Pages of sequences.
  int64_t numUsed() const { return numPages() - numFree() - numIdle(); }

  /// A free page, with one owner from now on; none if there is none.
  std::optional<int32_t> take();
  /// One more owner of a page that has one.
  void share(int32_t page);
  /// One owner less. No step that reads or writes the page may still run: it
  /// can be taken at once.
  void release(int32_t page);

  /// One more owner of a page that has one, which is the prefix cache.
  void keep(int32_t page);
  /// It is an owner less.
  void drop(int32_t page);

  int32_t numOwners(int32_t page) const { return numOwners_[page]; }
  /// Owners that are sequences.
  int32_t numSequences(int32_t page) const {
    return numOwners_[page] - numKept_[page];
  }
  /// Whether the prefix cache alone owns it.
  bool isIdle(int32_t page) const {
    return numKept_[page] > 0 && numOwners_[page] == numKept_[page];
  }

private:
  void change(int32_t page, int32_t owners, int32_t kept);

  std::vector<int32_t> numOwners_; // by page, the prefix cache included
  std::vector<int32_t> numKept_;   // by page: those that are the prefix cache
  std::vector<int32_t> free_;      // the last one is taken next
  int64_t numIdle_ = 0;
};

/// Which layers' caches a page is of.
enum class PageKind : uint8_t { Global, Window };

/// The pools of global and of window layers. A model without window layers has
/// no window pages.
struct PagePools {
  PagePool pages;
  PagePool windowPages;
};

} // namespace g4rt

#endif // G4_RUNTIME_KV_PAGEPOOL_H
