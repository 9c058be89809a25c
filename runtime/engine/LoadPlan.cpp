//===- LoadPlan.cpp - What a load will do, before it does it --------------===//

#include "runtime/engine/LoadPlan.h"

#include "runtime/artifact/CacheLayout.h"
#include "runtime/base/Log.h"

#include <algorithm>

namespace g4rt {

/// What --memory leaves of `bytes`; `process` of it is not the plan's.
static std::optional<uint64_t> limited(std::optional<uint64_t> bytes,
                                       std::optional<uint64_t> limit,
                                       uint64_t process) {
  if (!limit)
    return bytes;
  uint64_t rest = *limit - std::min(*limit, process);
  return bytes ? std::min(*bytes, rest) : rest;
}

static void sayWhatFits(const ExecutorOptions &wanted,
                        const ExecutorOptions &fitting) {
  if (wanted.maxSequences == fitting.maxSequences &&
      wanted.maxStepTokens == fitting.maxStepTokens)
    return;
  logEvent(LogLevel::Info, "memory", "fitted",
           {{"max_num_seqs", std::to_string(fitting.maxSequences)},
            {"wanted_seqs", std::to_string(wanted.maxSequences)},
            {"max_num_batched_tokens", std::to_string(fitting.maxStepTokens)},
            {"wanted_tokens", std::to_string(wanted.maxStepTokens)}});
}

/// What the plan may have of a GPU, and what it leaves.
static Status limitOnGpu(LoadPlan &plan, const LoadOptions &options) {
  G4RT_ASSIGN(DeviceMemory memory, plan.device->memory());
  G4RT_ASSIGN(uint64_t bytes, gpuLimit(memory, options.gpuMemoryUtilization));
  plan.limitBytes = limited(bytes, options.memoryLimit, /*process=*/0);
  plan.marginBytes = memory.totalBytes - bytes;
  return Status();
}

static void limitOnCpu(LoadPlan &plan, const LoadOptions &options) {
  plan.limitBytes =
      limited(options.memoryBytes, options.memoryLimit, kProcessBytes);
  plan.marginBytes = kProcessBytes;
}

static Status fitOn(LoadPlan &plan, const artifact::Artifact &root,
                    const LoadOptions &options) {
  bool isCpu = plan.device->kind() == artifact::DeviceKind::cpu;
  if (isCpu)
    limitOnCpu(plan, options);
  else
    G4RT_TRY(limitOnGpu(plan, options));
  MayShrink may{.sequences = options.mayHaveFewerSequences ||
                             options.executor.maxSequences == 0,
                .stepTokens = options.executor.maxStepTokens == 0};
  G4RT_ASSIGN(plan.fitted, fitPlan(root, *plan.variant.variant,
                                   options.executor, may, plan.limitBytes));
  if (!isCpu && plan.fitted.fit.ok())
    sayWhatFits(withDefaults(options.executor, plan.device->kind()),
                plan.fitted.executor);
  return Status();
}

static Status checkCaches(const artifact::Variant &variant,
                          const std::string &format) {
  for (const artifact::Cache *cache : *variant.program()->caches())
    if (format != "auto" && format != formatName(*cache))
      return Status(StatusCode::InvalidArgument,
                    "kv-cache-dtype " + format +
                        ": the file was compiled for " + formatName(*cache) +
                        "; g4c compile --kv-cache-dtype " + format +
                        " makes one for it");
  return Status();
}

Result<LoadPlan> planLoad(const artifact::Artifact &root,
                          const LoadOptions &options) {
  G4RT_ASSIGN(DeviceChoice choice,
              chooseDevice(
                  root, options.device,
                  options.openDevice
                      ? options.openDevice
                      : machineDevices(options.numThreads, options.heartbeat)));
  G4RT_TRY(checkCaches(*choice.variant.variant, options.kvCacheFormat));
  LoadPlan plan{.device = std::move(choice.device),
                .variant = std::move(choice.variant),
                .fitted = {}};
  std::string name(plan.device->name());
  // A CPU goes without saying.
  bool isCpu = plan.device->kind() == artifact::DeviceKind::cpu;
  auto named = [&](Status status) {
    return isCpu || status.ok() ? status : std::move(status).during(name);
  };
  G4RT_TRY(named(fitOn(plan, root, options)));
  plan.fitted.fit = named(std::move(plan.fitted.fit));
  return plan;
}

Result<PlanReport> reportOn(const artifact::Artifact &root,
                            const LoadPlan &plan, const LoadOptions &options) {
  std::vector<PlannedProgram> programs;
  for (const artifact::Variant *variant : *root.variants())
    programs.push_back({&root, variant});
  // Cards have defaults of their own where nobody asked for a number.
  ExecutorOptions asked = options.executor;
  asked.maxModelLength = plan.fitted.executor.maxModelLength;
  std::optional<uint64_t> limit = plan.limitBytes;
  if (limit)
    *limit += plan.marginBytes;
  return makeReport({&root, plan.variant.variant}, plan.fitted.memory, programs,
                    {.executor = asked,
                     .limitBytes = limit,
                     .marginBytes = plan.marginBytes,
                     .gpuMemoryUtilization = options.gpuMemoryUtilization});
}

} // namespace g4rt
