//===- HostLogits.h - A step's logits, as far as the host wants -*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_HOSTLOGITS_H
#define G4_RUNTIME_EXEC_HOSTLOGITS_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/device/Device.h"
#include "runtime/exec/Executor.h"

#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// Brings logits, or the largest of each row where the program has them, from
/// the device. Borrows all that it is made with. For the executor's thread.
class HostLogits {
public:
  /// `storages` are the places of the program's storages.
  HostLogits(Device &device, const artifact::Program &program,
             const ExecutorLimits &limits,
             std::span<const DeviceAddress> storages);

  /// Page-locked memory of the host: where the program has candidates, for
  /// those of a step and one whole row, or else for as many rows as there are
  /// slots. Errors: ResourceExhausted.
  Status allocate();
  /// What allocate() takes where the device's memory is not the host's.
  static uint64_t bytesOf(const ExecutorLimits &limits,
                          const artifact::Program &program);

  /// The rows of a step that has been put on the stream, f32
  /// [numRows, vocabSize], valid until the next call. Errors: those of the
  /// device.
  Result<std::span<const float>> all(int64_t numRows);

  /// Whether the largest of each row can be had without the rest: the program
  /// has them, and the device's memory is not the host's.
  bool hasCandidates() const { return numCandidates_ > 0; }
  /// The largest of each row of such a step; whole rows are copied when they
  /// are asked for.
  Result<std::vector<LogitSource>> candidates(int64_t numRows);

private:
  DeviceAddress addressOf(uint32_t buffer) const;
  std::span<std::byte> hostRows(int64_t numRows);
  Result<std::span<const float>> row(int64_t number);
  Status allocateCandidates();
  Status fetchCandidates(int64_t numRows);
  std::span<const Candidate> candidatesOf(int64_t row);

  Device &device_;
  const artifact::Program &program_;
  const ExecutorLimits &limits_;
  std::span<const DeviceAddress> storages_;
  DeviceAddress logits_{};
  // Where the device's memory is not the host's; `more_` for more rows than
  // these, which only evaluations, prompts with log-probabilities and tests
  // ask for.
  std::span<std::byte> rows_;
  std::vector<std::byte> more_;
  int64_t numCandidates_ = 0;         // of a row; 0: the program has none
  std::span<std::byte> values_, ids_; // f32 and i32, of maxStepOutputs rows
  std::vector<Candidate> candidates_;
};

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_HOSTLOGITS_H
