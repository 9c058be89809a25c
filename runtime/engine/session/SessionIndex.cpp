//===- SessionIndex.cpp - Which file has which page of a prefix -----------===//

#include "runtime/engine/session/SessionIndex.h"

#include "runtime/kv/CommonLength.h"

#include <algorithm>
#include <optional>
#include <ranges>

namespace g4rt {

/// A node with fewer tokens than a page has no children.
struct SessionIndex::Node {
  Node *parent = nullptr; // null: a root, without tokens
  std::vector<int32_t> tokens = {};
  std::optional<SessionFileId> file = {}, windowFile = {};
  int64_t numFiles = 0; // that name it in nodes_
  std::vector<std::unique_ptr<Node>> children = {};
};

SessionIndex::SessionIndex(const StepLimits &limits) : limits_(limits) {}
SessionIndex::~SessionIndex() = default;

//===----------------------------------------------------------------------===//
// Files come and go
//===----------------------------------------------------------------------===//

void SessionIndex::add(SessionFileId file, const SessionHead &head) {
  std::unique_ptr<Node> &root = roots_[head.salt];
  if (!root)
    root = std::make_unique<Node>();
  Node *node = root.get();
  std::span<const int32_t> rest(head.tokens);
  for (int64_t page = 0; !rest.empty(); ++page) {
    size_t count = std::min(rest.size(), static_cast<size_t>(limits_.pageSize));
    auto child = std::ranges::find_if(node->children, [&](const auto &other) {
      return std::ranges::equal(other->tokens, rest.first(count));
    });
    if (child == node->children.end()) {
      node->children.push_back(std::make_unique<Node>(Node{
          .parent = node, .tokens = {rest.begin(), rest.begin() + count}}));
      child = node->children.end() - 1;
    }
    node = child->get();
    rest = rest.subspan(count);
    if (page < head.firstPage)
      continue;
    node->file = file;
    if (page >= head.firstWindowPage)
      node->windowFile = file;
    ++node->numFiles;
    nodes_[file].push_back(node);
  }
}

void SessionIndex::remove(SessionFileId file) {
  auto entry = nodes_.find(file);
  if (entry == nodes_.end())
    return;
  // From the last one on: the nodes before it may go with it.
  for (Node *node : std::ranges::reverse_view(entry->second)) {
    if (node->file == file)
      node->file.reset();
    if (node->windowFile == file)
      node->windowFile.reset();
    --node->numFiles;
    prune(node);
  }
  nodes_.erase(entry);
}

/// Removes the nodes from `node` up that no file names.
void SessionIndex::prune(Node *node) {
  while (node->parent && node->numFiles == 0 && node->children.empty()) {
    Node *parent = node->parent;
    std::erase_if(parent->children,
                  [&](const auto &child) { return child.get() == node; });
    node = parent;
  }
  if (!node->parent && node->children.empty())
    std::erase_if(roots_,
                  [&](const auto &root) { return root.second.get() == node; });
}

//===----------------------------------------------------------------------===//
// Looking for a prefix
//===----------------------------------------------------------------------===//

/// The child in a file that has most of `tokens` first; null if none has any.
const SessionIndex::Node *
SessionIndex::childFor(const Node &parent,
                       std::span<const int32_t> tokens) const {
  const Node *best = nullptr;
  std::pair<int64_t, bool> bestRank(0, true);
  for (const std::unique_ptr<Node> &child : parent.children) {
    std::pair rank(commonLength(child->tokens, tokens),
                   child->windowFile.has_value());
    if (child->file && rank > bestRank) {
      best = child.get();
      bestRank = rank;
    }
  }
  return best;
}

/// The longest part whose window is in files. As in PrefixCache.
int64_t SessionIndex::usableTokens(const std::vector<const Node *> &path,
                                   int64_t numTokens) const {
  if (limits_.window == 0)
    return numTokens;
  for (int64_t page = limits_.pagesOf(numTokens) - 1;
       page >= limits_.firstWindowPage(numTokens) && numTokens > 0; --page)
    if (!path[static_cast<size_t>(page)]->windowFile)
      numTokens = page * limits_.pageSize;
  return numTokens;
}

StoredPages SessionIndex::find(const std::string &salt,
                               std::span<const int32_t> tokens,
                               int64_t maxTokens) const {
  std::vector<const Node *> path;
  int64_t numTokens = 0;
  auto root = roots_.find(salt);
  tokens =
      tokens.first(std::min(tokens.size(), static_cast<size_t>(maxTokens)));
  for (const Node *node = root == roots_.end() ? nullptr : root->second.get();
       node && !tokens.empty();) {
    node = childFor(*node, tokens);
    if (!node)
      break;
    int64_t count = commonLength(node->tokens, tokens);
    path.push_back(node);
    numTokens += count;
    tokens = tokens.subspan(static_cast<size_t>(count));
    if (count < limits_.pageSize)
      break;
  }
  StoredPages stored{.numTokens = usableTokens(path, numTokens)};
  path.resize(static_cast<size_t>(limits_.pagesOf(stored.numTokens)));
  if (limits_.window > 0)
    stored.firstWindowPage = limits_.firstWindowPage(stored.numTokens);
  for (const Node *node : path) {
    auto number = static_cast<int64_t>(stored.pages.size());
    stored.pages.push_back(*node->file);
    if (limits_.window > 0 && number >= stored.firstWindowPage)
      stored.windowPages.push_back(*node->windowFile);
  }
  return stored;
}

} // namespace g4rt
