//===- StepPlan.h - What the device does in one step ------------*- C++ -*-===//
//
// The scheduler writes it, an Executor runs it. Rows are tokens: a chunk of a
// prompt, the one next token of a sequence that decodes, or several draft
// tokens of one. Everything is per row, so no row's result can depend on which
// others share the step. What a step writes lies in pages of one owner: where a
// sequence goes on within another one's page it gets a copy first.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SCHEDULER_STEPPLAN_H
#define G4_RUNTIME_SCHEDULER_STEPPLAN_H

#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// Page `to` gets the content of page `from`.
struct PageCopy {
  int32_t from = 0;
  int32_t to = 0;
};

/// Arrays of one step. Rows of one sequence are consecutive and their positions
/// rise by one.
struct StepPlan {
  std::vector<int32_t> tokenIds;    // [numTokens]
  std::vector<int32_t> positions;   // [numTokens], 0 is the first token
  std::vector<int32_t> slots;       // [numTokens], row of the page table
  std::vector<int32_t> visibleEnds; // [numTokens], position + 1 where causal
  std::vector<int32_t> outputRows;  // [numOutputs], rising rows

  /// Pages of the global layers that each slot owns, [numSlots, pagesPerSlot];
  /// entry p holds positions [p * pageSize, (p + 1) * pageSize). Entries that a
  /// slot does not use are 0. Borrowed from the scheduler until the step ends.
  std::span<const int32_t> pageTable;
  /// Those of the window layers, [numSlots, windowPagesPerSlot], a ring: page p
  /// of a sequence is entry p % windowPagesPerSlot. Pages that no row of the
  /// step sees may be any.
  std::span<const int32_t> windowTable;

  /// Done in their order, before the rows: pages of all global layers, and of
  /// all window layers.
  std::vector<PageCopy> copies;
  std::vector<PageCopy> windowCopies;

  /// One more row, which sees its sequence up to itself.
  void addRow(int32_t token, int64_t position, int32_t slot) {
    tokenIds.push_back(token);
    positions.push_back(static_cast<int32_t>(position));
    slots.push_back(slot);
    visibleEnds.push_back(static_cast<int32_t>(position + 1));
  }
  /// The row added last gets logits.
  void addOutput() {
    outputRows.push_back(static_cast<int32_t>(numTokens() - 1));
  }

  int64_t numTokens() const { return static_cast<int64_t>(tokenIds.size()); }
  int64_t numOutputs() const { return static_cast<int64_t>(outputRows.size()); }
};

} // namespace g4rt

#endif // G4_RUNTIME_SCHEDULER_STEPPLAN_H
