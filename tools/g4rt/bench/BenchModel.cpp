//===- BenchModel.cpp - g4rt bench FILE -----------------------------------===//
//
// llama-bench's table of a model, in this process.
//
//===----------------------------------------------------------------------===//

#include "tools/g4rt/bench/BenchModel.h"

#include "tools/g4rt/ModelFlags.h"
#include "tools/g4rt/bench/ModelBench.h"
#include "tools/g4rt/bench/ModelReport.h"

#include <algorithm>
#include <cstdio>
#include <thread>
#include <unistd.h>

namespace g4rt {

namespace {

struct ModelArguments {
  ModelFlags model;
  ModelTestLists lists;
  int repetitions = 5;
  bool explain = false;
  std::string output = "text";
};

} // namespace

static constexpr const char *kHelp =
    "pp128: a prompt of 128 tokens; tg32 x8: 32 tokens one after the other in "
    "each of 8 sessions; @ d4096: after 4096 positions. GB/s counts what a "
    "step needs of weights (of experts those that its rows chose) and caches, "
    "once. The roofs, which shares are of, are measured in the same run.";

/// Threads that compute; 0 on a GPU.
static int numThreadsOf(const ModelArguments &args, const LoadedModel &model) {
  if (model.device().kind() != artifact::DeviceKind::cpu)
    return 0;
  return args.model.threads > 0
             ? args.model.threads
             : static_cast<int>(std::thread::hardware_concurrency());
}

static ModelReport reportOf(const LoadedModel &model, int numThreads) {
  return {.version = G4_VERSION,
          .model = std::string(model.name()),
          .device = std::string(model.device().name()),
          .target = model.variant().variant->target()->str(),
          .numThreads = numThreads,
          .weightBytes = static_cast<double>(model.memoryPlan().weightBytes),
          .roofs = numThreads > 0 ? measureRoofs(numThreads) : Roofs()};
}

/// On a terminal alone.
static void showProgress(const ModelTest &test) {
  if (::isatty(STDERR_FILENO))
    std::fprintf(stderr, "%s\n", test.name().c_str());
}

static Result<ModelReport> runTests(const ModelArguments &args,
                                    LoadedModel &model) {
  ModelReport report = reportOf(model, numThreadsOf(args, model));
  ModelBench bench(model);
  for (const ModelTest &test : args.lists.tests()) {
    showProgress(test);
    ModelReport::Line line;
    G4RT_ASSIGN(line.result, bench.run(test, args.repetitions));
    if (args.explain) {
      G4RT_ASSIGN(line.parts, bench.explain(test, report.roofs.readBandwidth));
    }
    report.lines.push_back(std::move(line));
  }
  return report;
}

static std::string render(const ModelReport &report, const std::string &form) {
  if (form == "json")
    return json::serialize(jsonOf(report)) + "\n";
  return form == "md" ? markdownOf(report) : textOf(report);
}

static int runBenchModel(ModelArguments args) {
  std::vector<ModelTest> tests = args.lists.tests();
  if (tests.empty())
    return reportUsage("bench: no test is left, needs -p or -n");
  // Room for the largest test, and no more.
  int64_t length = 0, sessions = 1;
  for (const ModelTest &test : tests) {
    length = std::max(length, test.length());
    sessions = std::max(sessions, test.numSessions);
  }
  if (args.model.maxModelLen == 0)
    args.model.maxModelLen = length;
  args.model.maxNumSeqs = sessions;
  auto model = loadModel(args.model);
  if (!model)
    return report(model.error());
  auto results = runTests(args, **model);
  if (!results)
    return report(results.error());
  std::fputs(render(*results, args.output).c_str(), stdout);
  return kExitOk;
}

static void addList(CLI::App &app, const char *names,
                    std::vector<int64_t> &values, const char *what,
                    int64_t smallest) {
  app.add_option(names, values, what)
      ->delimiter(',')
      ->check(CLI::Range(smallest, int64_t{1} << 20))
      ->capture_default_str();
}

Command addBenchModel(CLI::App &app) {
  auto args = std::make_shared<ModelArguments>();
  addModelFlags(app, args->model);
  app.get_option("FILE")->required(false); // bench serve has none
  addList(app, "-p,--n-prompt", args->lists.prompts,
          "Tokens of prompts, such as 128,512; 0: none", 0);
  addList(app, "-n,--n-gen", args->lists.answers, "Tokens of answers; 0: none",
          0);
  addList(app, "-d,--n-depth", args->lists.depths, "Positions before them", 0);
  addList(app, "-x,--sessions", args->lists.sessions,
          "Sessions that get an answer at the same time", 1);
  app.add_option("-b,--batch-size", args->model.maxNumBatchedTokens,
                 "Tokens of a prompt in one step [256; on a GPU 2048]")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}));
  app.add_option("-r,--repetitions", args->repetitions, "Of each test")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("-o,--output", args->output, "The form of the table")
      ->check(CLI::IsMember({"text", "json", "md"}))
      ->capture_default_str();
  app.add_flag("--explain", args->explain,
               "Where the time of a step goes, and its kernels");
  app.footer(kHelp);
  return [args] {
    if (args->model.file.empty())
      return reportUsage("bench needs FILE, or serve");
    return runBenchModel(*args);
  };
}

} // namespace g4rt
