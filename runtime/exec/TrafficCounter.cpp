//===- TrafficCounter.cpp - Bytes that a model's steps have read ----------===//

#include "runtime/exec/TrafficCounter.h"

namespace g4rt {

void TrafficCounter::add(const StepPlan &plan,
                         std::optional<double> distinctExperts) {
  auto numRows = static_cast<size_t>(plan.numTokens());
  StepShape shape{.rows = static_cast<double>(numRows),
                  .outputs = static_cast<double>(plan.numOutputs()),
                  .distinctExperts = distinctExperts};
  readBytes_ += reads_.weightsOf(shape).total();
  // Rows of a sequence are consecutive, and the last one sees most.
  for (size_t first = 0, row = 0; row < numRows; ++row)
    if (row + 1 == numRows || plan.slots[row + 1] != plan.slots[row]) {
      readBytes_ += reads_.cacheBytes(static_cast<double>(row + 1 - first),
                                      plan.visibleEnds[row]);
      first = row + 1;
    }
}

} // namespace g4rt
