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
