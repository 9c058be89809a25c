//===- Predict.cpp - g4c predict ------------------------------------------===//
//
// How long an artifact's steps take on a GPU that need not be there, by the
// model of runtime/predict; docs/tuning.md says how far to trust it.
//
//===----------------------------------------------------------------------===//

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/exec/MemoryPlan.h"
#include "runtime/predict/PredictionText.h"
#include "tools/cli/Sizes.h"
#include "tools/g4c/Commands.h"

#include <cstdio>

namespace g4 {

using g4rt::ArtifactFile;
using g4rt::PredictedStep;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

namespace {

struct PredictArguments {
  std::string file, gpu;
  std::vector<int64_t> sessions = {1, 10, 100};
  int64_t context = 1024;
  size_t numKernels = 12;
  bool asJson = false;
};

} // namespace

Result<const artifact::Variant *> variantFor(const artifact::Artifact &root,
                                             const g4rt::Card &card) {
  std::string names;
  for (const artifact::Variant *variant : *root.variants()) {
    if (card.runs(*variant))
      return variant;
    names += (names.empty() ? "" : ", ") + variant->target()->str();
  }
  return Status(StatusCode::NotFound,
                card.name + " runs none of the file's targets, which are " +
                    names + "; g4c compile --target " + card.target() +
                    " makes code for it");
}

static Status checkContext(int64_t context, const artifact::Model &model) {
  if (context <= model.max_positions())
    return Status();
  return Status(StatusCode::InvalidArgument,
                "context " + std::to_string(context) +
                    ": the model was made for " +
                    std::to_string(model.max_positions()) + " positions");
}

static Result<g4rt::PredictionReport> reportOf(const ArtifactFile &file,
                                               const PredictArguments &args) {
  G4RT_ASSIGN(g4rt::Card card, g4rt::findCard(args.gpu));
  G4RT_ASSIGN(g4rt::Machine machine, machineOf(card));
  G4RT_TRY(checkContext(args.context, *file.root().model()));
  G4RT_ASSIGN(const artifact::Variant *variant, variantFor(file.root(), card));
  g4rt::PredictionReport report{.model = file.root().model()->name()->str(),
                                .target = variant->target()->str(),
                                .machine = machine,
                                .context = args.context,
                                .numKernels = args.numKernels};
  for (int64_t sessions : args.sessions) {
    PredictedStep step = PredictedStep::decode(sessions, args.context);
    G4RT_ASSIGN(auto predicted,
                predictStep(file.root(), *variant, step, machine));
    report.decode.push_back(std::move(predicted));
  }
  G4RT_ASSIGN(report.prompt, predictPrompt(file.root(), *variant, args.context,
                                           g4rt::kDefaultChunkTokens, machine));
  return report;
}

static Status runPredict(const PredictArguments &args) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(args.file));
  G4RT_ASSIGN(g4rt::PredictionReport report, reportOf(file, args));
  std::string text = args.asJson
                         ? g4rt::json::serialize(predictionJson(report)) + "\n"
                         : predictionText(report);
  std::fputs(text.c_str(), stdout);
  return Status();
}

Command addPredict(CLI::App &app) {
  auto args = std::make_shared<PredictArguments>();
  app.add_option("FILE", args->file, "An artifact")->required();
  app.add_option("--gpu", args->gpu,
                 "A GPU that `g4c targets --gpus` lists, such as \"RTX 4090\"")
      ->required();
  app.add_option("--sessions", args->sessions,
                 "Answers at the same time, a list")
      ->delimiter(',')
      ->check(CLI::Range(int64_t{1}, int64_t{65536}))
      ->capture_default_str();
  app.add_option("--context,-c", args->context,
                 "Tokens that each session has behind it, and of the prompt "
                 "whose first token is waited for")
      ->check(CLI::Range(int64_t{1}, kMaxTokenCount))
      ->capture_default_str();
  app.add_option("--kernels", args->numKernels,
                 "Kernels shown of each step, the longest first; 0: all")
      ->capture_default_str();
  app.add_flag("--json", args->asJson, "The same numbers, for programs");
  return [args] {
    Status status = runPredict(*args).during("predicting " + args->file);
    return status.ok() ? int(kExitOk) : report(status);
  };
}

} // namespace g4
