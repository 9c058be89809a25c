//===- EngineRole.cpp - g4rt as the engine of a server --------------------===//

#include "tools/g4rt/EngineRole.h"

#include "runtime/engine/process/EngineWorker.h"
#include "tools/g4rt/Commands.h"

#include <algorithm>
#include <sys/prctl.h>

namespace g4rt {

EngineLauncher engineLauncher(std::vector<std::string> arguments,
                              const std::string &digest) {
  arguments.push_back("--engine-of");
  arguments.push_back(digest);
  // The file that runs now, even where another one has taken its name.
  return [arguments = std::move(arguments)] {
    return startProgram("/proc/self/exe", arguments);
  };
}

static EngineFacts factsOf(LoadedModel &model) {
  const MemoryPlan &plan = model.memoryPlan();
  return {.limits = model.executor().limits(),
          .maxModelLength = model.maxModelLength(),
          .target = model.variant().variant->target()->str(),
          .reason = model.variant().reason,
          .weightBytes = plan.weightBytes,
          .cacheBytes = plan.totalCacheBytes(),
          .workingBytes = plan.totalStorageBytes() + plan.inputBytes};
}

static Result<std::unique_ptr<LoadedModel>>
loadSame(const ModelFlags &flags, const std::string &digest,
         const LoadProgress &progress) {
  G4RT_ASSIGN(ArtifactFile file, openModel(flags));
  if (file.digest() != digest)
    return Status(StatusCode::DataLoss,
                  "loading " + flags.file + ": digest " + file.digest() +
                      ", the server began with " + digest +
                      ": the file was changed, start the server again");
  return loadModel(std::move(file), flags, progress);
}

int runEngineRole(const ModelFlags &flags, const std::string &digest) {
  dieWithParent();
  ::prctl(PR_SET_NAME, "g4rt-engine"); // for ps and top
  EngineWorker worker(kChildSocket);
  auto progress = [&](uint64_t done, uint64_t total) {
    worker.reportProgress(static_cast<double>(done) /
                          static_cast<double>(std::max<uint64_t>(total, 1)));
  };
  auto model = loadSame(flags, digest, progress);
  if (!model) {
    worker.reportFailure(model.error());
    return exitCodeOf(model.error());
  }
  return exitCodeOf(worker.serve((*model)->executor(), (*model)->tokenizer(),
                                 factsOf(**model)));
}

} // namespace g4rt
