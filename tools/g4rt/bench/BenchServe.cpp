//===- BenchServe.cpp - g4rt bench serve ----------------------------------===//
//
// Loads a server of OpenAI's API, ours or another, and prints what its clients
// got, in the forms of `vllm bench serve`, whose flags these are.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/AtomicFile.h"
#include "tools/cli/Console.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/bench/BenchModel.h"
#include "tools/g4rt/bench/BenchReport.h"
#include "tools/g4rt/bench/Datasets.h"

#include <cstdio>
#include <map>
#include <span>
#include <unistd.h>

namespace g4rt {

namespace {

struct BenchArguments {
  std::string url = "http://127.0.0.1:8000";
  std::string apiKey;
  std::string resultFile;
  std::vector<std::string> goodput;
  ServeRunOptions run;
  DatasetOptions dataset;
  BenchReportOptions report;
};

} // namespace

/// The first model that the server has.
static Result<std::string> firstModel(const ServerAddress &server) {
  G4RT_ASSIGN(json::value models, getJson(server, "/v1/models"));
  json::error_code error;
  const json::value *id = models.find_pointer("/data/0/id", error);
  if (!id || !id->is_string())
    return Status(StatusCode::Unavailable,
                  "/v1/models: names no model; --model does");
  return std::string(id->get_string());
}

static Status prepare(BenchArguments &args) {
  G4RT_ASSIGN(args.run.server, parseServerUrl(args.url));
  args.run.server.apiKey = args.apiKey;
  G4RT_ASSIGN(args.report.goodput, parseGoodput(args.goodput));
  if (args.run.model.empty()) {
    G4RT_ASSIGN(args.run.model, firstModel(args.run.server));
  }
  if (args.run.maxConcurrency == 0)
    args.run.maxConcurrency = static_cast<int64_t>(args.dataset.numPrompts);
  args.run.seed = args.dataset.seed;
  args.report.model = args.run.model;
  args.report.requestRate = args.run.requestRate;
  args.report.maxConcurrency = args.run.maxConcurrency;
  return Status();
}

/// On a terminal alone.
static void showProgress(size_t numEnded, size_t numRequests) {
  if (::isatty(STDERR_FILENO))
    std::fprintf(stderr, "\r%zu of %zu%s", numEnded, numRequests,
                 numEnded == numRequests ? "\n" : "");
}

static Status writeText(const std::string &path, const std::string &text) {
  return writeFileAtomically(path, std::as_bytes(std::span(text)));
}

/// Says on stderr why requests failed: each reason once.
static void printErrors(const ServeRunResult &result) {
  std::map<std::string, size_t> reasons;
  for (const RequestTiming &timing : result.timings)
    if (!timing.isWhole())
      ++reasons[timing.error];
  for (const auto &[reason, count] : reasons)
    g4::printMessage("g4rt bench",
                     std::to_string(count) + " requests failed: " + reason);
}

static int runBenchServe(BenchArguments args) {
  if (Status status = prepare(args); !status.ok()) {
    int code = report(status);
    return status.code() == StatusCode::Unavailable ? kExitFailure : code;
  }
  auto requests = makeDataset(args.dataset);
  if (!requests)
    return reportUsage(requests.error().message());
  ServeRunResult result =
      runRequests(args.run, *requests, [&](size_t numEnded) {
        showProgress(numEnded, requests->size());
      });
  json::object object = benchJson(result, args.report);
  std::fputs(benchText(object, args.report).c_str(), stdout);
  printErrors(result);
  if (!args.resultFile.empty())
    if (Status status = writeText(args.resultFile, json::serialize(object));
        !status.ok())
      return report(status);
  return object.at("failed") == 0 ? kExitOk : kExitFailure;
}

static void addServerFlags(CLI::App &app, BenchArguments &args) {
  app.add_option("--url,--base-url", args.url, "Where the server is")
      ->capture_default_str();
  app.add_option("--api-key", args.apiKey, "Sent as a bearer token");
  app.add_option("--model", args.run.model,
                 "What requests call the model [the server's first one]");
  app.add_option("--num-prompts", args.dataset.numPrompts, "Requests in all")
      ->check(CLI::Range(size_t{1}, size_t{1} << 20))
      ->capture_default_str();
  app.add_option("--max-concurrency", args.run.maxConcurrency,
                 "Requests at one time at most [all]")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 16));
  app.add_option("--request-rate", args.run.requestRate,
                 "Requests a second, at random times; 0: all at once")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--temperature", args.run.temperature)
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_flag("--ignore-eos", args.run.ignoreEos,
               "Ask for answers of exactly --output-len tokens");
}

static void addDatasetFlags(CLI::App &app, DatasetOptions &dataset) {
  app.add_option("--dataset-name", dataset.name,
                 "random words; fixed: --prompt; sharegpt: --dataset-path; "
                 "svg: the drawings of the page's agents")
      ->check(CLI::IsMember({"random", "fixed", "sharegpt", "svg"}))
      ->capture_default_str();
  app.add_option("--dataset-path", dataset.path, "A file in ShareGPT's form");
  app.add_option("--prompt", dataset.prompt, "Of the dataset fixed");
  app.add_option("--input-len,--random-input-len", dataset.inputLength,
                 "Words of a random prompt")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--output-len,--random-output-len", dataset.outputLength,
                 "Tokens of an answer at most")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--seed", dataset.seed, "Of random prompts and times")
      ->capture_default_str();
}

static void addReportFlags(CLI::App &app, BenchArguments &args) {
  app.add_option(
      "--goodput", args.goodput,
      "What a good request keeps, in ms: ttft:200 tpot:30 e2el:5000");
  app.add_option("--metric-percentiles", args.report.percentiles, "As 50,90,99")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--result-filename", args.resultFile,
                 "Write the figures and all times as JSON");
}

Command addBench(CLI::App &app) {
  auto args = std::make_shared<BenchArguments>();
  CLI::App *serve =
      app.add_subcommand("serve", "Load a server, time its answers");
  app.require_subcommand(0, 1);
  addServerFlags(*serve, *args);
  addDatasetFlags(*serve, args->dataset);
  addReportFlags(*serve, *args);
  Command model = addBenchModel(app);
  return [=] { return serve->parsed() ? runBenchServe(*args) : model(); };
}

} // namespace g4rt
