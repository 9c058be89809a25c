//===- MemoryFit.h - A memory plan within limits ----------------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_MEMORYFIT_H
#define G4_RUNTIME_EXEC_MEMORYFIT_H

#include "runtime/device/Device.h"
#include "runtime/exec/MemoryPlan.h"

#include <cstdint>
#include <optional>

namespace g4rt {

/// What a process of a CPU model takes beside its plan: code, text tables,
/// scratch of the threads, stacks, the allocator's slack. An allowance: a test
/// compares it with the engine of a small model.
constexpr uint64_t kProcessBytes = uint64_t{128} << 20;

/// All bytes of the plan.
uint64_t neededBytes(const MemoryPlan &plan);

/// Bytes that a model may take of a GPU of which, in the end, at most the share
/// `utilization` is used, what others use included.
///
/// Errors: InvalidArgument if `utilization` is not above 0 and at most 1.
Result<uint64_t> gpuLimit(const DeviceMemory &memory, double utilization);

/// The plan with room for every sequence at its full length.
///
/// Errors: those of planMemory; ResourceExhausted with the plan and what would
/// fit, if it needs more than `availableBytes`; none: any number fits.
Result<MemoryPlan> planWhole(const artifact::Artifact &root,
                             const artifact::Program &program,
                             const ExecutorOptions &options,
                             std::optional<uint64_t> availableBytes);

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
/// Errors: those of planMemory; ResourceExhausted with the plan and what would
/// fit.
Result<MemoryPlan> planWithin(const artifact::Artifact &root,
                              const artifact::Program &program,
                              ExecutorOptions options, uint64_t availableBytes);

/// Positions of one sequence at most, where `asked` were asked for; 0: what the
/// model was made for, 4096 at most. Errors: InvalidArgument if that is more
/// than the model was made for.
Result<int64_t> chooseModelLength(const artifact::Model &model, int64_t asked);

/// A plan, or why there is none.
struct FittedPlan {
  /// The options with all numbers chosen.
  ExecutorOptions executor;
  /// What fits, or, where nothing does, what was asked for.
  MemoryPlan memory;
  /// ResourceExhausted, with the plan and what would fit, if it does not.
  Status fit;
};

/// The plan of a variant: on a CPU every sequence has its full length, on a GPU
/// numbers that `may` shrink do, and sequences share what there is. `asked` has
/// no zeros but those that withDefaults() and chooseModelLength() fill.
///
/// Errors: those of planMemory and chooseModelLength.
Result<FittedPlan> fitPlan(const artifact::Artifact &root,
                           const artifact::Variant &variant,
                           const ExecutorOptions &asked, MayShrink may,
                           std::optional<uint64_t> availableBytes);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_MEMORYFIT_H
