//===- StepLoopStatus.cpp - What the engine tells of itself ---------------===//
//
// The part of StepLoop that counts, for /metrics, and shows, for the page.
//
//===----------------------------------------------------------------------===//

#include "runtime/engine/StepLoop.h"
#include "runtime/kv/PagePool.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace g4rt {

void StepLoop::observeToken(const Answer &answer,
                            std::optional<double> tokenBefore) {
  ++status_.numAnswerTokens;
  if (tokenBefore)
    status_.interTokenLatency.observe(*answer.lastToken() - *tokenBefore);
  else
    observeFirstToken(answer);
}

void StepLoop::observeFirstToken(const Answer &answer) {
  status_.timeToFirstToken.observe(*answer.lastToken());
  countPrompt(answer);
}

void StepLoop::countPrompt(const Answer &answer) {
  status_.numTakenPromptTokens +=
      static_cast<uint64_t>(answer.numPromptTokens());
}

void StepLoop::countEnd(const GenerationEnd &end) {
  switch (end.reason) {
  case FinishReason::Stop:
    ++status_.numFinishedStop;
    break;
  case FinishReason::Length:
    ++status_.numFinishedLength;
    break;
  case FinishReason::Cancelled:
    ++status_.numCancelled;
    return;
  case FinishReason::Failed:
    ++status_.numFailed;
    return;
  }
  status_.requestLatency.observe(end.times.total);
  status_.queueTime.observe(end.times.queued);
  status_.prefillTime.observe(end.times.prefill());
  status_.decodeTime.observe(end.times.decode());
}

EngineView StepLoop::view() const {
  EngineView view;
  Answer::Time now = clock_();
  for (const RunningSequence &running : scheduler_.running()) {
    if (view.slots.size() == EngineView::kMaxSlots) {
      ++view.numSlotsLeftOut;
      continue;
    }
    GenerationId id{static_cast<uint64_t>(running.id)};
    const Entry &entry = answers_.at(id);
    SlotView slot = entry.answer.view(now);
    slot.text = entry.tail.text();
    slot.slot = running.slot;
    slot.numComputed = running.numComputed;
    slot.maxLength = running.maxLength;
    view.slots.push_back(std::move(slot));
  }
  std::ranges::sort(view.slots, {}, &SlotView::slot);
  auto addPool = [&](const PagePool &pool, const char *name) {
    PoolMap map = mapOf(pool, EngineView::kMaxCells);
    map.name = name;
    map.pageSize = executor_.limits().pageSize;
    view.pools.push_back(std::move(map));
  };
  const PagePools &pools = scheduler_.pools();
  addPool(pools.pages, "global");
  if (pools.windowPages.numPages() > 0)
    addPool(pools.windowPages, "window");
  std::ranges::copy(executor_.expertLoads(), std::back_inserter(view.experts));
  view.stepsPerExpertCount = executor_.stepsPerExpertCount();
  return view;
}

const EngineStatus &StepLoop::status() {
  status_.numRunning = scheduler_.numRunning();
  status_.numWaiting = scheduler_.numWaiting();
  const PagePools &pools = scheduler_.pools();
  status_.numPagesUsed = pools.pages.numUsed();
  status_.numPagesCached = pools.pages.numIdle();
  status_.numWindowPagesUsed = pools.windowPages.numUsed();
  status_.numWindowPagesCached = pools.windowPages.numIdle();
  status_.numPreemptions = scheduler_.counts().numPreemptions;
  status_.numPrefixQueries = scheduler_.counts().numPrefixQueries;
  status_.numPrefixHits = scheduler_.counts().numPrefixHits;
  status_.numRestoredTokens = scheduler_.counts().numRestored;
  if (sessions_) {
    SessionCounts counts = sessions_->store().counts();
    status_.numSessionFiles = counts.numFiles;
    status_.sessionBytes = counts.bytes;
    status_.numRefusedSessions = counts.numRefused;
    status_.numSessionWriteErrors = counts.numWriteErrors;
  }
  status_.numPrefixEvictions = scheduler_.prefixCache().numEvicted();
  return status_;
}

} // namespace g4rt
