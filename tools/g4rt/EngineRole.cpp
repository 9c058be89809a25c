//===- EngineRole.cpp - g4rt as the engine of a server --------------------===//

#include "tools/g4rt/EngineRole.h"

#include "runtime/base/LostFile.h"
#include "runtime/engine/process/EngineWorker.h"
#include "runtime/engine/session/SessionKeeper.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/KeyFlags.h"
#include "tools/g4rt/MemoryBandwidth.h"

#include <algorithm>
#include <sys/prctl.h>

namespace g4rt {

/// Where an engine finds the model that its server has open.
constexpr int kModelFile = kChildFiles;

EngineLauncher engineLauncher(std::vector<std::string> arguments,
                              ModelSource &source) {
  arguments = withoutKeys(arguments);
  arguments.push_back("--engine-of");
  arguments.push_back(source.tables().digest());
  return [arguments = std::move(arguments),
          &source]() -> Result<std::unique_ptr<EngineChild>> {
    G4RT_ASSIGN(ModelSource::EngineFile file, source.fileForEngine());
    std::vector<std::string> words = arguments;
    if (file.mayBeDamaged)
      words.push_back("--verify-all");
    // The program that runs now, even where another one has taken its name.
    return startProgram("/proc/self/exe", words, {file.descriptor});
  };
}

void addEngineFlags(CLI::App &app, EngineFlags &flags) {
  app.add_option("--engine-of", flags.digest)->group("");
  app.add_flag("--verify-all", flags.verifyAll)->group("");
}

static EngineFacts factsOf(LoadedModel &model, const ModelFlags &flags,
                           double memoryBandwidth) {
  const MemoryPlan &plan = model.memoryPlan();
  return {.limits = model.executor().limits(),
          .maxModelLength = model.maxModelLength(),
          .enablePrefixCaching = flags.enablePrefixCaching,
          .decodePriority = flags.decodePriority,
          .grammarSeconds = flags.grammarSeconds,
          .target = model.variant().variant->target()->str(),
          .reason = model.variant().reason,
          .weightBytes = plan.weightBytes,
          .cacheBytes = plan.totalCacheBytes(),
          .workingBytes = plan.totalStorageBytes() + plan.inputBytes,
          .memoryBandwidth = memoryBandwidth,
          .showsTexts = flags.showsTexts,
          .beatsInSteps = model.device().kind() == artifact::DeviceKind::cpu};
}

static Result<std::unique_ptr<LoadedModel>>
loadSame(ModelFlags flags, const EngineFlags &engine,
         const LoadProgress &progress, Heartbeat &heartbeat) {
  G4RT_ASSIGN(OpenFile opened,
              OpenFile::adopt(FileHandle(kModelFile), flags.file));
  G4RT_ASSIGN(ArtifactFile file,
              ArtifactFile::open(std::move(opened), fileBytesOf(flags)));
  if (file.digest() != engine.digest)
    return Status(StatusCode::DataLoss,
                  flags.file + ": was changed: digest " + file.digest() +
                      ", the server began with " + engine.digest);
  if (engine.verifyAll) {
    flags.verify = true;
    flags.noVerify = false;
  }
  return loadModel(std::move(file), flags, progress, &heartbeat);
}

/// Null if there is to be none. Errors: InvalidArgument, those of
/// SessionStore::open.
static Result<std::unique_ptr<SessionStore>>
openSessions(LoadedModel &model, const ModelFlags &flags) {
  if (flags.sessionDir.empty())
    return std::unique_ptr<SessionStore>();
  if (!flags.enablePrefixCaching)
    return Status(StatusCode::InvalidArgument,
                  "--session-dir keeps the prefix cache, which "
                  "--no-enable-prefix-caching turns off");
  std::string program = model.file().digest() + " " +
                        model.variant().variant->target()->str() + " " +
                        G4_VERSION;
  return SessionStore::open(
      {.folder = flags.sessionDir, .maxBytes = flags.sessionBytes},
      sessionFormatOf(model.executor(), program));
}

int runEngineRole(const ModelFlags &flags, const EngineFlags &engine) {
  dieWithParent();
  endOnLostFile("error engine file_lost: ", kExitBadModel);
  ::prctl(PR_SET_NAME, "g4rt-engine"); // for ps and top
  auto heartbeat = Heartbeat::adopt(FileHandle(kChildHeartbeat));
  if (!heartbeat)
    return exitCodeOf(heartbeat.error()); // not started by a server
  EngineWorker worker(kChildSocket, &*heartbeat);
  auto progress = [&](uint64_t done, uint64_t total) {
    worker.reportProgress(static_cast<double>(done) /
                          static_cast<double>(std::max<uint64_t>(total, 1)));
  };
  // Before the model takes the memory.
  double measured = measuredBandwidth(flags.memoryBandwidth, flags.threads);
  auto model = loadSame(flags, engine, progress, *heartbeat);
  if (!model) {
    worker.reportFailure(model.error());
    return exitCodeOf(model.error());
  }
  auto sessions = openSessions(**model, flags);
  if (!sessions) {
    worker.reportFailure(sessions.error());
    return exitCodeOf(sessions.error());
  }
  double bandwidth =
      memoryBandwidth(flags.memoryBandwidth, (*model)->device(), measured);
  return exitCodeOf(worker.serve((*model)->executor(), (*model)->tokenizer(),
                                 factsOf(**model, flags, bandwidth),
                                 *std::move(sessions)));
}

} // namespace g4rt
