//===- PrefixCache.cpp - Beginnings that are computed already -------------===//

#include "runtime/kv/PrefixCache.h"

#include "runtime/kv/CommonLength.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace g4rt {

constexpr int32_t kNone = -1;

/// A page's tokens after those of its parents. A node with fewer tokens than a
/// page has no children.
struct PrefixCache::Node {
  Node *parent = nullptr; // null: the root of a salt, without tokens and pages
  const std::string *salt = nullptr; // of a root
  int64_t number = -1;               // of its page in the sequence
  std::vector<int32_t> tokens = {};
  int32_t page = kNone;
  int32_t windowPage = kNone;
  int64_t numWindowTokens = 0; // that lie in it: its sequence's were fewer, say
  int64_t numSaved = 0;        // tokens whose keys and values a file has
  int32_t numWindowUsers = 0;  // snapshots that need it
  double lastUse = 0;          // the clock's
  Snapshot *snapshot = nullptr;
  std::vector<std::unique_ptr<Node>> children = {};
};

/// Keeps the window pages of the nodes from `firstWindowPage` to `node`. What
/// is behind `gain` is kept, because all snapshots are compared whenever one is
/// given up.
struct PrefixCache::Snapshot {
  Node *node;
  int64_t firstWindowPage;
  Node *firstNode; // of firstWindowPage; `node` where there is no such page
  bool isUnsaved = false; // in unsaved_
  /// Tokens and nodes since the snapshot before it; 0: to be counted.
  mutable int64_t numTokens = 0, numNodes = 0;
};

PrefixCache::PrefixCache(PagePools &pools, const StepLimits &limits,
                         TracksUnsaved tracksUnsaved)
    : pools_(pools), limits_(limits), tracksUnsaved_(tracksUnsaved) {}

PrefixCache::~PrefixCache() { clear(); }

// Of the node's page.
static int64_t numTokensOf(const auto &node) {
  return static_cast<int64_t>(node.tokens.size());
}

//===----------------------------------------------------------------------===//
// Looking for a prefix
//===----------------------------------------------------------------------===//

PrefixCache::Match PrefixCache::match(const std::string &salt,
                                      std::span<const int32_t> tokens) const {
  Match match;
  auto root = roots_.find(salt);
  for (const Node *node = root == roots_.end() ? nullptr : root->second.get();
       node;) {
    Node *best = nullptr;
    int64_t most = 0;
    for (const std::unique_ptr<Node> &child : node->children)
      if (int64_t length = commonLength(child->tokens, tokens); length > most) {
        most = length;
        best = child.get();
      }
    if (!best)
      break;
    match.nodes.push_back(best);
    match.numTokens += most;
    tokens = tokens.subspan(static_cast<size_t>(most));
    node = most == limits_.pageSize ? best : nullptr;
  }
  return match;
}

/// The longest part of the match, up to `most` tokens, whose window is there.
int64_t PrefixCache::usableTokens(const Match &match, int64_t most) const {
  int64_t numTokens = std::min(match.numTokens, most);
  if (limits_.window == 0)
    return numTokens;
  for (int64_t page = limits_.pagesOf(numTokens) - 1;
       page >= limits_.firstWindowPage(numTokens) && numTokens > 0; --page) {
    const Node &node = *match.nodes[static_cast<size_t>(page)];
    int64_t count = node.windowPage == kNone ? 0 : node.numWindowTokens;
    // Where one is missing no later position is of use whose window has it.
    if (count < limits_.pageSize)
      numTokens = std::min(numTokens, page * limits_.pageSize + count);
  }
  return numTokens;
}

/// Leaves those nodes of the match that are of use.
CachedPrefix PrefixCache::prefixOf(Match &match, int64_t maxTokens) const {
  CachedPrefix prefix{.numTokens = usableTokens(match, maxTokens)};
  match.nodes.resize(static_cast<size_t>(limits_.pagesOf(prefix.numTokens)));
  bool hasWindow = limits_.window > 0;
  if (hasWindow)
    prefix.firstWindowPage = limits_.firstWindowPage(prefix.numTokens);
  for (const Node *node : match.nodes) {
    prefix.pages.push_back(node->page);
    if (hasWindow && node->number >= prefix.firstWindowPage)
      prefix.windowPages.push_back(node->windowPage);
  }
  return prefix;
}

CachedPrefix PrefixCache::find(const std::string &salt,
                               std::span<const int32_t> tokens,
                               int64_t maxTokens) const {
  Match found = match(salt, tokens);
  return prefixOf(found, maxTokens);
}

CachedPrefix PrefixCache::use(const std::string &salt,
                              std::span<const int32_t> tokens,
                              int64_t maxTokens) {
  Match found = match(salt, tokens);
  CachedPrefix prefix = prefixOf(found, maxTokens);
  for (Node *node : found.nodes)
    node->lastUse = clock_;
  return prefix;
}

//===----------------------------------------------------------------------===//
// Keeping one
//===----------------------------------------------------------------------===//

/// The child of `parent` for `tokens`, which lie in `page`. A child with the
/// same page was added while its sequence had written less of it.
PrefixCache::Node &PrefixCache::descend(Node &parent,
                                        std::span<const int32_t> tokens,
                                        int32_t page) {
  for (const std::unique_ptr<Node> &child : parent.children) {
    int64_t common = commonLength(child->tokens, tokens);
    if (common == static_cast<int64_t>(tokens.size()))
      return *child;
    if (child->page == page &&
        common == static_cast<int64_t>(child->tokens.size())) {
      child->tokens.assign(tokens.begin(), tokens.end());
      if (child->snapshot)
        child->snapshot->numTokens = 0;
      return *child;
    }
  }
  pools_.pages.keep(page);
  parent.children.push_back(std::make_unique<Node>(
      Node{.parent = &parent,
           .number = parent.number + 1,
           .tokens = std::vector(tokens.begin(), tokens.end()),
           .page = page}));
  return *parent.children.back();
}

/// `page` has the node's first `numTokens`.
void PrefixCache::keepWindowPage(Node &node, int32_t page, int64_t numTokens) {
  if (numTokens <= node.numWindowTokens)
    return;
  node.numWindowTokens = numTokens;
  if (node.windowPage == page)
    return;
  if (node.windowPage != kNone)
    pools_.windowPages.drop(node.windowPage);
  node.windowPage = page;
  pools_.windowPages.keep(page);
}

/// Makes the last node a snapshot.
void PrefixCache::keepWindow(const std::vector<Node *> &nodes,
                             const SlotTable &slots, int32_t slot,
                             int64_t numTokens) {
  Node &last = *nodes.back();
  int64_t end = last.number + 1, first = end;
  if (limits_.window > 0)
    first = std::max(limits_.firstWindowPage(numTokens - 1),
                     slots.firstWindowPage(slot));
  if (!last.snapshot) {
    snapshots_.push_back(
        std::make_unique<Snapshot>(Snapshot{&last, end, &last}));
    last.snapshot = snapshots_.back().get();
    countAnew(last);
  }
  if (tracksUnsaved_ == TracksUnsaved::Yes &&
      last.numSaved < numTokensOf(last) &&
      !std::exchange(last.snapshot->isUnsaved, true))
    unsaved_.push_back(last.snapshot);
  for (int64_t page = first; page < last.snapshot->firstWindowPage; ++page)
    ++nodes[static_cast<size_t>(page)]->numWindowUsers;
  if (first < last.snapshot->firstWindowPage) {
    last.snapshot->firstWindowPage = first;
    last.snapshot->firstNode = nodes[static_cast<size_t>(first)];
  }
  for (int64_t page = first; page < end; ++page)
    keepWindowPage(
        *nodes[static_cast<size_t>(page)], slots.windowPage(slot, page),
        std::min(numTokens - page * limits_.pageSize, limits_.pageSize));
}

void PrefixCache::add(const std::string &salt, std::span<const int32_t> tokens,
                      const SlotTable &slots, int32_t slot) {
  auto entry = roots_.try_emplace(salt).first;
  std::unique_ptr<Node> &root = entry->second;
  if (!root)
    root = std::make_unique<Node>(Node{.salt = &entry->first});
  std::span<const int32_t> pages = slots.pages(slot);
  std::vector<Node *> nodes;
  Node *node = root.get();
  int64_t numTokens = static_cast<int64_t>(tokens.size());
  for (int64_t at = 0; at < numTokens; at += limits_.pageSize) {
    int64_t count = std::min(limits_.pageSize, numTokens - at);
    node = &descend(*node, tokens.subspan(at, count), pages[nodes.size()]);
    node->lastUse = clock_;
    nodes.push_back(node);
  }
  keepWindow(nodes, slots, slot, numTokens);
}

//===----------------------------------------------------------------------===//
// What files have of it
//===----------------------------------------------------------------------===//

/// The nodes of `path` from `first` to before `end`.
UnsavedPages PrefixCache::partOf(const std::vector<Node *> &path, size_t first,
                                 size_t end) const {
  UnsavedPages part{.salt = *path.front()->parent->salt,
                    .firstPage = static_cast<int64_t>(first),
                    .firstWindowPage = static_cast<int64_t>(end)};
  for (const Node *node : std::span(path).first(end))
    part.tokens.insert(part.tokens.end(), node->tokens.begin(),
                       node->tokens.end());
  for (const Node *node : std::span(path).subspan(first, end - first))
    part.pages.push_back(node->page);
  while (limits_.window > 0 && part.firstWindowPage > part.firstPage) {
    const Node &node = *path[static_cast<size_t>(part.firstWindowPage - 1)];
    if (node.windowPage == kNone || node.numWindowTokens < numTokensOf(node))
      break;
    part.windowPages.insert(part.windowPages.begin(), node.windowPage);
    --part.firstWindowPage;
  }
  return part;
}

std::optional<UnsavedPages> PrefixCache::takeUnsaved(int64_t maxPages) {
  while (!unsaved_.empty()) {
    std::vector<Node *> path;
    for (Node *node = unsaved_.front()->node; node->parent; node = node->parent)
      path.push_back(node);
    std::ranges::reverse(path);
    auto isUnsaved = [](const Node *node) {
      return node->numSaved < numTokensOf(*node);
    };
    size_t first = static_cast<size_t>(std::ranges::find_if(path, isUnsaved) -
                                       path.begin());
    size_t end = std::min(path.size(), first + static_cast<size_t>(maxPages));
    for (Node *node : std::span(path).subspan(first, end - first))
      node->numSaved = numTokensOf(*node);
    if (end == path.size()) {
      unsaved_.front()->isUnsaved = false;
      unsaved_.pop_front();
    }
    if (first < end)
      return partOf(path, first, end);
  }
  return std::nullopt;
}

std::optional<UnsavedPages>
PrefixCache::whole(const std::string &salt,
                   std::span<const int32_t> tokens) const {
  Match found = match(salt, tokens);
  if (found.nodes.empty())
    return std::nullopt;
  UnsavedPages part = partOf(found.nodes, 0, found.nodes.size());
  // Of the last page another sequence may have more.
  part.tokens.resize(static_cast<size_t>(found.numTokens));
  return part;
}

void PrefixCache::forget(const std::string &salt,
                         std::span<const int32_t> tokens) {
  Match found = match(salt, tokens);
  if (found.nodes.empty() || !found.nodes.back()->snapshot ||
      found.numTokens < static_cast<int64_t>(tokens.size()))
    return;
  const Snapshot *snapshot = found.nodes.back()->snapshot;
  remove(static_cast<size_t>(
      std::ranges::find(snapshots_, snapshot, &std::unique_ptr<Snapshot>::get) -
      snapshots_.begin()));
}

void PrefixCache::markSaved(const std::string &salt,
                            std::span<const int32_t> tokens) {
  Match found = match(salt, tokens);
  int64_t end = 0;
  for (Node *node : found.nodes)
    // Of the last one the file may have less than the cache.
    if ((end += numTokensOf(*node)) <= found.numTokens)
      node->numSaved = numTokensOf(*node);
}

//===----------------------------------------------------------------------===//
// Giving up
//===----------------------------------------------------------------------===//

/// A snapshot has come or gone at `node`: those after it save fewer or more.
void PrefixCache::countAnew(const Node &node) {
  std::vector<const Node *> left = {&node};
  while (!left.empty()) {
    const Node *parent = left.back();
    left.pop_back();
    for (const std::unique_ptr<Node> &child : parent->children)
      if (child->snapshot)
        child->snapshot->numTokens = 0;
      else
        left.push_back(child.get());
  }
}

double PrefixCache::worth(const Snapshot &snapshot) const {
  const Node *node = snapshot.node;
  if (snapshot.numTokens == 0) {
    snapshot.numNodes = 0;
    for (const Node *n = node; n->parent && (n == node || !n->snapshot);
         n = n->parent, ++snapshot.numNodes)
      snapshot.numTokens += numTokensOf(*n);
  }
  int64_t numPages = limits_.window
                         ? node->number + 1 - snapshot.firstWindowPage
                         : snapshot.numNodes;
  // Who uses a node uses those before it: of its nodes the first one was used
  // last.
  return snapshot.firstNode->lastUse + static_cast<double>(snapshot.numTokens) /
                                           static_cast<double>(numPages);
}

/// Whether a pool that is short gets a page by the end of this snapshot alone.
bool PrefixCache::frees(const Snapshot &snapshot,
                        const SlotTable::Shortage &shortage) const {
  const Node *node = snapshot.node;
  if (shortage.pages > 0 && node->children.empty() &&
      pools_.pages.isIdle(node->page))
    return true;
  if (shortage.windowPages > 0)
    for (; node->number >= snapshot.firstWindowPage; node = node->parent)
      if (pools_.windowPages.isIdle(node->windowPage))
        return true;
  return false;
}

/// Of the snapshots that free a page, or else of those with nothing after them:
/// idle pages may lie before one that is in use.
std::optional<size_t>
PrefixCache::cheapest(const SlotTable::Shortage &shortage) const {
  std::optional<size_t> best;
  std::pair<bool, double> bestRank;
  for (size_t i = 0; i < snapshots_.size(); ++i) {
    const Snapshot &snapshot = *snapshots_[i];
    bool isFreeing = frees(snapshot, shortage);
    if (!isFreeing && !snapshot.node->children.empty())
      continue;
    std::pair rank(!isFreeing, worth(snapshot));
    if (!best || rank < bestRank) {
      best = i;
      bestRank = rank;
    }
  }
  return best;
}

bool PrefixCache::evict(const SlotTable::Shortage &shortage) {
  int64_t numPages = pools_.pages.numFree() + shortage.pages;
  int64_t numWindowPages = pools_.windowPages.numFree() + shortage.windowPages;
  bool hasGivenUp = false;
  for (;;) {
    auto missing = [](int64_t wanted, const PagePool &pool) {
      return pool.numIdle() ? std::max<int64_t>(wanted - pool.numFree(), 0) : 0;
    };
    SlotTable::Shortage left{.pages = missing(numPages, pools_.pages),
                             .windowPages =
                                 missing(numWindowPages, pools_.windowPages)};
    std::optional<size_t> next;
    if (!left.isNone())
      next = cheapest(left);
    if (!next)
      return hasGivenUp;
    clock_ = std::max(clock_, worth(*snapshots_[*next]));
    remove(*next);
    ++numEvicted_;
    hasGivenUp = true;
  }
}

void PrefixCache::clear() {
  while (!snapshots_.empty())
    remove(snapshots_.size() - 1);
  assert(roots_.empty() && "every leaf is a snapshot");
}

void PrefixCache::remove(size_t snapshot) {
  std::swap(snapshots_[snapshot], snapshots_.back());
  std::unique_ptr<Snapshot> gone = std::move(snapshots_.back());
  snapshots_.pop_back();
  gone->node->snapshot = nullptr;
  countAnew(*gone->node);
  if (gone->isUnsaved)
    std::erase(unsaved_, gone.get());
  for (Node *node = gone->node; node->number >= gone->firstWindowPage;
       node = node->parent)
    if (--node->numWindowUsers == 0) {
      pools_.windowPages.drop(std::exchange(node->windowPage, kNone));
      node->numWindowTokens = 0;
    }
  prune(gone->node);
}

/// Removes the nodes from `node` up after which there is no snapshot.
void PrefixCache::prune(Node *node) {
  while (node->parent && !node->snapshot && node->children.empty()) {
    Node *parent = node->parent;
    pools_.pages.drop(node->page);
    std::erase_if(parent->children,
                  [&](const auto &child) { return child.get() == node; });
    node = parent;
  }
  if (!node->parent && node->children.empty())
    std::erase_if(roots_,
                  [&](const auto &root) { return root.second.get() == node; });
}

} // namespace g4rt
