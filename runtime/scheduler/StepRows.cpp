//===- StepRows.cpp - Who has which rows of a step ------------------------===//
//
// The part of the scheduler that shares a step's rows and outputs.
//
//===----------------------------------------------------------------------===//

#include "runtime/scheduler/Scheduler.h"

#include <algorithm>

namespace g4rt {

/// Whether it has begun, which it does unless another one is about to compute
/// what it begins with.
bool Scheduler::mayBegin(Sequence &sequence) {
  if (!sequence.hasBegun && !isAboutToBeCached(sequence))
    begin(sequence);
  return sequence.hasBegun;
}

/// Rows of a step, in the order in which they lie there.
std::vector<Scheduler::Share> Scheduler::shareRows() {
  std::vector<Share> shares;
  int64_t left = limits_.maxStepTokens;
  int64_t outputsLeft = limits_.maxStepOutputs - numRunning();
  for (Sequence *sequence : running_)
    if (sequence->mayRun() && !sequence->stored &&
        sequence->numRowsLeft() == 1) {
      sequence->hasBegun = true;
      shares.push_back({sequence, 1});
      --left;
    }
  shareDrafts(shares);
  for (const Share &share : shares) {
    left -= share.numDrafts;
    outputsLeft -= share.numDrafts;
  }
  if (int64_t numDecodes = limits_.maxStepTokens - left; numDecodes > 0)
    left = std::min(left, promptRoom(numDecodes));
  sharePromptRows(left, outputsLeft, shares);
  return shares;
}

/// The first in the order of first slots that can have rows; null: none can.
const Sequence *Scheduler::oldestOf(std::vector<Sequence *> prompts) {
  std::ranges::sort(prompts, [](const Sequence *a, const Sequence *b) {
    return a->isBefore(*b);
  });
  auto oldest = std::ranges::find_if(prompts, [this](Sequence *sequence) {
    return mayBegin(*sequence) && !sequence->stored;
  });
  return oldest == prompts.end() ? nullptr : *oldest;
}

/// The oldest one has a row, whoever comes before it; each has an output beside
/// `outputsLeft`.
void Scheduler::sharePromptRows(int64_t left, int64_t outputsLeft,
                                std::vector<Share> &shares) {
  std::vector<Sequence *> prompts = promptsInOrder();
  const Sequence *oldest = left > 0 ? oldestOf(prompts) : nullptr;
  for (Sequence *sequence : prompts) {
    bool isKept = oldest && sequence != oldest; // a row, for the oldest
    int64_t room = std::min(limits_.maxChunkTokens, left - isKept);
    if (!sequence->stored && (room <= 0 || !mayBegin(*sequence)))
      continue;
    if (sequence->stored) {
      shares.push_back({sequence, 0});
      continue;
    }
    int64_t numRows = std::min({room, sequence->numRowsLeft(),
                                sequence->numRowsWith(1 + outputsLeft)});
    shares.push_back({sequence, numRows});
    left -= numRows;
    outputsLeft -= std::max<int64_t>(sequence->numOutputsOf(numRows) - 1, 0);
    if (sequence == oldest)
      oldest = nullptr;
  }
}

/// Rows of prompts in a step in which others decode.
int64_t Scheduler::promptRoom(int64_t numDecodes) const {
  if (!options_.decodePriority)
    return pace_.promptRows(numDecodes);
  double share = (1 - *options_.decodePriority) *
                 static_cast<double>(limits_.maxStepTokens);
  return std::max<int64_t>(static_cast<int64_t>(share), 1);
}

/// What the step that has run says of the next ones: its single rows, drafts
/// with them, and those of longer chunks.
void Scheduler::recordPace(double seconds) {
  int64_t numDecodes = 0, numPromptRows = 0;
  for (const ScheduledChunk &chunk : step_.chunks) {
    bool decodes = chunk.hasOutput && chunk.numRows - chunk.numDrafts == 1;
    (decodes ? numDecodes : numPromptRows) += chunk.numRows;
  }
  if (numDecodes > 0)
    pace_.record(numDecodes, numPromptRows, seconds);
}

/// Gives rows to drafts of sequences that decode. Nobody is preempted for them.
void Scheduler::shareDrafts(std::vector<Share> &shares) {
  int64_t left =
      std::min(limits_.maxStepTokens, limits_.maxStepOutputs) - numRunning();
  // Everybody may need a page for its own row.
  int64_t freePages = pools_.pages.numFree() - numRunning();
  if (limits_.window > 0)
    freePages =
        std::min(freePages, pools_.windowPages.numFree() - numRunning());
  for (Share &share : shares) {
    Sequence &sequence = *share.sequence;
    // In the page of its own row.
    int64_t slack = limits_.pagesOf(sequence.numTokens()) * limits_.pageSize -
                    sequence.numTokens();
    int64_t room =
        std::min({left, limits_.maxChunkTokens - 1,
                  sequence.maxLength - sequence.numTokens() - 1,
                  slack + std::max<int64_t>(freePages, 0) * limits_.pageSize});
    share.numDrafts = std::clamp<int64_t>(std::ssize(sequence.drafts), 0,
                                          std::max<int64_t>(room, 0));
    left -= share.numDrafts;
    freePages -= limits_.pagesOf(std::max<int64_t>(share.numDrafts - slack, 0));
  }
}

} // namespace g4rt
