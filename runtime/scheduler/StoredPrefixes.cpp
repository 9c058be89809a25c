//===- StoredPrefixes.cpp - Sequences and what files have of them ---------===//
//
// The part of the scheduler that is about files: sequences that begin with what
// these have, and what is in a slot for who wants to save it.
//
//===----------------------------------------------------------------------===//

#include "runtime/scheduler/Scheduler.h"

#include <algorithm>
#include <utility>

namespace g4rt {

//===----------------------------------------------------------------------===//
// Prefixes that files have
//===----------------------------------------------------------------------===//

/// Whether files have a page more than the cache. The sequence keeps the whole
/// pages of the cache's prefix.
bool Scheduler::beginRestore(Sequence &sequence, const CachedPrefix &prefix) {
  if (!options_.numStored || !sequence.maySeekStored)
    return false;
  int64_t numTokens = options_.numStored(sequence.cacheSalt, sequence.tokens,
                                         sequence.firstOutput());
  if (numTokens < prefix.numTokens + limits_.pageSize)
    return false;
  sequence.stored = {.id = RestoreId{++numRestores_}, .numTokens = numTokens};
  slots_.adopt(
      sequence.slot,
      std::span(prefix.pages)
          .first(static_cast<size_t>(prefix.numTokens / limits_.pageSize)),
      0, {});
  return true;
}

/// Takes the pages that the files' content goes to. False if there are none,
/// now.
bool Scheduler::secureRestore(Sequence &sequence) {
  StoredPrefix &stored = *sequence.stored;
  if (stored.hasPages)
    return true;
  auto firstPage = static_cast<int64_t>(slots_.pages(sequence.slot).size());
  if (!securePages(sequence, 0))
    return false;
  stored.hasPages = true;
  step_.restores.push_back(
      {.id = stored.id,
       .salt = sequence.cacheSalt,
       .tokens = {sequence.tokens.begin(),
                  sequence.tokens.begin() + stored.numTokens},
       .firstPage = firstPage});
  return true;
}

Sequence *Scheduler::restoring(RestoreId id) const {
  for (Sequence *sequence : running_)
    if (sequence->stored && sequence->stored->id == id)
      return sequence;
  return nullptr;
}

std::optional<int32_t> Scheduler::pageOf(RestoreId id, PageKind kind,
                                         int64_t number) const {
  const Sequence *sequence = restoring(id);
  if (!sequence)
    return std::nullopt;
  return kind == PageKind::Window
             ? slots_.windowPage(sequence->slot, number)
             : slots_.pages(sequence->slot)[static_cast<size_t>(number)];
}

void Scheduler::endRestore(RestoreId id, bool isComplete) {
  Sequence *sequence = restoring(id);
  if (!sequence)
    return;
  int64_t numTokens = sequence->stored->numTokens;
  sequence->stored.reset();
  if (!isComplete) {
    sequence->maySeekStored = sequence->hasBegun = false;
    return forgetPrefix(*sequence);
  }
  counts_.numRestored += static_cast<uint64_t>(numTokens);
  sequence->numComputed = numTokens;
  if (!sequence->hasRun)
    sequence->numCached = std::min(numTokens, sequence->numSubmitted);
  keep(*sequence, numTokens);
  cache_.markSaved(sequence->cacheSalt,
                   std::span(sequence->tokens).first(numTokens));
}

int64_t Scheduler::numRestoring() const {
  return std::ranges::count_if(
      running_, [](const Sequence *s) { return s->stored.has_value(); });
}

//===----------------------------------------------------------------------===//
// What is in a slot
//===----------------------------------------------------------------------===//

const Sequence *Scheduler::runningIn(int64_t slot) const {
  for (const Sequence *sequence : running_)
    if (sequence->slot == slot)
      return sequence;
  return nullptr;
}

bool Scheduler::isInUse(int64_t slot) const { return runningIn(slot); }

SlotPrefix Scheduler::slotPrefix(int64_t slot) const {
  const Sequence *sequence = runningIn(slot);
  return sequence ? sequence->computed()
                  : lastPrefixes_[static_cast<size_t>(slot)];
}

std::optional<UnsavedPages> Scheduler::slotPages(int64_t slot) {
  if (const Sequence *sequence = runningIn(slot);
      sequence && sequence->hasComputed)
    keep(*sequence, sequence->numComputed);
  SlotPrefix prefix = slotPrefix(slot);
  return cache_.whole(prefix.salt, prefix.tokens);
}

void Scheduler::setSlotPrefix(int64_t slot, SlotPrefix prefix) {
  lastPrefixes_[static_cast<size_t>(slot)] = std::move(prefix);
}

void Scheduler::eraseSlot(int64_t slot) {
  SlotPrefix prefix = slotPrefix(slot);
  cache_.forget(prefix.salt, prefix.tokens);
  setSlotPrefix(slot, {});
}

} // namespace g4rt
