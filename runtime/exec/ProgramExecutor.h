//===- ProgramExecutor.h - Runs an artifact's program -----------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_PROGRAMEXECUTOR_H
#define G4_RUNTIME_EXEC_PROGRAMEXECUTOR_H

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/device/Device.h"
#include "runtime/exec/Executor.h"
#include "runtime/exec/ExpertCounter.h"
#include "runtime/exec/HostLogits.h"
#include "runtime/exec/MemoryPlan.h"
#include "runtime/exec/StepInputs.h"
#include "runtime/exec/TrafficCounter.h"

#include <functional>
#include <memory>
#include <optional>
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
  /// Those of them in which threads had work, the mean over the threads; all of
  /// them on a device that does not know.
  double busySeconds = 0;
  /// The launch as the program has it, as the device got it, and the sizes of
  /// its step, until the sink returns: who compares devices reads and writes
  /// the buffers at the addresses in `call`. Never null in a sink.
  const artifact::Launch *table = nullptr;
  const KernelCall *call = nullptr;
  const StepSizes *sizes = nullptr;
};
using LaunchSink = std::function<void(const LaunchTime &)>;

/// Runs steps of one variant on one device. `file` and `device` outlive it.
class ProgramExecutor final : public Executor {
public:
  /// Allocates everything, nothing is allocated in run(), and makes the
  /// synthetic weights. On a device with graphs captures those of each bucket
  /// (BucketGraphs.h). `progress` is told the bytes of weights in their places.
  ///
  /// Errors: ResourceExhausted if memory does not suffice, DataLoss if the code
  /// cannot be loaded, those of Device::launch.
  static Result<std::unique_ptr<ProgramExecutor>>
  create(const ArtifactFile &file, const artifact::Variant &variant,
         Device &device, const MemoryPlan &plan,
         const LoadProgress &progress = nullptr);

  ~ProgramExecutor() override;

  const ExecutorLimits &limits() const override { return plan_.limits; }
  Result<std::span<const float>> run(const StepPlan &plan) override;
  Result<std::vector<LogitSource>>
  runForSampling(const StepPlan &plan) override;
  /// Keys, then values, of one cache after the other.
  uint64_t pageBytes(PageKind kind) const override;
  Status readPage(PageKind kind, int32_t page,
                  std::span<std::byte> to) override;
  Status writePage(PageKind kind, int32_t page,
                   std::span<const std::byte> from) override;
  Status check() const override;
  std::span<const ExpertLoad> expertLoads() const override {
    return experts_.loads();
  }
  int64_t stepsPerExpertCount() const override;
  double readBytes() const override { return traffic_.readBytes(); }

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
  Status placeWeights(const LoadProgress &progress);
  Result<DeviceAddress> placeWeight(const artifact::Weight &weight);
  Result<DeviceAddress> generate(const artifact::Weight &weight);
  Status allocate();
  Result<DeviceAddress> take(uint64_t bytes);
  void resolveLaunches();
  Launch resolveLaunch(size_t bucket, size_t number) const;
  uint64_t resolveArg(const artifact::Arg &arg) const;
  std::vector<KernelCall> callsOf(Bucket &bucket, const StepSizes &sizes);
  Status captureGraphs();
  Status captureGraphs(Bucket &bucket, int64_t rowsBefore);

  /// The launch in a step of these sizes. `args` is where its arguments are
  /// put together.
  KernelCall callOf(const Launch &launch, const StepSizes &sizes,
                    std::span<uint64_t> args) const;
  Status runLaunch(const Launch &launch);
  Status runLaunches(size_t number);
  bool mustCountExperts() const;
  Status countExperts(size_t bucket, size_t launch);
  Status showTaps(const Bucket &bucket, size_t launch);
  struct PagePart;
  std::vector<PagePart> partsOf(PageKind kind) const;
  Status copyPages(std::span<const PageCopy> copies, PageKind kind);
  Status runStep(const StepPlan &plan);

  const ArtifactFile &file_;
  const artifact::Variant &variant_;
  const artifact::Program &program_;
  const artifact::CodeObject &code_;
  Device &device_;
  MemoryPlan plan_;
  std::unique_ptr<KernelModule> module_;
  std::vector<DeviceAddress> weights_, storages_, keys_, values_;
  /// Of caches of 8 bits; of others places of no bytes.
  std::vector<DeviceAddress> keyScales_, valueScales_;
  StepInputs inputs_;
  DeviceAddress inputBlock_{}; // of inputs_
  std::vector<Bucket> buckets_;
  std::optional<HostLogits> logits_;
  ExpertCounter experts_;
  std::vector<int32_t> choices_; // of experts, where the host needs a copy
  TrafficCounter traffic_;
  uint64_t numSteps_ = 0;
  bool countsExperts_ = false; // in this step
  TapSink tapSink_;
  LaunchSink launchSink_;
};

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_PROGRAMEXECUTOR_H
