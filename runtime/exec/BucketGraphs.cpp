//===- BucketGraphs.cpp - Steps of a bucket as graphs ---------------------===//

#include "runtime/exec/BucketGraphs.h"

#include <algorithm>

namespace g4rt {

/// No number of the step is passed by value, and the kernel knows itself which
/// items the step has.
static bool isSameInEveryStep(const artifact::Launch &launch) {
  using artifact::ArgKind;
  const auto &args = *launch.args();
  for (const artifact::Arg *arg : args)
    if (arg->kind() == ArgKind::dim)
      return false;
  bool knowsItems = args.size() > 0 &&
                    args.Get(args.size() - 1)->kind() == ArgKind::active_items;
  return (knowsItems || launch.grid_x()->dim() == artifact::StepDim::one) &&
         launch.grid_y()->dim() == artifact::StepDim::one;
}

bool canBeGraph(const artifact::Bucket &bucket) {
  return std::all_of(bucket.launches()->begin(), bucket.launches()->end(),
                     [](const artifact::Launch *launch) {
                       return isSameInEveryStep(*launch);
                     });
}

std::vector<int64_t> graphRows(int64_t rowsBefore, int64_t maxRows) {
  std::vector<int64_t> rows;
  if (rowsBefore >= maxRows)
    return rows;
  for (int64_t power = 1; power < maxRows; power *= 2)
    if (power > rowsBefore)
      rows.push_back(power);
  rows.push_back(maxRows);
  return rows;
}

/// Every sequence ends one tile that is not full.
StepSizes largestStep(int64_t maxRows, int64_t queryTile,
                      const ExecutorLimits &limits) {
  int64_t sequences = std::min(maxRows, limits.numSlots);
  int64_t tiles = (maxRows + queryTile - 1) / queryTile + sequences;
  return {maxRows, std::min(sequences, limits.maxStepOutputs),
          std::min(tiles, maxRows), limits.pagesPerSlot * limits.pageSize};
}

static bool isWithin(const StepSizes &sizes, const StepSizes &largest) {
  return sizes.tokens <= largest.tokens && sizes.outputs <= largest.outputs &&
         sizes.queryTiles <= largest.queryTiles &&
         sizes.keyPositions <= largest.keyPositions;
}

Status BucketGraphs::capture(Device &device, const StepSizes &largest,
                             const CallsOf &callsOf) {
  G4RT_ASSIGN(std::unique_ptr<KernelGraph> graph,
              device.capture(callsOf(largest)));
  entries_.push_back({largest, std::move(graph)});
  return Status();
}

const KernelGraph *BucketGraphs::find(const StepSizes &sizes) const {
  for (const Entry &entry : entries_)
    if (isWithin(sizes, entry.largest))
      return entry.graph.get();
  return nullptr;
}

} // namespace g4rt
