//===- ExactChecks.h - Kernels whose result has one right answer -*- C++ -*-==//
//
// Sorting and choosing, of which the CPU's program may have none: checked by
// what they mean, from the buffers of the launch
// (compiler/tile/kernels/Kernels.h has their order).
//
//===----------------------------------------------------------------------===//

#ifndef G4_BENCH_DEVICE_EXACTCHECKS_H
#define G4_BENCH_DEVICE_EXACTCHECKS_H

#include <string_view>

#include "bench/device/Compare.h"

namespace g4rt {

/// Wrong numbers of assignments sorted by expert: the order within an expert is
/// that of the rows; the tiles follow each other, each of one expert.
int64_t countWrongGroups(const std::vector<BufferValue> &buffers);

/// Wrong numbers of "largest_n<cols>b<block>top<count>...": the largest of each
/// block of a row, largest first, of equals the lowest id first.
int64_t countWrongLargest(std::string_view kernel,
                          const std::vector<BufferValue> &buffers);

} // namespace g4rt

#endif // G4_BENCH_DEVICE_EXACTCHECKS_H
