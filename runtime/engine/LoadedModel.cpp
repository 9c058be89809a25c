//===- LoadedModel.cpp - An artifact, ready to run ------------------------===//

#include "runtime/engine/LoadedModel.h"

#include "runtime/base/SystemMemory.h"
#include "runtime/device/cpu/CpuDevice.h"

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
static Status checkMemory(const MemoryPlan &plan, uint64_t availableBytes) {
  uint64_t working = plan.totalStorageBytes() + plan.inputBytes;
  uint64_t needed = plan.weightBytes + plan.totalCacheBytes() + working;
  if (needed <= availableBytes)
    return Status();
  return Status(
      StatusCode::ResourceExhausted,
      "needs " + byteText(needed) + " of memory (weights " +
          byteText(plan.weightBytes) + ", KV cache " +
          byteText(plan.totalCacheBytes()) + " for " +
          std::to_string(plan.limits.numSlots) + " sequences of " +
          std::to_string(plan.limits.pagesPerSlot * plan.limits.pageSize) +
          " positions, working memory " + byteText(working) + "), " +
          byteText(availableBytes) + " are available");
}

Status LoadedModel::loadProgram(const LoadOptions &options) {
  device_ = createCpuDevice(options.numThreads);
  G4RT_ASSIGN(variant_, chooseVariant(root(), *device_));
  ExecutorOptions limits = options.executor;
  G4RT_ASSIGN(maxModelLength_,
              chooseModelLength(*root().model(), limits.maxModelLength));
  limits.maxModelLength = maxModelLength_;
  G4RT_ASSIGN(plan_, planMemory(root(), *variant_.variant->program(), limits));
  if (options.memoryBytes)
    G4RT_TRY(checkMemory(plan_, *options.memoryBytes));
  G4RT_ASSIGN(executor_,
              ProgramExecutor::create(file_, *variant_.variant, *device_, plan_,
                                      options.progress));
  return Status();
}

} // namespace g4rt
