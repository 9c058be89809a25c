#include "test/support/FakeExecutor.h"

#include <algorithm>
#include <limits>
#include <set>

namespace g4rt {

// The finaliser of SplitMix64: every bit of the input changes half of the
// output's.
static uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

FakeExecutor::FakeExecutor(const ExecutorLimits &limits)
    : limits_(limits), cache_(limits.numPages * limits.pageSize, -1),
      slots_(limits.numSlots) {}

void FakeExecutor::problem(const std::string &what) {
  problems_.push_back("step " + std::to_string(numRuns_) + ": " + what);
}

void FakeExecutor::checkShape(const StepPlan &plan) {
  size_t numTokens = plan.tokenIds.size();
  if (numTokens == 0 || plan.numTokens() > limits_.maxStepTokens)
    problem(std::to_string(numTokens) + " rows");
  if (plan.numOutputs() > limits_.maxStepOutputs)
    problem(std::to_string(plan.numOutputs()) + " outputs");
  for (int32_t slot : std::set(plan.slots.begin(), plan.slots.end()))
    if (std::ranges::count(plan.slots, slot) > limits_.maxChunkTokens)
      problem("more rows of slot " + std::to_string(slot) + " than a chunk");
  if (plan.positions.size() != numTokens || plan.slots.size() != numTokens ||
      plan.visibleEnds.size() != numTokens)
    problem("arrays of different lengths");
  if (static_cast<int64_t>(plan.pageTable.size()) !=
      limits_.numSlots * limits_.pagesPerSlot)
    problem("page table of " + std::to_string(plan.pageTable.size()));
  int64_t before = -1;
  for (int32_t row : plan.outputRows) {
    if (row <= before || row >= plan.numTokens())
      problem("output row " + std::to_string(row));
    before = row;
  }
}

void FakeExecutor::checkRow(const StepPlan &plan, int64_t row) {
  int32_t position = plan.positions[row], slot = plan.slots[row];
  std::string at = "row " + std::to_string(row) + ": ";
  if (plan.tokenIds[row] < 0 || plan.tokenIds[row] >= limits_.vocabSize)
    problem(at + "token " + std::to_string(plan.tokenIds[row]));
  if (slot < 0 || slot >= limits_.numSlots)
    return problem(at + "slot " + std::to_string(slot));
  if (position >= limits_.pagesPerSlot * limits_.pageSize)
    problem(at + "position " + std::to_string(position));
  if (position != 0 && position != slots_[slot].numPositions)
    problem(at + "position " + std::to_string(position) + " after " +
            std::to_string(slots_[slot].numPositions));
  if (plan.visibleEnds[row] != position + 1)
    problem(at + "sees " + std::to_string(plan.visibleEnds[row]));
  bool isFirst = row == 0 || plan.slots[row - 1] != slot;
  for (int64_t i = 0; isFirst && i < row; ++i)
    if (plan.slots[i] == slot)
      problem(at + "its sequence's rows are not consecutive");
}

// Page 0 cannot be told from none, but where a row of this step needs it.
void FakeExecutor::checkPages(const StepPlan &plan) {
  std::set<int32_t> owned;
  std::set<size_t> used;
  for (int64_t row = 0; row < plan.numTokens(); ++row)
    for (int64_t p = 0; p * limits_.pageSize < plan.visibleEnds[row]; ++p)
      used.insert(plan.slots[row] * limits_.pagesPerSlot + p);
  for (size_t i = 0; i < plan.pageTable.size(); ++i) {
    int32_t page = plan.pageTable[i];
    if (page < 0 || page >= limits_.numPages)
      problem("page " + std::to_string(page));
    else if ((page > 0 || used.contains(i)) && !owned.insert(page).second)
      problem("page " + std::to_string(page) + " has two owners");
  }
}

void FakeExecutor::checkRows(const StepPlan &plan) {
  checkShape(plan);
  if (problems_.empty())
    checkPages(plan);
}

int32_t &FakeExecutor::cell(const StepPlan &plan, int32_t slot,
                            int64_t position) {
  int32_t page =
      plan.pageTable[slot * limits_.pagesPerSlot + position / limits_.pageSize];
  return cache_[page * limits_.pageSize + position % limits_.pageSize];
}

void FakeExecutor::write(const StepPlan &plan, int64_t row) {
  int32_t position = plan.positions[row];
  Slot &slot = slots_[plan.slots[row]];
  if (position == 0)
    slot = {};
  slot.hash = mix(slot.hash ^ static_cast<uint64_t>(plan.tokenIds[row] + 1));
  slot.numPositions = position + 1;
  cell(plan, plan.slots[row], position) = plan.tokenIds[row];
}

uint64_t FakeExecutor::visibleHash(const StepPlan &plan, int64_t row) const {
  uint64_t hash = slots_[plan.slots[row]].hash;
  for (int64_t p = 0; p < plan.visibleEnds[row]; ++p) {
    int32_t token =
        const_cast<FakeExecutor *>(this)->cell(plan, plan.slots[row], p);
    hash = mix(hash ^ static_cast<uint64_t>(token + 1));
  }
  return hash;
}

Result<std::span<const float>> FakeExecutor::run(const StepPlan &plan) {
  ++numRuns_;
  if (onRun)
    G4RT_TRY(onRun(plan));
  checkRows(plan);
  mostRows_ = std::max(mostRows_, plan.numTokens());
  logits_.resize(plan.numOutputs() * limits_.vocabSize);
  size_t output = 0;
  for (int64_t row = 0; row < plan.numTokens(); ++row) {
    checkRow(plan, row);
    if (!problems_.empty())
      return Status(StatusCode::Internal, problems_.front());
    write(plan, row);
    if (output == plan.outputRows.size() || plan.outputRows[output] != row)
      continue;
    uint64_t hash = visibleHash(plan, row);
    float *logits = logits_.data() + output++ * limits_.vocabSize;
    for (int64_t i = 0; i < limits_.vocabSize; ++i)
      logits[i] = static_cast<float>(mix(hash + i) >> 40) * 0x1p-21F;
    if (nanToken == plan.tokenIds[row])
      logits[0] = std::numeric_limits<float>::quiet_NaN();
  }
  return std::span<const float>(logits_);
}

} // namespace g4rt
