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
      windowCache_(limits.numWindowPages * limits.pageSize, -1) {}

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
  if (static_cast<int64_t>(plan.windowTable.size()) !=
      limits_.numSlots * limits_.windowPagesPerSlot)
    problem("window table of " + std::to_string(plan.windowTable.size()));
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
  if (plan.visibleEnds[row] != position + 1)
    problem(at + "sees " + std::to_string(plan.visibleEnds[row]));
  bool isFirst = row == 0 || plan.slots[row - 1] != slot;
  for (int64_t i = 0; isFirst && i < row; ++i)
    if (plan.slots[i] == slot)
      problem(at + "its sequence's rows are not consecutive");
}

/// Two rows of a step never write to the same place of a page.
void FakeExecutor::checkPages(const StepPlan &plan) {
  for (int32_t page : plan.pageTable)
    if (page < 0 || page >= limits_.numPages)
      problem("page " + std::to_string(page));
  for (int32_t page : plan.windowTable)
    if (page < 0 || page >= limits_.numWindowPages)
      problem("window page " + std::to_string(page));
  std::set<int32_t *> written;
  for (int64_t row = 0; problems_.empty() && row < plan.numTokens(); ++row) {
    int32_t slot = plan.slots[row], position = plan.positions[row];
    if (!written.insert(&cell(plan, slot, position)).second ||
        (limits_.window > 0 &&
         !written.insert(&windowCell(plan, slot, position)).second))
      problem("row " + std::to_string(row) + ": another one's place in a page");
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

int32_t &FakeExecutor::windowCell(const StepPlan &plan, int32_t slot,
                                  int64_t position) {
  int64_t width = limits_.windowPagesPerSlot, size = limits_.pageSize;
  int32_t page = plan.windowTable[slot * width + position / size % width];
  return windowCache_[page * size + position % size];
}

void FakeExecutor::copyPages(const StepPlan &plan) {
  auto copy = [&](std::vector<int32_t> &cells, PageCopy copy) {
    auto from = cells.begin() + copy.from * limits_.pageSize;
    std::copy_n(from, limits_.pageSize,
                cells.begin() + copy.to * limits_.pageSize);
    ++numCopies_;
  };
  for (PageCopy page : plan.copies)
    copy(cache_, page);
  for (PageCopy page : plan.windowCopies)
    copy(windowCache_, page);
}

uint64_t FakeExecutor::pageBytes(PageKind kind) const {
  bool hasPages = kind == PageKind::Global || limits_.window > 0;
  return hasPages ? static_cast<uint64_t>(limits_.pageSize) * sizeof(int32_t)
                  : 0;
}

std::span<int32_t> FakeExecutor::cellsOf(PageKind kind, int32_t page) {
  return std::span(kind == PageKind::Window ? windowCache_ : cache_)
      .subspan(static_cast<size_t>(page * limits_.pageSize),
               static_cast<size_t>(limits_.pageSize));
}

Status FakeExecutor::readPage(PageKind kind, int32_t page,
                              std::span<std::byte> to) {
  std::ranges::copy(std::as_bytes(cellsOf(kind, page)), to.begin());
  return Status();
}

Status FakeExecutor::writePage(PageKind kind, int32_t page,
                               std::span<const std::byte> from) {
  std::ranges::copy(from, std::as_writable_bytes(cellsOf(kind, page)).begin());
  return Status();
}

void FakeExecutor::write(const StepPlan &plan, int64_t row) {
  int32_t slot = plan.slots[row], position = plan.positions[row];
  cell(plan, slot, position) = plan.tokenIds[row];
  if (limits_.window > 0)
    windowCell(plan, slot, position) = plan.tokenIds[row];
}

void FakeExecutor::checkWindow(const StepPlan &plan, int64_t row) {
  int32_t slot = plan.slots[row];
  int64_t end = plan.visibleEnds[row];
  for (int64_t p = std::max<int64_t>(end - limits_.window, 0); p < end; ++p)
    if (windowCell(plan, slot, p) != cell(plan, slot, p))
      problem("row " + std::to_string(row) + ": position " + std::to_string(p) +
              " has another token in its window page");
}

uint64_t FakeExecutor::visibleHash(const StepPlan &plan, int64_t row) {
  uint64_t hash = 0;
  for (int64_t p = 0; p < plan.visibleEnds[row]; ++p)
    hash =
        mix(hash ^ static_cast<uint64_t>(cell(plan, plan.slots[row], p) + 1));
  return hash;
}

Result<std::span<const float>> FakeExecutor::run(const StepPlan &plan) {
  ++numRuns_;
  if (onRun)
    G4RT_TRY(onRun(plan));
  checkRows(plan);
  mostRows_ = std::max(mostRows_, plan.numTokens());
  copyPages(plan);
  for (int64_t row = 0; problems_.empty() && row < plan.numTokens(); ++row) {
    checkRow(plan, row);
    if (problems_.empty())
      write(plan, row);
  }
  // As on a device, where all keys are written before any of them is read.
  for (int64_t row = 0; problems_.empty() && row < plan.numTokens(); ++row)
    checkWindow(plan, row);
  if (!problems_.empty())
    return Status(StatusCode::Internal, problems_.front());
  fillLogits(plan);
  return std::span<const float>(logits_);
}

void FakeExecutor::fillLogits(const StepPlan &plan) {
  logits_.resize(plan.numOutputs() * limits_.vocabSize);
  float *logits = logits_.data();
  for (int32_t row : plan.outputRows) {
    uint64_t hash = visibleHash(plan, row);
    for (int64_t i = 0; i < limits_.vocabSize; ++i)
      logits[i] = static_cast<float>(mix(hash + i) >> 40) * 0x1p-21F;
    if (nanToken == plan.tokenIds[row])
      logits[0] = std::numeric_limits<float>::quiet_NaN();
    logits += limits_.vocabSize;
  }
}

} // namespace g4rt
