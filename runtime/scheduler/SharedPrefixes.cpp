//===- SharedPrefixes.cpp - Sequences and the prefix cache ----------------===//
//
// The part of the scheduler that is about the prefix cache: what a sequence
// begins with, the page in which it goes on, and the snapshots that it leaves.
//
//===----------------------------------------------------------------------===//

#include "runtime/kv/CommonLength.h"
#include "runtime/scheduler/Scheduler.h"

#include <algorithm>
#include <span>

namespace g4rt {

//===----------------------------------------------------------------------===//
// Beginning with it
//===----------------------------------------------------------------------===//

/// Whether another sequence computes a page of it or more that the cache does
/// not have yet, and is not slow because all of its rows have outputs. Who has
/// begun waits for nobody.
bool Scheduler::isAboutToBeCached(const Sequence &sequence) const {
  if (!options_.hasPrefixCache)
    return false;
  int64_t mostCached = sequence.firstOutput(), most = 0;
  std::span own =
      std::span(sequence.tokens).first(static_cast<size_t>(mostCached));
  for (const Sequence *other : running_) {
    if (other == &sequence || !other->hasBegun || other->isPaused ||
        other->numComputed >= other->numSubmitted ||
        other->owesPromptOutputs() || other->cacheSalt != sequence.cacheSalt)
      continue;
    std::span<const int32_t> theirs(other->tokens);
    theirs = theirs.first(static_cast<size_t>(other->numSubmitted));
    most = std::max(most, commonLength(theirs, own));
  }
  if (most < limits_.pageSize)
    return false;
  int64_t numCached =
      cache_.find(sequence.cacheSalt, sequence.tokens, mostCached).numTokens;
  return most - numCached >= limits_.pageSize;
}

/// Gives it the pages of what the cache has of it, whole ones at once.
void Scheduler::begin(Sequence &sequence) {
  sequence.hasBegun = true;
  if (!options_.hasPrefixCache)
    return;
  CachedPrefix prefix =
      cache_.use(sequence.cacheSalt, sequence.tokens, sequence.firstOutput());
  if (beginRestore(sequence, prefix))
    return;
  int64_t numWhole = prefix.numTokens / limits_.pageSize;
  std::span pages(prefix.pages), windowPages(prefix.windowPages);
  int64_t numWholeWindow =
      limits_.window ? numWhole - prefix.firstWindowPage : 0;
  slots_.adopt(sequence.slot, pages.first(numWhole), prefix.firstWindowPage,
               windowPages.first(numWholeWindow));
  if (prefix.numTokens % limits_.pageSize) {
    sequence.partial = {.page = pages.back()};
    pools_.pages.share(pages.back());
    if (limits_.window) {
      sequence.partial->windowPage = windowPages.back();
      pools_.windowPages.share(windowPages.back());
    }
  }
  sequence.numComputed = prefix.numTokens;
  if (!sequence.hasRun)
    sequence.numCached = prefix.numTokens;
}

//===----------------------------------------------------------------------===//
// Pages that it shares in part
//===----------------------------------------------------------------------===//

void Scheduler::dropPartial(Sequence &sequence) {
  if (!sequence.partial)
    return;
  pools_.pages.release(sequence.partial->page);
  if (limits_.window)
    pools_.windowPages.release(sequence.partial->windowPage);
  sequence.partial.reset();
}

/// The page in which it goes on begins with what another one computed.
void Scheduler::copyPartial(Sequence &sequence) {
  if (!sequence.partial)
    return;
  int64_t page = sequence.numComputed / limits_.pageSize;
  step_.plan.copies.push_back({.from = sequence.partial->page,
                               .to = slots_.pages(sequence.slot)[page]});
  if (limits_.window)
    step_.plan.windowCopies.push_back(
        {.from = sequence.partial->windowPage,
         .to = slots_.windowPage(sequence.slot, page)});
  // Copies are made in their order, and before anything is written: the page
  // may be taken by the next one.
  dropPartial(sequence);
}

/// The page that it wants to copy may be the one that it lacks.
void Scheduler::forgetPrefix(Sequence &sequence) {
  dropPartial(sequence);
  slots_.close(sequence.slot);
  sequence.slot = *slots_.open();
  sequence.numComputed = 0;
  sequence.numCached = 0;
}

//===----------------------------------------------------------------------===//
// Keeping what is computed
//===----------------------------------------------------------------------===//

void Scheduler::keep(const Sequence &sequence, int64_t numTokens) {
  if (options_.hasPrefixCache)
    cache_.add(sequence.cacheSalt, std::span(sequence.tokens).first(numTokens),
               slots_, sequence.slot);
}

/// After rows from `first` on: a snapshot at the end of the prompt, and in it
/// one every window, which together keep all of its window pages.
void Scheduler::keepSnapshots(const Sequence &sequence, int64_t first) {
  int64_t end = std::min(sequence.numComputed, sequence.numSubmitted);
  if (end <= first)
    return;
  if (int64_t interval = limits_.pagesOf(limits_.window) * limits_.pageSize)
    for (int64_t at = (first / interval + 1) * interval; at <= end;
         at += interval)
      keep(sequence, at);
  if (end == sequence.numSubmitted)
    keep(sequence, end);
}

} // namespace g4rt
