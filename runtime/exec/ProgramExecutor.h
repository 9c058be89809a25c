//===- ProgramExecutor.h - Runs an artifact's program -----------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_PROGRAMEXECUTOR_H
#define G4_RUNTIME_EXEC_PROGRAMEXECUTOR_H

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/device/Device.h"
#include "runtime/exec/Executor.h"
#include "runtime/exec/MemoryPlan.h"

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace g4rt {

/// A value inside a step, for people who look for a wrong token.
struct TapValue {
  std::string_view name;
  artifact::DType dtype;
  int64_t rows = 0, cols = 0;
  std::span<const std::byte> bytes;
};
using TapSink = std::function<void(const TapValue &)>;

/// What one launch took, for people who look for lost time.
struct LaunchTime {
  std::string_view label, kernel;
  double seconds = 0;
};
using LaunchSink = std::function<void(const LaunchTime &)>;

/// Runs steps of one variant on one device. `file` and `device` outlive it.
class ProgramExecutor final : public Executor {
public:
  /// Allocates everything: nothing is allocated in run().
  ///
  /// Errors: ResourceExhausted if memory does not suffice, DataLoss if the code
  /// cannot be loaded.
  static Result<std::unique_ptr<ProgramExecutor>>
  create(const ArtifactFile &file, const artifact::Variant &variant,
         Device &device, const MemoryPlan &plan);

  ~ProgramExecutor() override;

  const ExecutorLimits &limits() const override { return plan_.limits; }
  Result<std::span<const float>> run(const StepPlan &plan) override;

  /// Calls `sink` in every later step with each tapped value; null ends it.
  void setTapSink(TapSink sink) { tapSink_ = std::move(sink); }

  /// Calls `sink` in every later step after each launch, which it waits for;
  /// null ends it.
  void setLaunchSink(LaunchSink sink) { launchSink_ = std::move(sink); }

private:
  struct Launch;
  struct Bucket;

  ProgramExecutor(const ArtifactFile &file, const artifact::Variant &variant,
                  Device &device, const MemoryPlan &plan);
  Status allocate();
  Status clearPersistentBuffers();
  Status fillWindowTable();
  void resolveLaunches();
  uint64_t resolveArg(const artifact::Arg &arg) const;

  const Bucket &bucketFor(int64_t numTokens) const;
  Status copyInputs(const StepPlan &plan, int64_t queryTile);
  Status copyPageTables(const StepPlan &plan);
  Status runLaunch(const Launch &launch);
  Status timeLaunch(const Launch &launch);
  Status showTaps(const Bucket &bucket, size_t launch);
  Result<std::span<const float>> logits();

  const ArtifactFile &file_;
  const artifact::Program &program_;
  const artifact::CodeObject &code_;
  Device &device_;
  MemoryPlan plan_;
  std::unique_ptr<KernelModule> module_;
  std::vector<DeviceAddress> weights_, storages_, keys_, values_;
  std::array<DeviceAddress, 7> inputs_{};     // by StepInput
  std::array<DeviceAddress, 2> pageTables_{}; // by PageTable
  std::vector<Bucket> buckets_;
  StepSizes sizes_; // of the current step
  std::vector<int32_t> tileFirstRows_, tileNumRows_;
  std::vector<float> hostLogits_; // where the device's memory is not the host's
  TapSink tapSink_;
  LaunchSink launchSink_;
};

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_PROGRAMEXECUTOR_H
