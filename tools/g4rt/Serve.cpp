//===- Serve.cpp - g4rt serve ---------------------------------------------===//
//
// Two processes: this one listens, and starts another one that has the model
// and the device (EngineRole.h) and can be replaced. It says what was loaded,
// answers until SIGINT or SIGTERM, finishes what it has begun. A second signal
// ends it at once.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Log.h"
#include "runtime/base/SystemMemory.h"
#include "runtime/engine/process/EngineProcess.h"
#include "runtime/http/HostCheck.h"
#include "runtime/http/Server.h"
#include "tools/g4rt/Banner.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/EngineRole.h"
#include "tools/g4rt/HttpFlags.h"
#include "tools/g4rt/ModelFlags.h"
#include "tools/g4rt/Signals.h"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace g4rt {

namespace {

using Clock = std::chrono::steady_clock;

struct ServeArguments {
  ModelFlags model;
  HttpFlags http;
  std::string name;
  int64_t maxQueued = 1024;
  int shutdownSeconds = 60;
  int stepSeconds = 600;
  bool isStrict = false;
  std::string engineOf; // set in the process that is the engine
  LogLevel logLevel = LogLevel::Info;
};

/// Lets one thread wait for the first signal; the second ends the process.
class Shutdown {
public:
  void onSignal(int signal) {
    std::lock_guard lock(mutex_);
    if (++numSignals_ > 1)
      std::_Exit(128 + signal);
    if (loading_)
      loading_->cancelLoad();
    wasAsked_.notify_all();
  }
  /// The engine, or null, whose load the first signal cancels.
  void setLoading(EngineProcess *engine) {
    std::lock_guard lock(mutex_);
    loading_ = engine;
    if (engine && numSignals_ > 0)
      engine->cancelLoad();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    wasAsked_.wait(lock, [&] { return numSignals_ > 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable wasAsked_;
  int numSignals_ = 0;
  EngineProcess *loading_ = nullptr;
};

} // namespace

/// Ends the server once its answers have ended. Past the deadline the engine is
/// drained meanwhile, because one that hangs ends no answer until it is killed.
static bool stopServer(Server &server, EngineProcess &engine,
                       Clock::time_point deadline) {
  std::promise<void> stopped;
  std::thread rescue([&engine, deadline, isOver = stopped.get_future()] {
    if (isOver.wait_until(deadline) != std::future_status::ready)
      engine.drain(deadline);
  });
  bool isClean = server.stop(deadline);
  stopped.set_value();
  rescue.join();
  return isClean;
}

/// Ends the server and then the engine, to the exit code.
static int stop(Server &server, EngineProcess &engine, int seconds) {
  server.beginDrain();
  logEvent(LogLevel::Info, "serve", "draining");
  auto deadline = Clock::now() + std::chrono::seconds(seconds);
  bool hasFailed = engine.status().phase == EnginePhase::Failed;
  bool isClean = stopServer(server, engine, deadline) && engine.drain(deadline);
  logEvent(isClean ? LogLevel::Info : LogLevel::Warning, "serve", "stopped",
           {{"cut", isClean ? "no" : "yes"}});
  if (hasFailed)
    return kExitDevice;
  return isClean ? kExitOk : kExitFailure;
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

static Result<std::unique_ptr<Server>> startServer(const ServeArguments &args,
                                                   const ServedModel &served) {
  constexpr int64_t kMostSlots = 64; // of an engine that chooses itself
  int64_t numSlots =
      args.model.maxNumSeqs > 0 ? args.model.maxNumSeqs : kMostSlots;
  G4RT_ASSIGN(
      ServerOptions options,
      prepareHttp(args.http, static_cast<size_t>(numSlots + args.maxQueued)));
  G4RT_ASSIGN(std::unique_ptr<Server> server, Server::start(options, served));
  const HttpMemoryPlan &plan = server->memoryPlan();
  logEvent(LogLevel::Info, "http", "listening",
           {{"port", std::to_string(server->port())},
            {"connections", std::to_string(options.limits.maxConnections)},
            {"memory", byteText(plan.total)},
            {"memory_of_clients", byteText(plan.held)}});
  return server;
}

static int serveUntilSignal(const ArtifactFile &file, ServedModel served,
                            EngineProcess &engine, const ServeArguments &args,
                            Shutdown &shutdown, Clock::time_point start) {
  if (!args.name.empty())
    served.name = args.name;
  served.isStrict = args.isStrict;
  auto server = startServer(args, served);
  if (!server)
    return reportUsage(server.error().message());
  auto facts = waitUntilLoaded(engine, shutdown);
  if (!facts && facts.error().code() != StatusCode::Cancelled)
    return report(facts.error());
  if (facts) {
    printBanner(file, *facts,
                {.name = served.name,
                 .address = args.http.server.address,
                 .port = (*server)->port(),
                 .isInsecure = !isLoopback(args.http.server.address)});
    sayReady(served.name, engine, start);
  }
  shutdown.wait();
  return stop(**server, engine, args.shutdownSeconds);
}

static int runServer(const ServeArguments &args,
                     std::vector<std::string> arguments, Shutdown &shutdown,
                     Clock::time_point start) {
  auto file = openModel(args.model);
  if (!file)
    return report(file.error());
  auto fail = [&](Status status) {
    return report(std::move(status).during("loading " + file->path()));
  };
  const auto &root = file->root();
  auto length = chooseModelLength(*root.model(), args.model.maxModelLen);
  if (!length)
    return fail(length.error());
  // First of all: it loads while this process makes its own tables.
  auto engine = EngineProcess::start(
      engineLauncher(std::move(arguments), file->digest()),
      {.maxQueued = args.maxQueued,
       .stepTimeout = std::chrono::seconds(args.stepSeconds)});
  if (!engine)
    return report(engine.error());
  auto text = ModelText::create(root);
  if (!text)
    return fail(text.error());
  return serveUntilSignal(*file, serve(root, *text, *length, **engine),
                          **engine, args, shutdown, start);
}

static int runServe(const ServeArguments &args,
                    const std::vector<std::string> &arguments) {
  auto start = Clock::now();
  setLogLevel(args.logLevel);
  if (!args.engineOf.empty())
    return runEngineRole(args.model, args.engineOf);
  if (Status status = checkHttpFlags(args.http); !status.ok())
    return report(status);
  Shutdown shutdown;
  // Before all other threads, which must not get the signals.
  SignalWatcher watcher([&](int signal) { shutdown.onSignal(signal); });
  return runServer(args, arguments, shutdown, start);
}

static void addServerFlags(CLI::App &app, ServeArguments &args) {
  addHttpFlags(app, args.http);
  app.add_option("--served-model-name", args.name,
                 "What requests call the model [the artifact's name]");
  app.add_flag(
      "--strict", args.isStrict,
      "Refuse a max_tokens beyond the context, in place of cutting it");
  app.add_option("--max-queued-requests", args.maxQueued,
                 "Requests that wait, at most")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--shutdown-timeout", args.shutdownSeconds,
                 "Seconds that answers have to end after SIGINT or SIGTERM")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  app.add_option("--step-timeout", args.stepSeconds,
                 "Seconds that an engine with work may say nothing before it "
                 "is started again; 0: any number")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  std::map<std::string, LogLevel> levels = {{"debug", LogLevel::Debug},
                                            {"info", LogLevel::Info},
                                            {"warning", LogLevel::Warning},
                                            {"error", LogLevel::Error}};
  app.add_option("--log-level", args.logLevel, "Least level that is logged")
      ->transform(CLI::CheckedTransformer(levels));
}

Command addServe(CLI::App &app, std::vector<std::string> arguments) {
  auto args = std::make_shared<ServeArguments>();
  addModelFlags(app, args->model);
  addBatchFlags(app, args->model);
  addServerFlags(app, *args);
  app.add_option("--engine-of", args->engineOf)->group(""); // for itself alone
  return [args, arguments = std::move(arguments)] {
    return runServe(*args, arguments);
  };
}

} // namespace g4rt
