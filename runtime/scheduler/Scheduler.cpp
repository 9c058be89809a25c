//===- Scheduler.cpp - Which rows the next step computes ------------------===//

#include "runtime/scheduler/Scheduler.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <tuple>
#include <utility>

namespace g4rt {

Scheduler::Scheduler(const StepLimits &limits, const SchedulerOptions &options)
    : limits_(limits), options_(options),
      pools_{PagePool(limits.numPages), PagePool(limits.numWindowPages)},
      slots_(pools_, limits),
      cache_(pools_, limits,
             options.numStored ? TracksUnsaved::Yes : TracksUnsaved::No),
      lastPrefixes_(static_cast<size_t>(limits.numSlots)) {}

static bool isBefore(const Sequence *a, const Sequence *b) {
  return a->isBefore(*b);
}

static void insertInOrder(std::vector<Sequence *> &sequences,
                          Sequence *sequence) {
  sequences.insert(std::ranges::upper_bound(sequences, sequence, isBefore),
                   sequence);
}

//===----------------------------------------------------------------------===//
// From the queue to a slot and back
//===----------------------------------------------------------------------===//

void Scheduler::submit(SequenceId id, SequenceRequest request) {
  int64_t numTokens = static_cast<int64_t>(request.tokens.size());
  assert(numTokens > 0 && request.maxTokens > 0 && "nothing to compute");
  assert(request.maxTokens <= limits_.maxLength() - numTokens && "never fits");
  auto sequence = std::make_unique<Sequence>(Sequence{
      .id = id,
      .arrival = numArrived_++,
      .priority = request.priority,
      .key = request.share.key,
      .cacheSalt = std::move(request.cacheSalt),
      .tokens = std::move(request.tokens),
      .numSubmitted = numTokens,
      .maxLength = numTokens + request.maxTokens,
      .nextOutput = request.hasPromptOutputs ? 0 : Sequence::kOnlyLast});
  sequence->numExpected = rowsToCompute(*sequence);
  sequence->dueAt = numRows_ + sequence->numExpected;
  shares_.enter(request.share);
  waiting_.push_back(sequence.get());
  [[maybe_unused]] bool isNew =
      sequences_.emplace(id, std::move(sequence)).second;
  assert(isNew && "an id names one sequence");
}

/// Pages that it has not taken yet, of those for its tokens and the next one.
int64_t Scheduler::pagesToCome(const Sequence &sequence) const {
  int64_t needed =
      limits_.pagesOf(std::min(sequence.numTokens() + 1, sequence.maxLength));
  int64_t taken =
      sequence.slot < 0
          ? 0
          : static_cast<int64_t>(slots_.pages(sequence.slot).size());
  return std::max<int64_t>(needed - taken, 0);
}

/// Whether it and all that run can have pages for the tokens that they have: or
/// it would soon be preempted.
bool Scheduler::hasRoomFor(const Sequence &sequence) const {
  int64_t numPages = pagesToCome(sequence);
  for (const Sequence *running : running_)
    numPages += pagesToCome(*running);
  int64_t room = pools_.pages.numFree() + pools_.pages.numIdle();
  if (running_.empty() || numPages <= room)
    return true;
  CachedPrefix prefix =
      cache_.find(sequence.cacheSalt, sequence.tokens, sequence.firstOutput());
  prefix.pages.resize(prefix.numTokens / limits_.pageSize);
  return numPages - std::ranges::count_if(prefix.pages,
                                          [&](int32_t page) {
                                            return !pools_.pages.isIdle(page);
                                          }) <=
         room;
}

bool Scheduler::isDue(const Sequence &sequence) const {
  return numRows_ >= sequence.dueAt;
}

/// Among those of one priority and key: who is due, as they came, and then who
/// has the fewest rows to compute. The third number decides between equals.
static std::tuple<bool, int64_t, int64_t>
placeInKey(const Sequence &sequence, bool isDue, int64_t numRows) {
  return {!isDue, isDue ? sequence.arrival : numRows, sequence.arrival};
}

/// Who gets the next slot; null: nobody waits for one.
Sequence *Scheduler::nextToAdmit() const {
  auto place = [this](const Sequence &waiting) {
    bool isFresh = waiting.rank == Sequence::kNoRank;
    return std::tuple(waiting.priority, waiting.rank,
                      isFresh ? shares_.accountOf(waiting.key) : 0,
                      placeInKey(waiting, isDue(waiting), waiting.numExpected));
  };
  Sequence *first = nullptr;
  decltype(place(*first)) least;
  for (Sequence *waiting : waiting_) {
    if (waiting->isPaused)
      continue;
    auto own = place(*waiting);
    if (first && own >= least)
      continue;
    first = waiting;
    least = own;
  }
  return first;
}

/// It is charged for its prompt now, so that a key does not get all slots that
/// are free at one time.
void Scheduler::giveSlot(Sequence &sequence) {
  if (sequence.rank == Sequence::kNoRank) {
    double lowest = shares_.accountOf(sequence.key);
    for (const Sequence *waiting : waiting_)
      if (!waiting->isPaused)
        lowest = std::min(lowest, shares_.accountOf(waiting->key));
    shares_.advance(lowest);
    shares_.charge(sequence.key, sequence.numExpected);
    sequence.rank = numRanked_++;
  }
  sequence.slot = *slots_.open();
  insertInOrder(running_, &sequence);
  std::erase(waiting_, &sequence);
}

void Scheduler::admit() {
  for (;;) {
    bool isFull = numRunning() >= limits_.maxRunning();
    if (waiting_.empty() || (isFull && !lastPaused()))
      return;
    Sequence *next = nextToAdmit();
    if (!next)
      return;
    while (numRunning() >= limits_.maxRunning() || !hasRoomFor(*next))
      // Nobody passes it meanwhile, or small ones could for ever.
      if (Sequence *paused = lastPaused())
        preempt(*paused);
      else
        return;
    giveSlot(*next);
  }
}

/// Frees what it holds of slots and pages.
void Scheduler::giveBack(Sequence &sequence) {
  if (sequence.hasComputed) {
    keep(sequence, sequence.numComputed);
    setSlotPrefix(sequence.slot, sequence.computed());
  }
  dropPartial(sequence);
  slots_.close(std::exchange(sequence.slot, -1));
  sequence.numComputed = 0;
  sequence.hasBegun = sequence.hasComputed = false;
  sequence.stored.reset();
}

void Scheduler::preempt(Sequence &sequence) {
  giveBack(sequence);
  std::erase(running_, &sequence);
  waiting_.push_back(&sequence);
  ++counts_.numPreemptions;
}

/// The last one that runs and is paused; null if there is none.
Sequence *Scheduler::lastPaused() const {
  auto last = std::ranges::find(running_.rbegin(), running_.rend(), true,
                                &Sequence::isPaused);
  return last == running_.rend() ? nullptr : *last;
}

/// Who gives up its slot for one that is not paused: the last that is, or else
/// the last of all; null if that is itself.
Sequence *Scheduler::victimOf(const Sequence &sequence) const {
  if (Sequence *paused = lastPaused())
    return paused;
  return running_.back() == &sequence ? nullptr : running_.back();
}

void Scheduler::setPaused(SequenceId id, bool isPaused) {
  if (auto it = sequences_.find(id); it != sequences_.end())
    it->second->isPaused = isPaused;
}

bool Scheduler::finish(SequenceId id) {
  auto it = sequences_.find(id);
  if (it == sequences_.end())
    return false;
  Sequence *sequence = it->second.get();
  if (sequence->slot >= 0)
    giveBack(*sequence);
  std::erase(running_, sequence);
  std::erase(waiting_, sequence);
  shares_.leave(sequence->key);
  sequences_.erase(it);
  return true;
}

//===----------------------------------------------------------------------===//
// A step
//===----------------------------------------------------------------------===//

/// Rows that it has to compute before its next token, as far as that is known.
int64_t Scheduler::rowsToCompute(const Sequence &sequence) const {
  if (sequence.hasBegun || !options_.hasPrefixCache)
    return sequence.numRowsLeft();
  return sequence.numTokens() -
         cache_
             .find(sequence.cacheSalt, sequence.tokens, sequence.firstOutput())
             .numTokens;
}

/// Those that may have rows and have more than one to compute, or read files.
std::vector<Sequence *> Scheduler::promptsInOrder() const {
  using Place = std::tuple<int32_t, double, std::tuple<bool, int64_t, int64_t>>;
  std::vector<std::pair<Place, Sequence *>> places;
  for (Sequence *running : running_)
    if (running->mayRun() && (running->stored || running->numRowsLeft() > 1))
      places.emplace_back(
          Place(running->priority, shares_.accountOf(running->key),
                placeInKey(*running, isDue(*running), rowsToCompute(*running))),
          running);
  std::ranges::sort(places);
  std::vector<Sequence *> prompts;
  for (const auto &[place, sequence] : places)
    prompts.push_back(sequence);
  return prompts;
}

/// Takes the pages of its next rows. False if there are none, now. No earlier
/// one can preempt it after that.
bool Scheduler::secure(Sequence &sequence, int64_t numRows) {
  if (sequence.stored)
    return secureRestore(sequence);
  if (!securePages(sequence, numRows))
    return false;
  copyPartial(sequence);
  return true;
}

/// Takes the pages of what is to be restored of it, or is computed, and of
/// `numRows` rows after that.
bool Scheduler::securePages(Sequence &sequence, int64_t numRows) {
  for (;;) {
    int64_t first =
        sequence.stored ? sequence.stored->numTokens : sequence.numComputed;
    SlotTable::Shortage shortage =
        slots_.extend(sequence.slot, first, first + numRows);
    if (shortage.isNone())
      return true;
    if (cache_.evict(shortage))
      continue;
    if (Sequence *victim = victimOf(sequence))
      preempt(*victim);
    else if (sequence.partial)
      forgetPrefix(sequence);
    else
      return false;
  }
}

void Scheduler::addChunk(const Share &share) {
  Sequence &sequence = *share.sequence;
  StepPlan &plan = step_.plan;
  int64_t first = sequence.numComputed, numRows = share.numRows;
  for (int64_t i = first; i < first + numRows; ++i) {
    plan.addRow(sequence.tokens[i], i, sequence.slot);
    if (i >= sequence.firstOutput())
      plan.addOutput();
  }
  bool hasOutput = numRows == sequence.numRowsLeft();
  for (int64_t i = 0; i < share.numDrafts; ++i) {
    plan.addRow(sequence.drafts[static_cast<size_t>(i)], first + numRows + i,
                sequence.slot);
    plan.addOutput();
  }
  bool isFirst = !std::exchange(sequence.hasRun, true);
  if (isFirst)
    shares_.charge(sequence.key, sequence.numSubmitted - sequence.numCached -
                                     sequence.numExpected);
  if (isFirst && options_.hasPrefixCache && sequence.nextOutput > 0) {
    counts_.numPrefixQueries += sequence.numSubmitted;
    counts_.numPrefixHits += sequence.numCached;
  }
  step_.chunks.push_back(
      {.id = sequence.id,
       .numRows = numRows + share.numDrafts,
       .numPromptRows =
           std::clamp<int64_t>(sequence.numSubmitted - first, 0, numRows),
       .isFirst = isFirst,
       .numCached = isFirst ? sequence.numCached : 0,
       .numPromptOutputs = sequence.numOutputsOf(numRows) - hasOutput,
       .hasOutput = hasOutput,
       .numDrafts = share.numDrafts});
}

const ScheduledStep &Scheduler::next() {
  admit();
  step_ = {};
  std::vector<Share> shares = shareRows();
  std::vector<Share *> inOrder;
  for (Share &share : shares)
    inOrder.push_back(&share);
  std::ranges::sort(inOrder, isBefore, &Share::sequence);
  for (Share *share : inOrder)
    // One that comes after it may have lost its slot to an earlier one.
    if (share->sequence->slot < 0 ||
        !secure(*share->sequence, share->numRows + share->numDrafts))
      share->numRows = 0;
  for (const Share &share : shares)
    if (share.numRows > 0)
      addChunk(share);
  for (const Share &share : shares)
    share.sequence->drafts.clear();
  step_.plan.pageTable = slots_.entries();
  step_.plan.windowTable = slots_.windowEntries();
  return step_;
}

void Scheduler::complete(double seconds) {
  if (seconds > 0)
    recordPace(seconds);
  for (const ScheduledChunk &chunk : step_.chunks) {
    numRows_ += chunk.numRows;
    auto it = sequences_.find(chunk.id);
    if (it == sequences_.end())
      continue;
    Sequence &sequence = *it->second;
    int64_t first = sequence.numComputed;
    sequence.numComputed += chunk.numRows - chunk.numDrafts;
    sequence.noteOutputs();
    sequence.hasComputed = true;
    keepSnapshots(sequence, first);
  }
}

void Scheduler::propose(SequenceId id, std::vector<int32_t> drafts) {
  if (auto it = sequences_.find(id); it != sequences_.end())
    it->second->drafts = std::move(drafts);
}

void Scheduler::accept(SequenceId id, std::span<const int32_t> tokens) {
  auto it = sequences_.find(id);
  assert(it != sequences_.end() && !tokens.empty() &&
         it->second->numRowsLeft() == 0 &&
         it->second->numTokens() + std::ssize(tokens) <=
             it->second->maxLength &&
         "only after an output, and as many as it has room for");
  Sequence &sequence = *it->second;
  sequence.tokens.insert(sequence.tokens.end(), tokens.begin(), tokens.end());
  sequence.numComputed += std::ssize(tokens) - 1;
  sequence.noteOutputs();
  shares_.charge(sequence.key, std::ssize(tokens));
  slots_.truncate(sequence.slot, sequence.numComputed);
}

void Scheduler::setHeld(SequenceId id, bool isHeld) {
  if (auto it = sequences_.find(id); it != sequences_.end())
    it->second->isHeld = isHeld;
}

bool Scheduler::awaitsToken(SequenceId id) const {
  auto it = sequences_.find(id);
  return it != sequences_.end() && it->second->numRowsLeft() == 0;
}

std::vector<RunningSequence> Scheduler::running() const {
  std::vector<RunningSequence> all;
  for (const Sequence *sequence : running_)
    all.push_back({.id = sequence->id,
                   .slot = sequence->slot,
                   .numComputed = sequence->numComputed,
                   .maxLength = sequence->maxLength});
  return all;
}

} // namespace g4rt
