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
  if (limits.maxModelLength == 0)
    limits.maxModelLength =
        std::min<int64_t>(root().model()->max_positions(), kDefaultModelLength);
  G4RT_TRY(checkLength(limits.maxModelLength, root().model()->max_positions()));
  maxModelLength_ = limits.maxModelLength;
  G4RT_ASSIGN(plan_, planMemory(root(), *variant_.variant->program(), limits));
  if (options.memoryBytes)
    G4RT_TRY(checkMemory(plan_, *options.memoryBytes));
  G4RT_ASSIGN(executor_,
              ProgramExecutor::create(file_, *variant_.variant, *device_, plan_,
                                      options.progress));
  return Status();
}

} // namespace g4rt
