//===- Evaluate.cpp - g4c evaluate ----------------------------------------===//

#include "runtime/evaluate/Evaluation.h"
#include "tools/g4c/Commands.h"
#include "tools/g4c/EvaluationReport.h"

#include <cstdio>
#include <unistd.h>

namespace g4 {

using g4rt::Evaluation;
using g4rt::EvaluationOptions;

static constexpr const char *kHelp =
    "A text whose name ends in .jsonl has a line for each sequence: "
    "{\"text\"}, "
    "{\"prompt\", \"answer\"} or {\"messages\", \"answer\"}; any other is "
    "plain "
    "text. KL is that of the reference's probabilities to the file's, in nats. "
    "\"experts\": the share of rows that some layer sends to other experts.";

void showTokens(int64_t done, int64_t total) {
  std::fprintf(stderr, "\r%lld of %lld tokens", static_cast<long long>(done),
               static_cast<long long>(total));
  if (done == total)
    std::fprintf(stderr, "\r\x1b[K");
}

static int runEvaluate(EvaluationOptions options, bool asJson) {
  if (isatty(STDERR_FILENO))
    options.progress = showTokens;
  auto evaluation = g4rt::evaluate(options);
  if (!evaluation)
    return report(evaluation.error());
  if (asJson)
    std::printf("%s\n",
                g4rt::json::serialize(evaluationJson(*evaluation)).c_str());
  else
    printEvaluation(*evaluation);
  return kExitOk;
}

Command addEvaluate(CLI::App &app) {
  struct Arguments {
    EvaluationOptions options;
    bool json = false;
  };
  auto args = std::make_shared<Arguments>();
  EvaluationOptions &options = args->options;
  app.add_option("FILE", options.model, "The artifact that is judged")
      ->required();
  app.add_option("--reference", options.reference,
                 "The artifact that it is compared with")
      ->required();
  app.add_option("--text", options.text, "What both read")->required();
  app.add_option("--floor", options.floor,
                 "The reference in another float type: its differences are "
                 "rounding");
  app.add_option("--window", options.window,
                 "Tokens of a sequence of plain text")
      ->check(CLI::Range(int64_t{2}, int64_t{1} << 20))
      ->capture_default_str();
  app.add_option("--category-key", options.categoryKey,
                 "The key of a line that says its category")
      ->capture_default_str();
  app.add_option("--threads,-t", options.numThreads,
                 "Threads that compute [one for each core]")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--json", args->json, "For programs");
  app.footer(kHelp);
  return [args] { return runEvaluate(args->options, args->json); };
}

} // namespace g4
