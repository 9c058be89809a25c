//===- StepPlans.cpp - The steps that device-check runs -------------------===//

#include "bench/device/StepPlans.h"

#include <algorithm>

namespace g4rt {

void StepPlans::addRow(StepPlan &plan, int64_t slot, int64_t position,
                       bool wantsLogits) {
  std::uniform_int_distribution<int32_t> ids(
      0, static_cast<int32_t>(vocabSize_) - 1);
  plan.addRow(ids(random_), position, static_cast<int32_t>(slot));
  if (wantsLogits)
    plan.addOutput();
}

int64_t StepPlans::lengthOf(int64_t slot, int64_t context) {
  return std::max<int64_t>(0, context - slot * 7 % 61);
}

NamedStep StepPlans::decode(int64_t count, int64_t context) {
  NamedStep step{"decode " + std::to_string(count), {}};
  for (int64_t slot = 0; slot < count; ++slot)
    addRow(step.plan, slot, lengthOf(slot, context), /*wantsLogits=*/true);
  return step;
}

NamedStep StepPlans::prefill(int64_t count, int64_t first) {
  NamedStep step{"prefill " + std::to_string(count), {}};
  for (int64_t i = 0; i < count; ++i)
    addRow(step.plan, 0, first + i, /*wantsLogits=*/i + 1 == count);
  return step;
}

} // namespace g4rt
