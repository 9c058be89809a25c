//===- LoadedModel.cpp - An artifact, ready to run ------------------------===//

#include "runtime/engine/LoadedModel.h"

#include "runtime/device/cpu/CpuDevice.h"

#include <algorithm>

namespace g4rt {

/// Where neither the user nor the model says less: a cache that every machine
/// has room for.
static constexpr int64_t kDefaultModelLength = 4096;

Result<std::unique_ptr<LoadedModel>>
LoadedModel::load(const std::string &path, const LoadOptions &options) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(path));
  std::unique_ptr<LoadedModel> model(new LoadedModel(std::move(file)));
  if (Status status = model->loadText(); !status.ok())
    return std::move(status).during("loading " + path);
  if (Status status = model->loadProgram(options); !status.ok())
    return std::move(status).during("loading " + path);
  return model;
}

Status LoadedModel::loadText() {
  G4RT_ASSIGN(tokenizer_, Tokenizer::create(*root().tokenizer()));
  if (root().chat_template()) {
    G4RT_ASSIGN(chatTemplate_, ChatTemplate::create(*root().chat_template()));
  }
  return Status();
}

Status LoadedModel::loadProgram(const LoadOptions &options) {
  device_ = createCpuDevice(options.numThreads);
  G4RT_ASSIGN(variant_, chooseVariant(root(), *device_));
  ExecutorOptions limits = options.executor;
  if (limits.maxModelLength == 0)
    limits.maxModelLength = std::min<int64_t>(root().model()->max_positions(),
                                              kDefaultModelLength);
  maxModelLength_ = limits.maxModelLength;
  G4RT_ASSIGN(plan_, planMemory(root(), *variant_.variant->program(), limits));
  G4RT_ASSIGN(executor_, ProgramExecutor::create(file_, *variant_.variant,
                                                 *device_, plan_));
  return Status();
}

} // namespace g4rt
