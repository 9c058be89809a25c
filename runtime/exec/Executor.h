//===- Executor.h - Runs steps of one model ---------------------*- C++ -*-===//
//
// The engine knows a model only through this interface: ProgramExecutor runs an
// artifact's program on a device, FakeExecutor answers from a table.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_EXECUTOR_H
#define G4_RUNTIME_EXEC_EXECUTOR_H

#include "runtime/base/Status.h"
#include "runtime/exec/ExpertLoad.h"
#include "runtime/kv/PagePool.h"
#include "runtime/kv/StepLimits.h"
#include "runtime/sample/LogitSource.h"
#include "runtime/scheduler/StepPlan.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// What memory was set aside for; fixed when the executor is made.
using ExecutorLimits = StepLimits;

/// Not thread-safe: it belongs to the engine thread.
class Executor {
public:
  virtual ~Executor() = default;

  virtual const ExecutorLimits &limits() const = 0;

  /// Runs `plan`: keys and values of its rows go to the caches, and the result
  /// is the logits of its output rows, f32 [numOutputs, vocabSize], valid until
  /// the next call.
  ///
  /// Which sequence a slot holds, and where it begins, the page tables say
  /// alone. Rows may repeat positions that were written before, but of one
  /// sequence only the last maxChunkTokens positions (a rejected draft, say):
  /// they are overwritten.
  ///
  /// Errors: InvalidArgument if the plan is outside limits(), Unavailable if
  /// the device is lost.
  virtual Result<std::span<const float>> run(const StepPlan &plan) = 0;

  /// The same for who samples: a source for each output row, valid until the
  /// next call. Here logits that nobody asks for stay on the device.
  virtual Result<std::vector<LogitSource>> runForSampling(const StepPlan &plan);

  /// Bytes of a page of this kind over all of its layers; 0: pages cannot be
  /// read, or there are no such layers.
  virtual uint64_t pageBytes(PageKind) const { return 0; }
  /// What the last step left in a page, pageBytes() of it, and how it comes
  /// back. The bytes mean something to the same program on the same kind of
  /// machine alone. Between two steps. Errors: Unavailable if the device is
  /// lost, Unimplemented where pageBytes() is 0.
  virtual Status readPage(PageKind kind, int32_t page, std::span<std::byte> to);
  virtual Status writePage(PageKind kind, int32_t page,
                           std::span<const std::byte> from);

  /// Between two steps, now and then: whether the next one can be right.
  /// Errors: Unavailable if the device, or the weights, are lost.
  virtual Status check() const { return Status(); }

  /// Rows that went to each expert in all steps so far that were counted, by
  /// layer; empty where the model has no experts or they are not counted.
  virtual std::span<const ExpertLoad> expertLoads() const { return {}; }
  /// Of so many steps one is counted.
  virtual int64_t stepsPerExpertCount() const { return 1; }

  /// Bytes that all steps so far have read of memory (TrafficCounter.h); 0
  /// where they are not counted.
  virtual double readBytes() const { return 0; }
};

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_EXECUTOR_H
