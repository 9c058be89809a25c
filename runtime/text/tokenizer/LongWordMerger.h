//===- LongWordMerger.h - BPE of a word of any length -----------*- C++ -*-===//

#ifndef G4_RUNTIME_TEXT_TOKENIZER_LONGWORDMERGER_H
#define G4_RUNTIME_TEXT_TOKENIZER_LONGWORDMERGER_H

#include "runtime/text/tokenizer/TokenizerTables.h"

#include <cstdint>
#include <vector>

namespace g4rt {

/// Merges the pair of lowest rank, the leftmost of equals, until none merges.
/// The tokens form a linked list, the possible merges a heap: O(n log n) time,
/// and 28 bytes a token whatever the merges are.
class LongWordMerger {
public:
  explicit LongWordMerger(const TokenizerTables &tables) : tables_(tables) {}

  /// Replaces `word` by what its tokens merge to.
  void merge(std::vector<uint32_t> &word);

private:
  /// A token of the list and its merge with the next one.
  struct Node {
    uint32_t id;
    uint32_t previous;
    uint32_t next;
    uint32_t rank;   // kNoRank: it does not merge, or is gone
    uint32_t joined; // what both become
  };

  void link(const std::vector<uint32_t> &word);
  void updatePair(uint32_t at);
  void queue(uint64_t merge);
  void dropStale();
  void joinWithNext(uint32_t at);

  const TokenizerTables &tables_;
  std::vector<Node> nodes_;
  /// rank << 32 | node; stale if the node's rank is another by now.
  std::vector<uint64_t> heap_;
};

} // namespace g4rt

#endif // G4_RUNTIME_TEXT_TOKENIZER_LONGWORDMERGER_H
