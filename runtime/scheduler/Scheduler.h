//===- Scheduler.h - Which rows the next step computes ----------*- C++ -*-===//
//
// Continuous batching. Sequences wait, those of the smallest priority number
// first, then first come, first served, until a slot is free and the pools have
// pages for the tokens that they have. They take further pages as they grow.
// Each step has one row for every sequence that needs only one (all that
// decode), then chunks of the other sequences' rows, in their order, up to
// maxChunkTokens of one sequence and maxStepTokens in all.
//
// A sequence begins with what the prefix cache has of its tokens. One whose
// tokens an earlier one is about to compute waits for that.
//
// Where a pool runs out the prefix cache gives up pages, then the last sequence
// in the order does: it is preempted and waits again, in its old place.
//
// Pure: no thread, no clock, no I/O. The same calls give the same plans.
//
// Nobody starves among equals. The first sequence in the order has at least one
// row in every step, and is never preempted; it ends after at most prompt +
// maxTokens - 1 steps. So each ends after at most the sum of these over itself
// and all that come before it. Of smaller priority numbers any number may come.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SCHEDULER_SCHEDULER_H
#define G4_RUNTIME_SCHEDULER_SCHEDULER_H

#include "runtime/kv/PagePool.h"
#include "runtime/kv/PrefixCache.h"
#include "runtime/kv/SlotTable.h"
#include "runtime/kv/StepLimits.h"
#include "runtime/scheduler/Sequence.h"
#include "runtime/scheduler/StepPlan.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace g4rt {

/// A part of a step.
struct ScheduledChunk {
  SequenceId id{};
  int64_t numRows = 0;
  /// How many of them are tokens that were submitted: prefill.
  int64_t numPromptRows = 0;
  bool isFirst = false; // the sequence's first rows ever
  /// Of the first rows: submitted tokens that the prefix cache had.
  int64_t numCached = 0;
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
  int64_t maxLength = 0;   // tokens at most
};

struct SchedulerOptions {
  bool hasPrefixCache = true;
};

/// Since the start.
struct SchedulerCounts {
  uint64_t numPreemptions = 0;
  /// Submitted tokens of sequences that began, and those of them that the
  /// prefix cache had.
  uint64_t numPrefixQueries = 0;
  uint64_t numPrefixHits = 0;
};

class Scheduler {
public:
  /// All limits but those of windows are at least 1.
  explicit Scheduler(const StepLimits &limits,
                     const SchedulerOptions &options = {});

  /// Puts a sequence into the queue. Its tokens and maxTokens together are at
  /// most maxLength().
  void submit(SequenceId id, SequenceRequest request);

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

  /// A sequence that is held keeps what it has and gets no rows.
  void setHeld(SequenceId id, bool isHeld);

  /// Ends a sequence in any phase and frees what it holds but what the prefix
  /// cache keeps of it; not while a step runs. False if there is no such
  /// sequence.
  bool finish(SequenceId id);

  /// Who runs, in the order of admission.
  std::vector<RunningSequence> running() const;

  /// Gives up what no sequence uses of the prefix cache.
  void clearPrefixCache() { cache_.clear(); }

  int64_t numWaiting() const { return static_cast<int64_t>(waiting_.size()); }
  int64_t numRunning() const { return static_cast<int64_t>(running_.size()); }
  const PagePools &pools() const { return pools_; }
  const SlotTable &slots() const { return slots_; }
  const PrefixCache &prefixCache() const { return cache_; }
  const SchedulerCounts &counts() const { return counts_; }

private:
  /// What one sequence is to compute next.
  struct Share {
    Sequence *sequence;
    int64_t numRows;
  };

  void admit();
  bool hasRoomFor(const Sequence &sequence) const;
  int64_t pagesToCome(const Sequence &sequence) const;
  bool isAboutToBeCached(const Sequence &sequence) const;
  void begin(Sequence &sequence);
  void dropPartial(Sequence &sequence);
  void copyPartial(Sequence &sequence);
  void forgetPrefix(Sequence &sequence);
  std::vector<Share> shareRows();
  bool secure(Sequence &sequence, int64_t numRows);
  void preempt(Sequence &sequence);
  void giveBack(Sequence &sequence);
  void addChunk(Sequence &sequence, int64_t numRows);
  void keepSnapshots(const Sequence &sequence, int64_t first);
  void keep(const Sequence &sequence, int64_t numTokens);

  StepLimits limits_;
  SchedulerOptions options_;
  PagePools pools_;
  SlotTable slots_;
  PrefixCache cache_;
  std::map<SequenceId, std::unique_ptr<Sequence>> sequences_;
  std::vector<Sequence *> waiting_, running_; // in their order
  int64_t numArrived_ = 0;
  ScheduledStep step_;
  SchedulerCounts counts_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SCHEDULER_SCHEDULER_H
