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
  G4RT_TRY(verifyAtLoad(model->file_, options.verify, options.progress));
  auto at = [&] { return "loading " + model->file_.path(); };
  auto text = ModelText::create(model->root());
  if (!text)
    return std::move(text).error().during(at());
  model->text_ = *std::move(text);
  if (Status status = model->loadProgram(options); !status.ok())
    return std::move(status).during(at());
  return model;
}

Result<ModelText> ModelText::create(const artifact::Artifact &root) {
  G4RT_ASSIGN(Tokenizer tokenizer, Tokenizer::create(*root.tokenizer()));
  ModelText text{std::move(tokenizer), {}};
  if (root.chat_template()) {
    G4RT_ASSIGN(text.chatTemplate, ChatTemplate::create(*root.chat_template()));
  }
  return text;
}

Result<int64_t> chooseModelLength(const artifact::Model &model, int64_t asked) {
  int64_t maxPositions = model.max_positions();
  int64_t length = asked ? asked : std::min(maxPositions, kDefaultModelLength);
  if (length <= maxPositions)
    return length;
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
  G4RT_ASSIGN(
      maxModelLength_,
      chooseModelLength(*root().model(), options.executor.maxModelLength));
  G4RT_TRY(planLoad(options));
  G4RT_ASSIGN(executor_,
              ProgramExecutor::create(file_, *variant_.variant, *device_, plan_,
                                      options.progress));
  return Status();
}

} // namespace g4rt
