//===- Scheduler.h - Which rows the next step computes ----------*- C++ -*-===//
//
// Continuous batching. Sequences wait first come, first served, until a slot
// and all the pages that they can ever need are free; so nothing runs out
// later. Each step has one row for every sequence that needs only one (all that
// decode), then chunks of the other sequences' rows, oldest first, up to
// maxChunkTokens of one sequence and maxStepTokens in all.
//
// Pure: no thread, no clock, no I/O. The same calls give the same plans.
//
// Nobody starves. The sequences that run are never more than a step has rows,
// so those that need one row get it in every step, and the oldest of the others
// at least one. Nobody is admitted before one that came earlier. So a sequence
// ends after at most as many steps as it and all that came before it have rows
// left when it comes: prompt + maxTokens - 1 for each.
//
// What comes later has its place: a sequence that is preempted keeps its tokens
// and goes back to zero computed ones; a shared prefix starts it above zero;
// priorities are another order of waiting.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SCHEDULER_SCHEDULER_H
#define G4_RUNTIME_SCHEDULER_SCHEDULER_H

#include "runtime/kv/PagePool.h"
#include "runtime/kv/SlotTable.h"
#include "runtime/scheduler/StepPlan.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace g4rt {

/// Names a sequence of one scheduler. The caller chooses it, once.
enum class SequenceId : uint64_t {};

/// What the executor can do; ExecutorLimits has the same fields.
struct SchedulerLimits {
  int64_t maxStepTokens = 0;
  int64_t maxChunkTokens = 0;
  int64_t maxStepOutputs = 0;
  int64_t numSlots = 0;
  int64_t pageSize = 0;
  int64_t numPages = 0;
  int64_t pagesPerSlot = 0;

  /// Positions of one sequence at most.
  int64_t maxLength() const;
  /// Sequences that run at most; each gets a row and an output in every step.
  int64_t maxRunning() const;
};

/// A part of a step.
struct ScheduledChunk {
  SequenceId id{};
  int64_t numRows = 0;
  /// How many of them are tokens that were submitted: prefill.
  int64_t numPromptRows = 0;
  bool isFirst = false;   // the sequence's first rows
  bool hasOutput = false; // its last row has logits
};

struct ScheduledStep {
  StepPlan plan;
  /// Consecutive rows of the plan each; output rows in the same order.
  std::vector<ScheduledChunk> chunks;

  bool empty() const { return chunks.empty(); }
};

/// A sequence that has a slot, for whoever wants to show it.
struct RunningSequence {
  SequenceId id{};
  int64_t slot = 0;
  int64_t numComputed = 0; // tokens that are in the caches
  int64_t maxLength = 0;   // tokens that it has pages for
};

class Scheduler {
public:
  /// All limits are at least 1.
  explicit Scheduler(const SchedulerLimits &limits);
  ~Scheduler();

  /// Puts a sequence at the end of the queue. It holds at least one token, and
  /// tokens and maxTokens (at least 1) together are at most maxLength().
  void submit(SequenceId id, std::vector<int32_t> tokens, int64_t maxTokens);

  /// Admits what has room, then makes the next step; empty if nothing runs. It
  /// is valid until the next call, and before that it is completed or its
  /// sequences are finished.
  const ScheduledStep &next();

  /// The step that next() made has run: its rows are in the caches. Once a
  /// step.
  void complete();

  /// The next token of a sequence whose chunk had an output. A sequence gets no
  /// more than maxTokens.
  void append(SequenceId id, int32_t token);

  /// Ends a sequence in any phase and frees what it holds; not while a step
  /// runs. False if there is no such sequence.
  bool finish(SequenceId id);

  /// Who runs, in the order of admission.
  std::vector<RunningSequence> running() const;
  int64_t numWaiting() const { return static_cast<int64_t>(waiting_.size()); }
  int64_t numRunning() const { return static_cast<int64_t>(running_.size()); }
  const PagePool &pages() const { return pages_; }
  const SlotTable &slots() const { return slots_; }

private:
  struct Sequence;

  void admit();
  void addChunk(Sequence &sequence, int64_t numRows);

  SchedulerLimits limits_;
  PagePool pages_;
  SlotTable slots_;
  std::map<SequenceId, std::unique_ptr<Sequence>> sequences_;
  std::deque<Sequence *> waiting_;  // oldest first
  std::vector<Sequence *> running_; // oldest first
  ScheduledStep step_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SCHEDULER_SCHEDULER_H
