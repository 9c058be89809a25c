//===- Executor.cpp - Runs steps of one model -----------------------------===//

#include "runtime/exec/Executor.h"

#include <string>

namespace g4rt {

Result<std::vector<LogitSource>>
Executor::runForSampling(const StepPlan &plan) {
  G4RT_ASSIGN(std::span<const float> logits, run(plan));
  size_t vocabSize = limits().vocabSize;
  size_t needed = plan.numOutputs() * vocabSize;
  if (logits.size() != needed)
    return Status(StatusCode::Internal,
                  "step: " + std::to_string(logits.size()) + " logits, needs " +
                      std::to_string(needed));
  std::vector<LogitSource> rows;
  for (; !logits.empty(); logits = logits.subspan(vocabSize))
    rows.emplace_back(logits.first(vocabSize));
  return rows;
}

static Status cannotMovePages() {
  return Status(StatusCode::Unimplemented,
                "pages of this model cannot be moved");
}

Status Executor::readPage(PageKind, int32_t, std::span<std::byte>) {
  return cannotMovePages();
}

Status Executor::writePage(PageKind, int32_t, std::span<const std::byte>) {
  return cannotMovePages();
}

} // namespace g4rt
