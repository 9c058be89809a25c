//===- Scheduler.h - Which rows the next step computes ----------*- C++ -*-===//
//
// Continuous batching. Sequences wait until a slot is free and the pools have
// pages for the tokens that they have. They take further pages as they grow.
// Each step has one row for every sequence that needs only one (all that
// decode), then chunks of the other sequences' rows, up to maxChunkTokens of
// one sequence and maxStepTokens in all. Where all rows of a prompt have
// outputs a chunk is no longer than the outputs that are left: everybody that
// runs has one of maxStepOutputs.
//
// Who gets a slot, and rows of prompts, first: the smallest priority number; of
// these the key that has had least for its weight (FairShares.h); of its
// sequences those that are due, first come, first served; then the one with the
// fewest rows to compute. A sequence is due once all together have computed as
// many rows since it came as its prompt has. Whoever has had a slot before
// comes before all of its priority that have not.
//
// A sequence begins with what the prefix cache has of its tokens. One whose
// tokens another one is about to compute waits for that. Where files have more
// than the cache its pages are filled from them first; meanwhile it has its
// slot and no rows.
//
// Where a pool runs out the prefix cache gives up pages, then the last sequence
// in the order of their first slots does: it is preempted and waits again, in
// its old place.
//
// Pure: no thread, no clock, no I/O. The same calls give the same plans.
//
// A paused sequence has no rows. It is the first to be preempted, is not
// admitted, and nobody waits for it.
//
// Nobody starves among equals. In the order of first slots the first sequence
// that can have rows has at least one in every step, and is never preempted. So
// whoever has had a slot ends after at most the sum of prompt + maxTokens - 1
// over itself and all that have had one before. Who has had none is passed by
// later ones of its key until it is due, which is after as many steps as its
// prompt has rows, at most; then it has the next slot of its key but for
// earlier ones. A key of weight w, of W in all, waits for its next slot until
// the others have made up for what it had beyond its share: at most W / w times
// what all slots hold. Of smaller priority numbers any number may come. What
// was paused and lost its pages computes them again: that comes on top.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SCHEDULER_SCHEDULER_H
#define G4_RUNTIME_SCHEDULER_SCHEDULER_H

#include "runtime/kv/PagePool.h"
#include "runtime/kv/PrefixCache.h"
#include "runtime/kv/SlotTable.h"
#include "runtime/kv/StepLimits.h"
#include "runtime/scheduler/FairShares.h"
#include "runtime/scheduler/Sequence.h"
#include "runtime/scheduler/StepPace.h"
#include "runtime/scheduler/StepPlan.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
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
  /// How many of its rows have logits that say of tokens that it has.
  int64_t numPromptOutputs = 0;
  /// Whether the last row of its tokens has logits, which say of the next one;
  /// its outputs are in the order of the rows.
  bool hasOutput = false;
  /// Rows of drafts after that one, each with logits.
  int64_t numDrafts = 0;
};

/// Pages of a sequence that are to be filled from files: those of positions
/// of `tokens`, from page `firstPage` on, and of window layers those that a row
/// after them sees.
struct ScheduledRestore {
  RestoreId id{};
  std::string salt = {};
  std::vector<int32_t> tokens = {};
  int64_t firstPage = 0;
};

struct ScheduledStep {
  StepPlan plan;
  /// Consecutive rows of the plan each; output rows in the same order.
  std::vector<ScheduledChunk> chunks;
  /// To begin with now; they may take any number of steps.
  std::vector<ScheduledRestore> restores;

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
  /// While a sequence decodes prompts get at most 1 - decodePriority (0 to 1)
  /// of a step's rows, and one at least; none: as many as StepPace says.
  std::optional<double> decodePriority = 0;
  /// How many first tokens of these, `most` or fewer, files have for this salt,
  /// so that a sequence can go on after them; null: there are no files. Called
  /// in next().
  std::function<int64_t(const std::string &salt,
                        std::span<const int32_t> tokens, int64_t most)>
      numStored = {};
};

/// Since the start.
struct SchedulerCounts {
  uint64_t numPreemptions = 0;
  /// Submitted tokens of sequences that began, and those of them that the
  /// prefix cache had.
  uint64_t numPrefixQueries = 0;
  uint64_t numPrefixHits = 0;
  uint64_t numRestored = 0; // tokens that were read from files
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

  /// The step that next() made has run, in so many seconds (0: not known): its
  /// rows are in the caches. Once a step.
  void complete(double seconds = 0);

  /// The page of a restore that has not ended; none if its sequence is gone or
  /// was preempted, and then its data is of no use. Between two steps.
  std::optional<int32_t> pageOf(RestoreId id, PageKind kind,
                                int64_t number) const;
  /// All of its pages are filled, or it failed and the sequence computes its
  /// tokens.
  void endRestore(RestoreId id, bool isComplete);
  /// Sequences that wait for files.
  int64_t numRestoring() const;

  /// Tokens that may follow those of a sequence. If it decodes in the next step
  /// that computes as many of them as there is room for, beside one row and one
  /// output for everybody and in pages that are free; then they are forgotten.
  void propose(SequenceId id, std::vector<int32_t> drafts);

  /// The next tokens of a sequence whose chunk had an output: those of the
  /// chunk's drafts that are right, up to the first that is not, and one more.
  /// The others' keys and values are forgotten, and their pages given back. A
  /// sequence gets no more than maxTokens.
  void accept(SequenceId id, std::span<const int32_t> tokens);
  /// One token.
  void append(SequenceId id, int32_t token) { accept(id, {&token, 1}); }

  /// From the next step on it has no rows until it is resumed; it keeps its
  /// slot and its pages unless others need them, and has its old place in the
  /// order. Nothing if there is no such sequence.
  void setPaused(SequenceId id, bool isPaused);

  /// A sequence that is held keeps what it has and gets no rows.
  void setHeld(SequenceId id, bool isHeld);

  /// Whether all tokens of a sequence are in the caches, so that it has had the
  /// output after them: not if it was preempted since.
  bool awaitsToken(SequenceId id) const;

  /// Ends a sequence in any phase and frees what it holds but what the prefix
  /// cache keeps of it; not while a step runs. False if there is no such
  /// sequence.
  bool finish(SequenceId id);

  /// Who runs, in the order of first slots.
  std::vector<RunningSequence> running() const;

  /// What is to be saved of the prefix cache next; see PrefixCache.
  std::optional<UnsavedPages> takeUnsaved(int64_t maxPages) {
    return cache_.takeUnsaved(maxPages);
  }
  bool hasUnsaved() const { return cache_.hasUnsaved(); }

  /// What is in a slot that exists; no tokens: nothing. Between two steps.
  SlotPrefix slotPrefix(int64_t slot) const;
  bool isInUse(int64_t slot) const;
  /// Its pages, as far as the prefix cache has them; none: nothing. Those of a
  /// sequence that runs are kept for that.
  std::optional<UnsavedPages> slotPages(int64_t slot);
  /// Says what is in a slot that is not in use, and forgets what was.
  void setSlotPrefix(int64_t slot, SlotPrefix prefix);
  /// Forgets what is in a slot that is not in use, in the prefix cache, too.
  void eraseSlot(int64_t slot);

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
    int64_t numRows;       // without drafts
    int64_t numDrafts = 0; // after them
  };

  void admit();
  void giveSlot(Sequence &sequence);
  Sequence *nextToAdmit() const;
  bool isDue(const Sequence &sequence) const;
  int64_t rowsToCompute(const Sequence &sequence) const;
  std::vector<Sequence *> promptsInOrder() const;
  bool mayBegin(Sequence &sequence);
  const Sequence *oldestOf(std::vector<Sequence *> prompts);
  bool hasRoomFor(const Sequence &sequence) const;
  int64_t pagesToCome(const Sequence &sequence) const;
  bool isAboutToBeCached(const Sequence &sequence) const;
  void begin(Sequence &sequence);
  bool beginRestore(Sequence &sequence, const CachedPrefix &prefix);
  bool securePages(Sequence &sequence, int64_t numRows);
  bool secureRestore(Sequence &sequence);
  Sequence *restoring(RestoreId id) const;
  const Sequence *runningIn(int64_t slot) const;
  void dropPartial(Sequence &sequence);
  void copyPartial(Sequence &sequence);
  void forgetPrefix(Sequence &sequence);
  std::vector<Share> shareRows();
  void shareDrafts(std::vector<Share> &shares);
  void sharePromptRows(int64_t left, int64_t outputsLeft,
                       std::vector<Share> &shares);
  int64_t promptRoom(int64_t numDecodes) const;
  void recordPace(double seconds);
  bool secure(Sequence &sequence, int64_t numRows);
  Sequence *lastPaused() const;
  Sequence *victimOf(const Sequence &sequence) const;
  void preempt(Sequence &sequence);
  void giveBack(Sequence &sequence);
  void addChunk(const Share &share);
  void keepSnapshots(const Sequence &sequence, int64_t first);
  void keep(const Sequence &sequence, int64_t numTokens);

  StepLimits limits_;
  SchedulerOptions options_;
  PagePools pools_;
  SlotTable slots_;
  PrefixCache cache_;
  std::map<SequenceId, std::unique_ptr<Sequence>> sequences_;
  std::vector<Sequence *> waiting_; // in no order
  std::vector<Sequence *> running_; // in that of their first slots
  FairShares shares_;
  StepPace pace_;
  std::vector<SlotPrefix> lastPrefixes_; // by slot
  int64_t numArrived_ = 0;
  int64_t numRanked_ = 0; // that have had a slot
  int64_t numRows_ = 0;   // computed, of all
  uint64_t numRestores_ = 0;
  ScheduledStep step_;
  SchedulerCounts counts_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SCHEDULER_SCHEDULER_H
