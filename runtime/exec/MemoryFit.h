//===- MemoryFit.h - A memory plan within limits ----------------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_MEMORYFIT_H
#define G4_RUNTIME_EXEC_MEMORYFIT_H

#include "runtime/device/Device.h"
#include "runtime/exec/MemoryPlan.h"

#include <cstdint>

namespace g4rt {

/// All bytes of the plan.
uint64_t neededBytes(const MemoryPlan &plan);

/// Errors: ResourceExhausted with the plan, if it needs more.
Status checkMemory(const MemoryPlan &plan, uint64_t availableBytes);

/// Bytes that a model may take of a GPU of which, in the end, at most the share
/// `utilization` is used, what others use included.
///
/// Errors: InvalidArgument if `utilization` is not above 0 and at most 1.
Result<uint64_t> gpuLimit(const DeviceMemory &memory, double utilization);

/// What a server has where nobody asks for a number: 16 sequences and 256 rows
/// a step on a CPU; 64 and 2,048 on a GPU, which reads nearly all weights in
/// every step of more than a few rows, so that a prompt should be one step.
///
/// `options` with these in place of a 0 in maxSequences and maxStepTokens.
ExecutorOptions withDefaults(ExecutorOptions options,
                             artifact::DeviceKind kind);

/// Which numbers may become smaller where memory does not suffice.
struct MayShrink {
  bool sequences = false;
  bool stepTokens = false; // to 256 rows at least
};

/// `options` with numbers that fit: steps so small that the sequences that were
/// asked for, or one, fit with the pages of one; then as many sequences as have
/// room for 4,096 positions each, or their full length where that is less, and
/// one of them for its full length. At least one sequence; whether that fits is
/// for planWithin() to say.
///
/// Errors: those of planMemory.
Result<ExecutorOptions> shrinkToFit(const artifact::Artifact &root,
                                    const artifact::Program &program,
                                    ExecutorOptions options, MayShrink may,
                                    uint64_t availableBytes);

/// The plan with as many pages as fit into `availableBytes`: enough for all
/// sequences at full length if there is room, for one at least. Where the
/// options name a number of pages, it is that.
///
/// Errors: those of planMemory; ResourceExhausted with the plan.
Result<MemoryPlan> planWithin(const artifact::Artifact &root,
                              const artifact::Program &program,
                              ExecutorOptions options, uint64_t availableBytes);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_MEMORYFIT_H
