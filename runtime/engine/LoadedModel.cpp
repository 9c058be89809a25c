//===- LoadedModel.cpp - An artifact, ready to run ------------------------===//

#include "runtime/engine/LoadedModel.h"

#include "runtime/base/Log.h"
#include "runtime/exec/Canary.h"
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
  if (device_->kind() != artifact::DeviceKind::cpu)
    return planOnGpu(options).during(device_->name());
  ExecutorOptions sizes = withDefaults(options.executor, device_->kind());
  sizes.maxModelLength = maxModelLength_;
  G4RT_ASSIGN(plan_, planMemory(root(), *variant_.variant->program(), sizes));
  return options.memoryBytes ? checkMemory(plan_, *options.memoryBytes)
                             : Status();
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

Status LoadedModel::planOnGpu(const LoadOptions &options) {
  const artifact::Program &program = *variant_.variant->program();
  G4RT_ASSIGN(DeviceMemory memory, device_->memory());
  G4RT_ASSIGN(uint64_t bytes, gpuLimit(memory, options.gpuMemoryUtilization));
  ExecutorOptions wanted = withDefaults(options.executor, device_->kind());
  wanted.maxModelLength = maxModelLength_;
  MayShrink may{.sequences = options.mayHaveFewerSequences ||
                             options.executor.maxSequences == 0,
                .stepTokens = options.executor.maxStepTokens == 0};
  G4RT_ASSIGN(ExecutorOptions fitting,
              shrinkToFit(root(), program, wanted, may, bytes));
  G4RT_ASSIGN(plan_, planWithin(root(), program, fitting, bytes));
  sayWhatFits(wanted, fitting);
  return Status();
}

Status LoadedModel::loadProgram(const LoadOptions &options) {
  G4RT_ASSIGN(DeviceChoice choice,
              chooseDevice(root(), options.device,
                           options.openDevice
                               ? options.openDevice
                               : machineDevices(options.numThreads,
                                                options.heartbeat)));
  device_ = std::move(choice.device);
  variant_ = std::move(choice.variant);
  G4RT_ASSIGN(
      maxModelLength_,
      chooseModelLength(*root().model(), options.executor.maxModelLength));
  G4RT_TRY(planLoad(options));
  G4RT_ASSIGN(executor_,
              ProgramExecutor::create(file_, *variant_.variant, *device_, plan_,
                                      options.progress));
  if (!needsCanary(options.verify))
    return Status();
  return checkCanary(file_, *variant_.variant->program(), *executor_);
}

// On a CPU it is as much work as the checksums of the weights, on a GPU it is
// nothing beside their upload.
bool LoadedModel::needsCanary(DataVerification policy) const {
  bool isSmall = file_.sizeBytes() <= kVerifiedAtLoadBytes;
  bool isCpu = device_->kind() == artifact::DeviceKind::cpu;
  return policy == DataVerification::Always ||
         (policy == DataVerification::UpToOneGiB && (isSmall || !isCpu));
}

} // namespace g4rt
