//===- BucketGraphs.h - Steps of a bucket as graphs -------------*- C++ -*-===//
//
// A graph has the grids of its capture. Kernels know from memory which items
// their step has, so the graph of a large step serves every step within it; but
// each block beyond the step is started to read that number and to end. So a
// bucket has graphs of several sizes, each at most twice the step's rows.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_BUCKETGRAPHS_H
#define G4_RUNTIME_EXEC_BUCKETGRAPHS_H

#include "runtime/device/Device.h"
#include "runtime/exec/MemoryPlan.h"

#include <functional>
#include <memory>
#include <vector>

namespace g4rt {

/// Whether the launches of a bucket are the same in every step but for their
/// grids, which may be larger than the step.
bool canBeGraph(const artifact::Bucket &bucket);

class BucketGraphs {
public:
  /// The launches of a step of these sizes.
  using CallsOf = std::function<std::vector<KernelCall>(const StepSizes &)>;

  /// Adds the graph of `callsOf(largest)`, larger than those that are there.
  /// Errors: those of Device::capture.
  Status capture(Device &device, const StepSizes &largest,
                 const CallsOf &callsOf);

  /// The smallest graph that a step of these sizes is within; null if there is
  /// none.
  const KernelGraph *find(const StepSizes &sizes) const;

private:
  struct Entry {
    StepSizes largest;
    std::unique_ptr<KernelGraph> graph;
  };
  std::vector<Entry> entries_;
};

/// The rows of the largest step of each graph of a bucket with steps of more
/// than `rowsBefore` and at most `maxRows` rows: the powers of two in between,
/// then `maxRows`. None if there is no such step.
std::vector<int64_t> graphRows(int64_t rowsBefore, int64_t maxRows);

/// Sizes that no step of so many rows goes beyond, or next to none: steps of
/// more outputs than there are sequences are an evaluation's.
StepSizes largestStep(int64_t maxRows, int64_t queryTile,
                      const ExecutorLimits &limits);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_BUCKETGRAPHS_H
