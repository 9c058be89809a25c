//===- StepInputs.h - What the host tells the device in a step --*- C++ -*-===//
//
// All numbers of a step lie in one block of the device's memory, so that one
// copy brings them:
//
//   [ ... | sizes | items of each launch | step inputs | window table | page
//   table ]
//
// Kernels know addresses, which never change: each bucket has its own place for
// the first parts, as long as its largest step, and all of them end where the
// window table begins. So what is copied is one run of bytes, from the begin of
// the bucket's part to the last page that the step looks up.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_STEPINPUTS_H
#define G4_RUNTIME_EXEC_STEPINPUTS_H

#include "runtime/exec/MemoryPlan.h"
#include "runtime/scheduler/StepPlan.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

class StepInputs {
public:
  /// `program` outlives it. Buckets are numbered as in the program.
  StepInputs(const ExecutorLimits &limits, const artifact::Program &program);

  /// What totalBytes() would be; allocates nothing.
  static uint64_t bytesOf(const ExecutorLimits &limits,
                          const artifact::Program &program);

  /// The number of the bucket that takes steps of so many rows.
  size_t bucketFor(int64_t numTokens) const;
  /// Rows of the bucket's largest step.
  int64_t maxRows(size_t bucket) const { return buckets_[bucket].maxRows; }

  /// Bytes of the block; the offsets below are within it. Arrays start at a
  /// multiple of 64 bytes.
  uint64_t totalBytes() const { return totalBytes_; }
  uint64_t inputAt(size_t bucket, artifact::StepInput input) const;
  uint64_t dimAt(size_t bucket, artifact::StepDim dim) const;
  /// Of the grid_x of the bucket's launch of this number.
  uint64_t activeItemsAt(size_t bucket, size_t launch) const;
  uint64_t windowTableAt() const { return windowTableAt_; }
  uint64_t pageTableAt() const { return pageTableAt_; }

  /// Bytes that belong at `at` of the block.
  struct Part {
    uint64_t at;
    std::span<const std::byte> bytes; // until the next fill()
  };
  /// The numbers of `plan`, which is within the limits and of this bucket.
  Part fill(size_t bucket, const StepPlan &plan);
  /// Those of the last fill().
  const StepSizes &sizes() const { return sizes_; }

private:
  struct Bucket {
    const artifact::Bucket *table;
    int64_t maxRows;
    uint64_t dims, items, inputs; // offsets
    uint64_t inputStride;         // from one input to the next
  };
  void place(Bucket &bucket) const;
  void put(uint64_t at, std::span<const int32_t> numbers);
  void fillSizes(const Bucket &bucket);
  uint64_t fillPageTables(const StepPlan &plan);

  ExecutorLimits limits_;
  std::vector<Bucket> buckets_;
  uint64_t windowTableAt_ = 0, pageTableAt_ = 0, totalBytes_ = 0;
  std::vector<std::byte> host_; // the block's copy
  std::vector<int32_t> tileFirstRows_, tileNumRows_, items_;
  StepSizes sizes_;
};

/// Cuts the rows of each sequence into tiles of at most `queryTile` rows.
void cutQueryTiles(const StepPlan &plan, int64_t queryTile,
                   std::vector<int32_t> &firstRows,
                   std::vector<int32_t> &numRows);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_STEPINPUTS_H
