//===- LoadPlan.h - What a load will do, before it does it ------*- C++ -*-===//
//
// The device, the variant and the memory that a model gets. Nothing is
// allocated here: `g4rt serve --print-plan` ends after it, a load goes on.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_LOADPLAN_H
#define G4_RUNTIME_ENGINE_LOADPLAN_H

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/exec/DeviceChoice.h"
#include "runtime/exec/PlanReport.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace g4rt {

struct LoadOptions {
  /// Which device; by default the first variant's that the machine has.
  DeviceName device = {};
  /// Threads of the CPU device; 0: one for each core of the process.
  int numThreads = 0;
  /// Beats while the CPU device works; may be null.
  Heartbeat *heartbeat = nullptr;
  /// What the file's caches must be, as formatName() says it: kernels read one
  /// format.
  std::string kvCacheFormat = "auto";
  /// maxModelLength 0: what the model was made for, 4096 at most. maxSequences
  /// and maxStepTokens 0: those of withDefaults(), on a GPU fewer where they do
  /// not fit.
  ExecutorOptions executor = {.maxModelLength = 0};
  /// Whether maxSequences are fewer on a GPU that has no room for them, and not
  /// an error.
  bool mayHaveFewerSequences = false;
  DataVerification verify = DataVerification::UpToOneGiB;
  /// What may be used of the host's memory on a CPU, the mapped weights
  /// included; none: whatever is needed. See availableMemoryBytes().
  std::optional<uint64_t> memoryBytes = {};
  /// What the model may take of its device at most, however much that has; on a
  /// CPU the process with it (kProcessBytes).
  std::optional<uint64_t> memoryLimit = {};
  /// Called as weights are compared, then as they come to their places; may be
  /// null.
  LoadProgress progress = {};
  /// Share of a GPU's memory that is in use once the model is loaded, at most.
  /// KV pages fill it, up to maxSequences sequences of full length.
  double gpuMemoryUtilization = 0.9;
  /// Makes the devices; by default those of the machine.
  DeviceOpener openDevice = {};
};

struct LoadPlan {
  std::unique_ptr<Device> device;
  VariantChoice variant;
  FittedPlan fitted;
  /// What the plan may take; none: anything.
  std::optional<uint64_t> limitBytes = {};
  /// What stays free of the device beside it.
  uint64_t marginBytes = 0;
};

/// Opens the device and plans; says in the log what became smaller on a GPU.
///
/// Errors: those of chooseDevice, chooseModelLength and planMemory, and
/// InvalidArgument if an option is out of range or asks for other caches.
Result<LoadPlan> planLoad(const artifact::Artifact &root,
                          const LoadOptions &options);

/// The report on a plan of this model; cards run the file's variants.
Result<PlanReport> reportOn(const artifact::Artifact &root,
                            const LoadPlan &plan, const LoadOptions &options);

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_LOADPLAN_H
