//===- PrefixCache.h - Beginnings that are computed already -----*- C++ -*-===//
//
// A tree of pages. A node is a page's tokens after those of its parents, so the
// way from the root to it is a prefix, and its pages hold that prefix' keys and
// values. Tokens are compared, not hashes of them: no two prefixes are taken
// for one. Each salt has a tree of its own.
//
//   root --- [0..31] --- [32..63] --- [64..69]       a prompt of 70 tokens
//                    \-- [32..63]'--- [64..95]'      another one that parts at
//                    32
//
// Pages of global layers are kept for every node. Those of window layers only
// where a snapshot needs them: a snapshot is a position at which a later
// sequence may go on, and keeps the window before it. A prefix is of use up to
// every position whose window is there, wherever the snapshots were taken.
//
// The cache owns each page once, beside the sequences that use it, and gives
// pages up snapshot by snapshot when the pools run out. The one that is worth
// least goes first: greedy dual (Cao and Irani, 1997). The worth is the number
// of tokens between the snapshot and the one before it, divided by its pages,
// above a clock that stands at the worth of what went last. So a snapshot that
// saves much outlives one that saves little, and what nobody uses becomes old.
// Nodes after which there is no snapshot go with the last one.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_KV_PREFIXCACHE_H
#define G4_RUNTIME_KV_PREFIXCACHE_H

#include "runtime/kv/PagePool.h"
#include "runtime/kv/SlotTable.h"
#include "runtime/kv/StepLimits.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// What a sequence can begin with. The pages are the cache's: their user shares
/// them before anything is evicted.
struct CachedPrefix {
  int64_t numTokens = 0;
  /// Pages of positions 0 to numTokens - 1.
  std::vector<int32_t> pages = {};
  /// Of these the window pages that a row at numTokens sees, from this number.
  int64_t firstWindowPage = 0;
  std::vector<int32_t> windowPages = {};
};

/// A part of a prefix that no file has yet.
struct UnsavedPages {
  std::string salt = {};
  std::vector<int32_t> tokens = {}; // the prefix up to the end of the part
  /// Pages `firstPage` to the prefix' last one, and of these the window pages
  /// that are there, from `firstWindowPage` on.
  int64_t firstPage = 0;
  std::vector<int32_t> pages = {};
  int64_t firstWindowPage = 0;
  std::vector<int32_t> windowPages = {};
};

/// Whether takeUnsaved() will be called.
enum class TracksUnsaved : bool { No, Yes };

/// Not thread-safe. Borrows the pools.
class PrefixCache {
public:
  PrefixCache(PagePools &pools, const StepLimits &limits,
              TracksUnsaved tracksUnsaved = TracksUnsaved::No);
  ~PrefixCache();
  PrefixCache(const PrefixCache &) = delete;
  PrefixCache &operator=(const PrefixCache &) = delete;

  /// The longest prefix of `tokens`, of at most `maxTokens`, after which a
  /// sequence can go on.
  CachedPrefix find(const std::string &salt, std::span<const int32_t> tokens,
                    int64_t maxTokens) const;
  /// The same for who uses it: it is given up later.
  CachedPrefix use(const std::string &salt, std::span<const int32_t> tokens,
                   int64_t maxTokens);

  /// Keeps `tokens`, at least one, whose keys and values lie in the pages of
  /// `slot`: a snapshot after the last of them. The window before the last but
  /// one is there, too, if the slot has it: who asks the same again needs it.
  void add(const std::string &salt, std::span<const int32_t> tokens,
           const SlotTable &slots, int32_t slot);

  /// Of the oldest snapshot that is not in files: its first pages that are not,
  /// at most `maxPages` (at least 1). From now on they count as saved. None if
  /// there is nothing to save.
  std::optional<UnsavedPages> takeUnsaved(int64_t maxPages);
  /// All that the cache has of `tokens`, from its first page on; none if that
  /// is nothing.
  std::optional<UnsavedPages> whole(const std::string &salt,
                                    std::span<const int32_t> tokens) const;
  /// Gives up the snapshot after `tokens`, and what it alone keeps.
  void forget(const std::string &salt, std::span<const int32_t> tokens);
  /// Files have all pages of `tokens`.
  void markSaved(const std::string &salt, std::span<const int32_t> tokens);
  bool hasUnsaved() const { return !unsaved_.empty(); }

  /// Gives up snapshots until the pools have so many more free pages or no idle
  /// ones. True if it gave up anything.
  bool evict(const SlotTable::Shortage &shortage);
  /// Gives up everything.
  void clear();

  int64_t numSnapshots() const {
    return static_cast<int64_t>(snapshots_.size());
  }
  /// Snapshots given up by evict(), since the start.
  uint64_t numEvicted() const { return numEvicted_; }

private:
  struct Node;
  struct Snapshot;

  /// Nodes from the root's child on, and how many tokens of all of them match.
  struct Match {
    std::vector<Node *> nodes;
    int64_t numTokens = 0;
  };
  Match match(const std::string &salt, std::span<const int32_t> tokens) const;
  int64_t usableTokens(const Match &match, int64_t most) const;
  CachedPrefix prefixOf(Match &match, int64_t maxTokens) const;
  UnsavedPages partOf(const std::vector<Node *> &path, size_t first,
                      size_t end) const;
  Node &descend(Node &parent, std::span<const int32_t> tokens, int32_t page);
  void keepWindow(const std::vector<Node *> &nodes, const SlotTable &slots,
                  int32_t slot, int64_t numTokens);
  void keepWindowPage(Node &node, int32_t page, int64_t numTokens);
  static void countAnew(const Node &node);
  double worth(const Snapshot &snapshot) const;
  bool frees(const Snapshot &snapshot,
             const SlotTable::Shortage &shortage) const;
  std::optional<size_t> cheapest(const SlotTable::Shortage &shortage) const;
  void remove(size_t snapshot);
  void prune(Node *node);

  PagePools &pools_;
  StepLimits limits_;
  const TracksUnsaved tracksUnsaved_;
  std::map<std::string, std::unique_ptr<Node>> roots_; // by salt
  std::vector<std::unique_ptr<Snapshot>> snapshots_;
  std::deque<Snapshot *> unsaved_; // the oldest first
  double clock_ = 0;
  uint64_t numEvicted_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_KV_PREFIXCACHE_H
