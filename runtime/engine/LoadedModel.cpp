//===- LoadedModel.cpp - An artifact, ready to run ------------------------===//

#include "runtime/engine/LoadedModel.h"

#include "runtime/exec/MemoryFit.h"

#include <algorithm>

namespace g4rt {

/// Where neither the user nor the model says less: a cache that every machine
/// has room for.
static constexpr int64_t kDefaultModelLength = 4096;

Result<std::unique_ptr<LoadedModel>>
LoadedModel::load(const std::string &path, const LoadOptions &options) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(path));
  return load(std::move(file), options);
}

Result<std::unique_ptr<LoadedModel>>
LoadedModel::load(ArtifactFile file, const LoadOptions &options) {
  std::unique_ptr<LoadedModel> model(new LoadedModel(std::move(file)));
  G4RT_TRY(verifyAtLoad(model->file_, options.verify));
  auto at = [&] { return "loading " + model->file_.path(); };
  if (Status status = model->loadText(); !status.ok())
    return std::move(status).during(at());
  if (Status status = model->loadProgram(options); !status.ok())
    return std::move(status).during(at());
  return model;
}

Status LoadedModel::loadText() {
  G4RT_ASSIGN(tokenizer_, Tokenizer::create(*root().tokenizer()));
  if (root().chat_template()) {
    G4RT_ASSIGN(chatTemplate_, ChatTemplate::create(*root().chat_template()));
  }
  return Status();
}

static Status checkLength(int64_t length, int64_t maxPositions) {
  if (length <= maxPositions)
    return Status();
  return Status(StatusCode::InvalidArgument,
                "max-model-len " + std::to_string(length) +
                    ": the model was made for " + std::to_string(maxPositions) +
                    " positions");
}

/// Before anything is allocated.
Status LoadedModel::planLoad(const LoadOptions &options) {
  const artifact::Program &program = *variant_.variant->program();
  ExecutorOptions limits = options.executor;
  limits.maxModelLength = maxModelLength_;
  if (device_->kind() == artifact::DeviceKind::cpu) {
    G4RT_ASSIGN(plan_, planMemory(root(), program, limits));
    return options.memoryBytes ? checkMemory(plan_, *options.memoryBytes)
                               : Status();
  }
  G4RT_ASSIGN(DeviceMemory memory, device_->memory());
  G4RT_ASSIGN(uint64_t bytes, gpuLimit(memory, options.gpuMemoryUtilization));
  Result<MemoryPlan> plan = planWithin(root(), program, limits, bytes);
  if (!plan)
    return std::move(plan).error().during(device_->name());
  plan_ = *std::move(plan);
  return Status();
}

Status LoadedModel::loadProgram(const LoadOptions &options) {
  G4RT_ASSIGN(DeviceChoice choice,
              chooseDevice(root(), options.device,
                           options.openDevice
                               ? options.openDevice
                               : machineDevices(options.numThreads)));
  device_ = std::move(choice.device);
  variant_ = std::move(choice.variant);
  ExecutorOptions limits = options.executor;
  if (limits.maxModelLength == 0)
    limits.maxModelLength =
        std::min<int64_t>(root().model()->max_positions(), kDefaultModelLength);
  G4RT_TRY(checkLength(limits.maxModelLength, root().model()->max_positions()));
  maxModelLength_ = limits.maxModelLength;
  G4RT_TRY(planLoad(options));
  G4RT_ASSIGN(executor_, ProgramExecutor::create(file_, *variant_.variant,
                                                 *device_, plan_));
  return Status();
}

} // namespace g4rt
