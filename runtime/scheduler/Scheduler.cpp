//===- Scheduler.cpp - Which rows the next step computes ------------------===//

#include "runtime/scheduler/Scheduler.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

namespace g4rt {

int64_t SchedulerLimits::maxLength() const {
  return std::min(numPages, pagesPerSlot) * pageSize;
}

int64_t SchedulerLimits::maxRunning() const {
  return std::min({numSlots, maxStepTokens, maxStepOutputs});
}

struct Scheduler::Sequence {
  SequenceId id;
  std::vector<int32_t> tokens; // submitted, then appended
  int64_t numSubmitted;
  int64_t maxLength; // tokens at most
  int64_t numComputed = 0;
  int32_t slot = -1; // -1: waits

  int64_t numTokens() const { return static_cast<int64_t>(tokens.size()); }
  /// Rows without which no further token can be chosen.
  int64_t numRowsLeft() const { return numTokens() - numComputed; }
};

Scheduler::Scheduler(const SchedulerLimits &limits)
    : limits_(limits), pages_(limits.numPages),
      slots_(pages_, limits.numSlots, limits.pagesPerSlot) {}

Scheduler::~Scheduler() = default;

void Scheduler::submit(SequenceId id, std::vector<int32_t> tokens,
                       int64_t maxTokens) {
  int64_t numTokens = static_cast<int64_t>(tokens.size());
  assert(numTokens > 0 && maxTokens > 0 && "nothing to compute");
  assert(maxTokens <= limits_.maxLength() - numTokens && "never fits");
  auto sequence =
      std::make_unique<Sequence>(Sequence{.id = id,
                                          .tokens = std::move(tokens),
                                          .numSubmitted = numTokens,
                                          .maxLength = numTokens + maxTokens});
  waiting_.push_back(sequence.get());
  [[maybe_unused]] bool isNew =
      sequences_.emplace(id, std::move(sequence)).second;
  assert(isNew && "an id names one sequence");
}

void Scheduler::admit() {
  while (!waiting_.empty() && numRunning() < limits_.maxRunning()) {
    Sequence &oldest = *waiting_.front();
    int64_t numPages =
        (oldest.maxLength + limits_.pageSize - 1) / limits_.pageSize;
    std::optional<int32_t> slot = slots_.open(numPages);
    // Whoever comes after it waits too, or small ones could pass it for ever.
    if (!slot)
      return;
    oldest.slot = *slot;
    running_.push_back(&oldest);
    waiting_.pop_front();
  }
}

void Scheduler::addChunk(Sequence &sequence, int64_t numRows) {
  StepPlan &plan = step_.plan;
  int64_t first = sequence.numComputed;
  for (int64_t i = first; i < first + numRows; ++i)
    plan.addRow(sequence.tokens[i], i, sequence.slot);
  bool hasOutput = numRows == sequence.numRowsLeft();
  if (hasOutput)
    plan.addOutput();
  int64_t numPromptRows =
      std::clamp<int64_t>(sequence.numSubmitted - first, 0, numRows);
  step_.chunks.push_back({.id = sequence.id,
                          .numRows = numRows,
                          .numPromptRows = numPromptRows,
                          .isFirst = first == 0,
                          .hasOutput = hasOutput});
}

const ScheduledStep &Scheduler::next() {
  admit();
  step_ = {};
  step_.plan.pageTable = slots_.entries();
  for (Sequence *sequence : running_)
    if (sequence->numRowsLeft() == 1)
      addChunk(*sequence, 1);
  for (Sequence *sequence : running_) {
    int64_t room = std::min(limits_.maxChunkTokens,
                            limits_.maxStepTokens - step_.plan.numTokens());
    if (sequence->numRowsLeft() > 1 && room > 0)
      addChunk(*sequence, std::min(room, sequence->numRowsLeft()));
  }
  return step_;
}

void Scheduler::complete() {
  for (const ScheduledChunk &chunk : step_.chunks)
    if (auto it = sequences_.find(chunk.id); it != sequences_.end())
      it->second->numComputed += chunk.numRows;
}

void Scheduler::append(SequenceId id, int32_t token) {
  auto it = sequences_.find(id);
  assert(it != sequences_.end() && it->second->numRowsLeft() == 0 &&
         it->second->numTokens() < it->second->maxLength &&
         "only after an output, and as many as it has room for");
  it->second->tokens.push_back(token);
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

bool Scheduler::finish(SequenceId id) {
  auto it = sequences_.find(id);
  if (it == sequences_.end())
    return false;
  Sequence *sequence = it->second.get();
  if (sequence->slot >= 0) {
    slots_.close(sequence->slot);
    std::erase(running_, sequence);
  } else {
    std::erase(waiting_, sequence);
  }
  sequences_.erase(it);
  return true;
}

} // namespace g4rt
