//===- Serve.cpp - g4rt serve ---------------------------------------------===//
//
// Loads, says what it loaded, answers until SIGINT or SIGTERM, finishes what it
// has begun. A second signal ends it at once.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Log.h"
#include "runtime/http/HostCheck.h"
#include "runtime/http/Server.h"
#include "tools/g4rt/Banner.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/ModelFlags.h"
#include "tools/g4rt/Signals.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>

namespace g4rt {

namespace {

using Clock = std::chrono::steady_clock;

struct ServeArguments {
  ModelFlags model;
  ServerOptions server;
  std::string name;
  int64_t maxQueued = 1024;
  int shutdownSeconds = 60;
  bool insecure = false;
  LogLevel logLevel = LogLevel::Info;
};

/// Lets one thread wait for the first signal; the second ends the process.
class Shutdown {
public:
  void onSignal(int signal) {
    std::lock_guard lock(mutex_);
    if (++numSignals_ > 1)
      std::_Exit(128 + signal);
    wasAsked_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    wasAsked_.wait(lock, [&] { return numSignals_ > 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable wasAsked_;
  int numSignals_ = 0;
};

} // namespace

/// Whoever reaches the port can use the model: only this machine, unless asked.
static Status checkAddress(const ServeArguments &args) {
  if (isLoopback(args.server.address) || args.insecure)
    return Status();
  return Status(StatusCode::InvalidArgument,
                "--host " + args.server.address +
                    ": other machines could use the model without a key; put "
                    "a proxy that checks keys in front of 127.0.0.1, or give "
                    "--insecure-no-auth");
}

/// Logs how far the load is, at most a line for each GiB and each tenth.
static LoadProgress logProgress() {
  return [logged = uint64_t{0}](uint64_t done, uint64_t total) mutable {
    uint64_t step = std::max(total / 10, uint64_t{1} << 30);
    if (done - logged < step)
      return;
    logged = done;
    logEvent(LogLevel::Info, "load", "weights",
             {{"done", std::to_string(done)}, {"of", std::to_string(total)}});
  };
}

static int serveUntilSignal(LoadedModel &model, const ServeArguments &args,
                            Shutdown &shutdown, Clock::time_point start) {
  Engine engine(
      model.executor(), model.tokenizer(),
      {.maxModelLength = model.maxModelLength(), .maxQueued = args.maxQueued});
  ServedModel served = serve(model, engine);
  if (!args.name.empty())
    served.name = args.name;
  auto server = Server::start(args.server, served);
  if (!server)
    return reportUsage(server.error().message());
  printBanner(model, {.name = served.name,
                      .address = args.server.address,
                      .port = (*server)->port(),
                      .isInsecure = !isLoopback(args.server.address)});
  std::chrono::duration<double> seconds = Clock::now() - start;
  logEvent(
      LogLevel::Info, "serve", "ready",
      {{"model", served.name}, {"seconds", std::to_string(seconds.count())}});
  shutdown.wait();
  (*server)->beginDrain();
  logEvent(LogLevel::Info, "serve", "draining");
  auto deadline = Clock::now() + std::chrono::seconds(args.shutdownSeconds);
  bool isClean = (*server)->stop(deadline) && engine.drain(deadline);
  logEvent(isClean ? LogLevel::Info : LogLevel::Warning, "serve", "stopped",
           {{"cut", isClean ? "no" : "yes"}});
  return isClean ? kExitOk : kExitFailure;
}

static int runServe(const ServeArguments &args) {
  auto start = Clock::now();
  setLogLevel(args.logLevel);
  if (Status status = checkAddress(args); !status.ok())
    return report(status);
  Shutdown shutdown;
  // Before all other threads, which must not get the signals.
  SignalWatcher watcher([&](int signal) { shutdown.onSignal(signal); });
  auto model = loadModel(args.model, logProgress());
  if (!model)
    return report(model.error());
  return serveUntilSignal(**model, args, shutdown, start);
}

static void addServerFlags(CLI::App &app, ServeArguments &args) {
  app.add_option("--host", args.server.address, "Address to listen on")
      ->capture_default_str();
  app.add_option("--port", args.server.port, "0: any that is free")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--served-model-name", args.name,
                 "What requests call the model [the artifact's name]");
  app.add_option("--allowed-host", args.server.allowedHosts,
                 "A name that requests to a loopback address may give as Host");
  app.add_flag("--insecure-no-auth", args.insecure,
               "Let other machines use the model: nothing asks for a key");
  app.add_option("--max-queued-requests", args.maxQueued,
                 "Requests that wait, at most")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--shutdown-timeout", args.shutdownSeconds,
                 "Seconds that answers have to end after SIGINT or SIGTERM")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  std::map<std::string, LogLevel> levels = {{"debug", LogLevel::Debug},
                                            {"info", LogLevel::Info},
                                            {"warning", LogLevel::Warning},
                                            {"error", LogLevel::Error}};
  app.add_option("--log-level", args.logLevel, "Least level that is logged")
      ->transform(CLI::CheckedTransformer(levels));
}

Command addServe(CLI::App &app) {
  auto args = std::make_shared<ServeArguments>();
  addModelFlags(app, args->model);
  addBatchFlags(app, args->model);
  addServerFlags(app, *args);
  return [args] { return runServe(*args); };
}

} // namespace g4rt
