//===- PlanCheck.cpp - Which steps an executor takes ----------------------===//

#include "runtime/exec/PlanCheck.h"

#include <string>
#include <vector>

namespace g4rt {

static Status wrong(const std::string &what) {
  return Status(StatusCode::InvalidArgument, what);
}

static Status checkRange(const char *what, int64_t value, int64_t least,
                         int64_t most) {
  if (value >= least && value <= most)
    return Status();
  return wrong(std::string(what) + " " + std::to_string(value) + ", needs " +
               std::to_string(least) + " to " + std::to_string(most));
}

static Status checkSize(const char *what, size_t size, int64_t needed) {
  if (static_cast<int64_t>(size) == needed)
    return Status();
  return wrong(std::to_string(size) + " " + what + ", needs " +
               std::to_string(needed));
}

static Status checkSizes(const StepPlan &plan, const ExecutorLimits &limits) {
  int64_t numTokens = plan.numTokens();
  G4RT_TRY(checkRange("number of rows", numTokens, 1, limits.maxStepTokens));
  G4RT_TRY(checkRange("number of outputs", plan.numOutputs(), 0,
                      limits.maxStepOutputs));
  G4RT_TRY(checkSize("positions", plan.positions.size(), numTokens));
  G4RT_TRY(checkSize("slots", plan.slots.size(), numTokens));
  G4RT_TRY(checkSize("visible ends", plan.visibleEnds.size(), numTokens));
  G4RT_TRY(checkSize("page table entries", plan.pageTable.size(),
                     limits.numSlots * limits.pagesPerSlot));
  return checkSize("window table entries", plan.windowTable.size(),
                   limits.numSlots * limits.windowPagesPerSlot);
}

static Status checkRow(const StepPlan &plan, int64_t row,
                       const ExecutorLimits &limits) {
  int64_t maxPositions = limits.pagesPerSlot * limits.pageSize;
  int64_t position = plan.positions[row];
  G4RT_TRY(checkRange("token", plan.tokenIds[row], 0, limits.vocabSize - 1));
  G4RT_TRY(checkRange("position", position, 0, maxPositions - 1));
  G4RT_TRY(checkRange("slot", plan.slots[row], 0, limits.numSlots - 1));
  return checkRange("visible end", plan.visibleEnds[row], position + 1,
                    maxPositions);
}

static Status checkRows(const StepPlan &plan, const ExecutorLimits &limits) {
  for (int64_t row = 0; row < plan.numTokens(); ++row)
    if (Status status = checkRow(plan, row, limits); !status.ok())
      return std::move(status).during("row " + std::to_string(row));
  for (int32_t row : plan.outputRows)
    G4RT_TRY(checkRange("output row", row, 0, plan.numTokens() - 1));
  return Status();
}

// A slot's ring holds the window before so many rows.
static Status checkChunks(const StepPlan &plan, const ExecutorLimits &limits) {
  if (plan.numTokens() <= limits.maxChunkTokens)
    return Status();
  std::vector<int64_t> numRows(static_cast<size_t>(limits.numSlots));
  for (int32_t slot : plan.slots)
    ++numRows[static_cast<size_t>(slot)];
  for (size_t slot = 0; slot < numRows.size(); ++slot)
    if (numRows[slot] > limits.maxChunkTokens)
      return checkRange("number of rows", numRows[slot], 0,
                        limits.maxChunkTokens)
          .during("slot " + std::to_string(slot));
  return Status();
}

// Looked at in every step, and long: no Status for those that are right.
static Status checkPages(const char *what, std::span<const int32_t> pages,
                         int64_t numPages) {
  for (int32_t page : pages)
    if (page < 0 || page >= numPages)
      return checkRange(what, page, 0, numPages - 1);
  return Status();
}

static Status checkCopies(const char *what, std::span<const PageCopy> copies,
                          int64_t numPages) {
  for (PageCopy copy : copies)
    for (int32_t page : {copy.from, copy.to})
      G4RT_TRY(checkRange(what, page, 0, numPages - 1));
  return Status();
}

static Status checkAll(const StepPlan &plan, const ExecutorLimits &limits) {
  G4RT_TRY(checkSizes(plan, limits));
  G4RT_TRY(checkRows(plan, limits));
  G4RT_TRY(checkChunks(plan, limits));
  G4RT_TRY(checkPages("page", plan.pageTable, limits.numPages));
  G4RT_TRY(checkPages("window page", plan.windowTable, limits.numWindowPages));
  G4RT_TRY(checkCopies("copied page", plan.copies, limits.numPages));
  return checkCopies("copied window page", plan.windowCopies,
                     limits.numWindowPages);
}

Status checkPlan(const StepPlan &plan, const ExecutorLimits &limits) {
  return checkAll(plan, limits).during("step plan");
}

} // namespace g4rt
