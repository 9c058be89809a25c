//===- TrafficCounter.h - Bytes that a model's steps have read --*- C++ -*-===//
//
// Counts, while a model serves, what its steps read of memory, for who wants to
// know how near that is to what the memory can give. It is counted, not
// measured: each byte of a step once (StepTraffic.h), with the experts that
// were chosen where they are known and the positions that each sequence sees.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_TRAFFICCOUNTER_H
#define G4_RUNTIME_EXEC_TRAFFICCOUNTER_H

#include "runtime/exec/StepReads.h"
#include "runtime/scheduler/StepPlan.h"

#include <cstdint>
#include <optional>

namespace g4rt {

/// Not thread-safe.
class TrafficCounter {
public:
  /// `program` belongs to `root`, and has been checked.
  TrafficCounter(const artifact::Artifact &root,
                 const artifact::Program &program)
      : reads_(StepReads::ofStep(root, program)) {}

  /// A step that ran. `distinctExperts` are those of a layer that some row
  /// chose, on average; none: of random choices.
  void add(const StepPlan &plan, std::optional<double> distinctExperts);

  /// Of all steps so far.
  double readBytes() const { return readBytes_; }

private:
  StepReads reads_;
  double readBytes_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_TRAFFICCOUNTER_H
