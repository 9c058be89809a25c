//===- EngineRole.cpp - g4rt as the engine of a server --------------------===//

#include "tools/g4rt/EngineRole.h"

#include "runtime/base/Log.h"
#include "runtime/base/LostFile.h"
#include "runtime/engine/process/EngineWorker.h"
#include "runtime/engine/session/SessionKeeper.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/KeyFlags.h"
#include "tools/g4rt/MemoryBandwidth.h"
#include "tools/g4rt/Signals.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <sys/prctl.h>

namespace g4rt {

/// Where an engine finds the model that its server has open.
constexpr int kModelFile = kChildFiles;

/// What an engine is to be told besides, in a request to the launcher: which
/// model it is to find in the file, and whether the file may be damaged.
static std::string requestFor(const std::string &digest, bool mayBeDamaged) {
  return (mayBeDamaged ? "!" : "") + digest;
}

/// The words of an engine, if that is what is asked for.
static std::optional<std::vector<std::string>>
wordsFor(std::string_view request, std::vector<std::string> words) {
  bool mayBeDamaged = request.starts_with('!');
  std::string digest(request.substr(mayBeDamaged));
  if (digest.empty() ||
      digest.find_first_not_of("0123456789abcdef") != digest.npos)
    return std::nullopt;
  words.push_back("--engine-of");
  words.push_back(std::move(digest));
  if (mayBeDamaged)
    words.push_back("--verify-all");
  return words;
}

Result<std::unique_ptr<LauncherProcess>>
startLauncher(const std::vector<std::string> &arguments) {
  // The program that runs now, even where another one has taken its name.
  return LauncherProcess::create(
      "/proc/self/exe",
      [words = withoutKeys(arguments)](std::string_view request) {
        return wordsFor(request, words);
      });
}

EngineLauncher engineLauncher(LauncherProcess &launcher, ModelSource &source) {
  return [&]() -> Result<std::unique_ptr<EngineChild>> {
    G4RT_ASSIGN(ModelSource::EngineFile file, source.fileForEngine());
    return launcher.start(
        requestFor(source.tables().digest(), file.mayBeDamaged),
        {file.descriptor});
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

/// The server says that the file was opened again, and the engine only if it
/// was not.
static void keepLog(const Status &status) {
  if (!status.ok())
    logEvent(LogLevel::Error, "engine", "log_file_kept",
             {{"why", status.message()}});
}

int runEngineRole(const ModelFlags &flags, const EngineFlags &engine,
                  const std::string &logFile) {
  dieWithParent();
  std::optional<SignalWatcher> hangups; // before all other threads
  if (!logFile.empty()) {
    keepLog(setLogFile(logFile));
    hangups.emplace([](int signal) {
      if (signal == SIGHUP)
        keepLog(reopenLogFile());
    });
  }
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
