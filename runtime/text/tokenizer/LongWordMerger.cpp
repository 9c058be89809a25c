//===- LongWordMerger.cpp - BPE of a word of any length -------------------===//

#include "runtime/text/tokenizer/LongWordMerger.h"

#include <algorithm>
#include <functional>

namespace g4rt {

constexpr uint32_t kNoRank = 0xffffffff;
constexpr uint32_t kEnd = 0xffffffff;

void LongWordMerger::merge(std::vector<uint32_t> &word) {
  link(word);
  std::vector<uint32_t>().swap(word); // its memory is needed
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    uint64_t top = heap_.back();
    heap_.pop_back();
    uint32_t at = static_cast<uint32_t>(top);
    if (nodes_[at].rank == top >> 32)
      joinWithNext(at);
  }
  std::vector<uint64_t>().swap(heap_);
  size_t numLeft = 0;
  for (uint32_t at = 0; at != kEnd; at = nodes_[at].next)
    ++numLeft;
  word.reserve(numLeft);
  for (uint32_t at = 0; at != kEnd; at = nodes_[at].next)
    word.push_back(nodes_[at].id);
}

void LongWordMerger::link(const std::vector<uint32_t> &word) {
  uint32_t size = static_cast<uint32_t>(word.size());
  nodes_.resize(size);
  heap_.reserve(size);
  for (uint32_t i = 0; i < size; ++i)
    nodes_[i] = {word[i], i - 1, i + 1 < size ? i + 1 : kEnd, kNoRank, 0};
  for (uint32_t i = 0; i + 1 < size; ++i)
    updatePair(i);
}

// Looks up how the token at `at` merges with the next and queues it.
void LongWordMerger::updatePair(uint32_t at) {
  Node &node = nodes_[at];
  node.rank = kNoRank;
  if (node.next == kEnd)
    return;
  const MergeSlot *slot = tables_.findMerge(node.id, nodes_[node.next].id);
  if (!slot || slot->rank == kNoRank)
    return;
  node.rank = slot->rank;
  node.joined = slot->joined;
  queue(uint64_t{slot->rank} << 32 | at);
}

void LongWordMerger::queue(uint64_t merge) {
  if (heap_.size() == heap_.capacity())
    dropStale();
  heap_.push_back(merge);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

// A merge adds two entries and takes one. The heap has room for one of each
// token, so there are as many stale ones as merges since the last time: all of
// this together costs no more than the merges.
void LongWordMerger::dropStale() {
  std::erase_if(heap_, [this](uint64_t entry) {
    return nodes_[static_cast<uint32_t>(entry)].rank != entry >> 32;
  });
  std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
}

// The first token always stays node 0: a merge removes the right one of two.
void LongWordMerger::joinWithNext(uint32_t at) {
  Node &node = nodes_[at];
  Node &gone = nodes_[node.next];
  node.id = node.joined;
  node.next = gone.next;
  gone.rank = kNoRank;
  if (node.next != kEnd)
    nodes_[node.next].previous = at;
  updatePair(at);
  if (at > 0)
    updatePair(node.previous);
}

} // namespace g4rt
