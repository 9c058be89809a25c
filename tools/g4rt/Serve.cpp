//===- Serve.cpp - g4rt serve ---------------------------------------------===//
//
// Three processes: this one listens, and has another one, which it forks first,
// start a third one that has the model and the device (EngineRole.h) and can be
// replaced. It says what was loaded, answers until SIGINT or SIGTERM, and
// finishes what it has begun. A second signal ends every answer with an error.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/LogFormat.h"
#include "runtime/base/SystemMemory.h"
#include "runtime/engine/process/EngineProcess.h"
#include "runtime/exec/PlanText.h"
#include "runtime/http/HostCheck.h"
#include "runtime/http/Server.h"
#include "tools/g4rt/Banner.h"
#include "tools/g4rt/ChatFlags.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/EngineRole.h"
#include "tools/g4rt/FileReload.h"
#include "tools/g4rt/HttpFlags.h"
#include "tools/g4rt/ModelFlags.h"
#include "tools/g4rt/ModelSource.h"
#include "tools/g4rt/Precautions.h"
#include "tools/g4rt/Shutdown.h"
#include "tools/g4rt/Signals.h"

#include <chrono>
#include <csignal>
#include <map>
#include <thread>

namespace g4rt {

namespace {

using Clock = std::chrono::steady_clock;

struct ServeArguments {
  ModelFlags model;
  HttpFlags http;
  ChatFlags chat;
  std::string name;
  std::string config; // read before flags are: FlagSources.h
  int64_t maxQueued = 1024;
  int64_t maxQueuedTokens = 0;
  int shutdownSeconds = 60;
  int stepSeconds = 600;
  bool unfiltered = false;
  bool isStrict = false;
  bool printPlan = false, asJson = false;
  EngineFlags engine; // for the process that is the engine
  LogLevel logLevel = LogLevel::Info;
  LogFormat logFormat = LogFormat::Text;
  std::string logFile; // empty: stderr
};

} // namespace

/// What clients that do not read have to read the end of their answers.
constexpr std::chrono::seconds kFarewellTime(5);

/// Ends all answers once the deadline has passed or a second signal came: an
/// engine that hangs ends none until it is killed.
static void cutAnswers(EngineProcess &engine, Shutdown &shutdown,
                       Clock::time_point deadline) {
  if (!shutdown.waitForCut(deadline))
    return;
  engine.drain(Clock::now());
  if (shutdown.waitForOver(Clock::now() + kFarewellTime))
    return;
  logEvent(LogLevel::Warning, "serve", "stopped", {{"cut", "yes"}});
  std::_Exit(kExitFailure);
}

/// Ends the server once its answers have ended. True if none was cut.
static bool stopServer(Server &server, EngineProcess &engine,
                       Shutdown &shutdown, Clock::time_point deadline) {
  std::thread rescue([&] { cutAnswers(engine, shutdown, deadline); });
  bool isClean = server.stop(deadline);
  shutdown.stopWaiting();
  rescue.join();
  return isClean;
}

/// Ends the server and then the engine, to the exit code.
static int stop(Server &server, EngineProcess &engine, Shutdown &shutdown,
                int seconds) {
  server.beginDrain();
  logEvent(LogLevel::Info, "serve", "draining");
  auto deadline = Clock::now() + std::chrono::seconds(seconds);
  bool hasFailed = engine.status().phase == EnginePhase::Failed;
  bool isClean = stopServer(server, engine, shutdown, deadline) &&
                 engine.drain(deadline) && !shutdown.wasCut();
  logEvent(isClean ? LogLevel::Info : LogLevel::Warning, "serve", "stopped",
           {{"cut", isClean ? "no" : "yes"}});
  if (hasFailed)
    return kExitDevice;
  return isClean ? kExitOk : kExitFailure;
}

/// Waits for the first signal, and looks at the file meanwhile.
static void waitForSignal(ModelSource &source, Shutdown &shutdown) {
  constexpr std::chrono::seconds kLook(1);
  while (!shutdown.waitForDrain(Clock::now() + kLook))
    if (auto change = source.noticeChange())
      logEvent(LogLevel::Warning, "serve", "model_file_changed",
               {{"file", source.tables().path()}, {"what", *change}});
}

static Result<EngineFacts> waitUntilLoaded(EngineProcess &engine,
                                           Shutdown &shutdown) {
  shutdown.setLoading(&engine);
  auto facts = engine.waitUntilLoaded();
  shutdown.setLoading(nullptr);
  return facts;
}

static void sayReady(const std::string &name, const EngineProcess &engine,
                     Clock::time_point start) {
  std::chrono::duration<double> seconds = Clock::now() - start;
  logEvent(LogLevel::Info, "serve", "ready",
           {{"model", name},
            {"seconds", std::to_string(seconds.count())},
            {"engine_pid", std::to_string(engine.status().processId)}});
}

/// Requests that the engine may run and keep waiting.
static size_t numRequestsOf(const ServeArguments &args) {
  constexpr int64_t kMostSlots = 64; // of an engine that chooses itself
  int64_t numSlots =
      args.model.maxNumSeqs > 0 ? args.model.maxNumSeqs : kMostSlots;
  return static_cast<size_t>(numSlots + args.maxQueued);
}

static Result<std::unique_ptr<Server>> startServer(const ServeArguments &args,
                                                   const ServedModel &served) {
  G4RT_ASSIGN(ServerOptions options,
              prepareHttp(args.http, numRequestsOf(args)));
  return Server::start(options, served);
}

/// Later than it listens: a load that fails has one line.
static void sayListening(const Server &server, size_t numRequests) {
  const HttpMemoryPlan &plan = server.memoryPlan();
  size_t maxConnections = server.maxConnections();
  logEvent(LogLevel::Info, "http", "listening",
           {{"port", std::to_string(server.port())},
            {"connections", std::to_string(maxConnections)},
            {"memory", byteText(plan.total)},
            {"memory_of_clients", byteText(plan.held)}});
  if (maxConnections <= numRequests)
    logEvent(LogLevel::Warning, "http", "few_files",
             {{"connections", std::to_string(maxConnections)},
              {"requests", std::to_string(numRequests)},
              {"advice", "raise ulimit -n"}});
}

/// Whether other machines may come without a key.
static bool isOpenToAll(const HttpFlags &flags) {
  return flags.isInsecure && flags.server.socketPath.empty() &&
         !isLoopback(flags.server.address);
}

static int serveUntilSignal(ModelSource &source, ServedModel served,
                            EngineProcess &engine, const ServeArguments &args,
                            Shutdown &shutdown, Clock::time_point start) {
  if (!args.name.empty())
    served.name = args.name;
  served.isStrict = args.isStrict;
  auto server = startServer(args, served);
  if (!server)
    return reportUsage(server.error().message());
  FileReload reload({.http = args.http,
                     .logFile = args.logFile,
                     .server = **server,
                     .engine = engine},
                    shutdown);
  auto facts = waitUntilLoaded(engine, shutdown);
  if (!facts && facts.error().code() != StatusCode::Cancelled)
    return report(facts.error());
  sayListening(**server, numRequestsOf(args));
  if (facts) {
    printBanner(bannerText(source.tables(), *facts,
                           {.name = served.name,
                            .address = args.http.server.address,
                            .port = (*server)->port(),
                            .socketPath = args.http.server.socketPath,
                            .usesTls = !args.http.tls.certificates.empty(),
                            .isInsecure = isOpenToAll(args.http)}));
    sayReady(served.name, engine, start);
    logWarnings(args.model.file);
  }
  waitForSignal(source, shutdown);
  return stop(**server, engine, shutdown, args.shutdownSeconds);
}

/// For this thread and those that it will start, which are all: the process
/// that starts engines is there already.
static void restrictServer(const ServeArguments &args) {
  if (args.unfiltered)
    return;
  if (Status status = restrictThread(); !status.ok())
    logEvent(LogLevel::Warning, "serve", "unfiltered",
             {{"why", status.message()}});
}

static int runServer(const ServeArguments &args, LauncherProcess &launcher,
                     Shutdown &shutdown, Clock::time_point start) {
  auto source = asModelError(ModelSource::open(args.model.file));
  if (!source)
    return report(source.error());
  auto fail = [&](Status status) {
    return report(std::move(status).during("loading " + args.model.file));
  };
  const auto &root = source->tables().root();
  auto length = chooseModelLength(*root.model(), args.model.maxModelLen);
  if (!length)
    return fail(length.error());
  auto chatDefaults = readChatFlags(args.chat);
  if (!chatDefaults)
    return reportUsage(chatDefaults.error().message());
  // First of all: it loads while this process makes its own tables.
  auto engine = EngineProcess::start(
      engineLauncher(launcher, *source),
      {.maxQueued = args.maxQueued,
       .maxQueuedTokens = args.maxQueuedTokens,
       .stepTimeout = std::chrono::seconds(args.stepSeconds)});
  if (!engine)
    return report(engine.error());
  auto text = ModelText::create(root);
  if (!text)
    return fail(text.error());
  auto label = source->label();
  if (!label)
    return fail(label.error());
  ServedModel served = serve(root, *text, *length, **engine);
  served.chatDefaults = *std::move(chatDefaults);
  if (*label)
    served.label = labelJson(**label);
  return serveUntilSignal(*source, std::move(served), **engine, args, shutdown,
                          start);
}

/// The plan of the load that would follow, in place of it.
static Status printPlan(const ServeArguments &args) {
  G4RT_ASSIGN(ArtifactFile file,
              asModelError(ArtifactFile::open(args.model.file)));
  G4RT_ASSIGN(LoadOptions options, loadOptions(args.model));
  G4RT_ASSIGN(LoadPlan plan, planLoad(file.root(), options));
  G4RT_ASSIGN(PlanReport report, reportOn(file.root(), plan, options));
  std::string text =
      args.asJson ? json::serialize(planJson(report)) + "\n" : planText(report);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return plan.fitted.fit;
}

static int runServe(const ServeArguments &args,
                    const std::vector<std::string> &arguments) {
  auto start = Clock::now();
  setLogLevel(args.logLevel);
  setLogFormat(args.logFormat);
  // Who reads the banner or the log may leave.
  std::signal(SIGPIPE, SIG_IGN);
  if (!args.engine.digest.empty())
    return runEngineRole(args.model, args.engine, args.logFile);
  if (args.printPlan) {
    Status status = printPlan(args).during("planning " + args.model.file);
    return status.ok() ? int(kExitOk) : report(status);
  }
  if (Status status = checkHttpFlags(args.http); !status.ok())
    return report(status);
  if (!args.logFile.empty())
    if (Status status = setLogFile(args.logFile); !status.ok())
      return report(status);
  auto launcher = startLauncher(arguments);
  if (!launcher)
    return report(launcher.error());
  restrictServer(args);
  Shutdown shutdown;
  // Before all other threads, which must not get the signals.
  SignalWatcher watcher([&](int signal) { shutdown.onSignal(signal); });
  return runServer(args, **launcher, shutdown, start);
}

static void addServerFlags(CLI::App &app, ServeArguments &args) {
  app.add_option("--config", args.config,
                 "A file of flags: lines such as max-num-seqs: 32");
  addHttpFlags(app, args.http);
  addChatFlags(app, args.chat);
  app.add_option("--served-model-name", args.name,
                 "What requests call the model [the artifact's name]");
  app.add_flag("--no-sandbox", args.unfiltered,
               "Let the server's threads use every system call");
  app.add_flag(
      "--strict", args.isStrict,
      "Refuse a max_tokens beyond the context, in place of cutting it");
  app.add_option("--max-queued-requests", args.maxQueued,
                 "Requests that wait, at most")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--max-queued-tokens", args.maxQueuedTokens,
                 "Tokens of prompts that wait, at most; 0: any number")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40))
      ->capture_default_str();
  app.add_option("--shutdown-timeout", args.shutdownSeconds,
                 "Seconds that answers have to end after SIGINT or SIGTERM")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  app.add_option("--step-timeout", args.stepSeconds,
                 "Seconds that an engine may give no sign of life, at most, "
                 "before it is started again; 0: any number")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  auto *plan = app.add_flag("--print-plan", args.printPlan,
                            "Print the memory plan and end");
  app.add_flag("--json", args.asJson, "The plan for programs")->needs(plan);
  std::map<std::string, LogLevel> levels = {{"debug", LogLevel::Debug},
                                            {"info", LogLevel::Info},
                                            {"warning", LogLevel::Warning},
                                            {"error", LogLevel::Error}};
  app.add_option("--log-level", args.logLevel, "Least level that is logged")
      ->transform(CLI::CheckedTransformer(levels));
  app.add_option("--log-file", args.logFile,
                 "Where log lines go; opened again after SIGHUP [stderr]");
  std::map<std::string, LogFormat> formats = {{"text", LogFormat::Text},
                                              {"json", LogFormat::Json}};
  app.add_option("--log-format", args.logFormat, "How log lines are written")
      ->transform(CLI::CheckedTransformer(formats));
}

Command addServe(CLI::App &app,
                 std::shared_ptr<const std::vector<std::string>> arguments) {
  auto args = std::make_shared<ServeArguments>();
  addModelFlags(app, args->model);
  addBatchFlags(app, args->model);
  addServerFlags(app, *args);
  addEngineFlags(app, args->engine); // for itself alone
  return [args, arguments = std::move(arguments)] {
    return runServe(*args, *arguments);
  };
}

} // namespace g4rt
