//===- Plan.cpp - g4c plan ------------------------------------------------===//
//
// The memory plan of an artifact, or of a model that was not compiled: then the
// phases up to plan run, which read config.json alone and take a second. The
// plan is the loader's own (runtime/exec/MemoryPlan.h).
//
//===----------------------------------------------------------------------===//

#include "compiler/pack/PlanTables.h"
#include "compiler/pipeline/Pipeline.h"
#include "runtime/artifact/ArtifactFile.h"
#include "runtime/exec/PlanText.h"
#include "tools/cli/Sizes.h"
#include "tools/g4c/Commands.h"
#include "tools/g4c/Targets.h"

#include "mlir/IR/MLIRContext.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace g4 {

using g4rt::ArtifactFile;
using g4rt::PlannedProgram;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

namespace {

struct PlanArguments {
  std::string model, target, weights = "auto", kvCache = "auto";
  g4rt::ExecutorOptions executor{
      .maxSequences = 0, .maxModelLength = 0, .maxStepTokens = 0};
  uint64_t memory = 0; // 0: no limit
  double utilization = 0.9;
  bool asJson = false, wholeKeys = false;
};

/// Where the tables of the programs lie.
struct PlanSource {
  std::optional<ArtifactFile> file;
  std::vector<flatbuffers::DetachedBuffer> tables;
  std::vector<PlannedProgram> programs; // in the order of preference
};

struct PrintedPlan {
  std::string text;
  Status fit; // ResourceExhausted if it does not fit
};

} // namespace

static void addPrograms(PlanSource &source, const artifact::Artifact &root) {
  for (const artifact::Variant *variant : *root.variants())
    source.programs.push_back({&root, variant});
}

/// What a compilation would read, where MODEL is a folder, its config.json or a
/// GGUF file; else MODEL is an artifact.
static std::optional<std::string> checkpointOf(const std::string &model) {
  std::filesystem::path path(model);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored) ||
      path.extension() == ".gguf")
    return model;
  if (path.filename() != "config.json")
    return std::nullopt;
  return path.has_parent_path() ? path.parent_path().string() : ".";
}

/// Plans one target. Alone, because the targets of a file share its caches, and
/// what one cannot read well would change the plan of all.
static Status planTarget(const PlanArguments &args,
                         const std::string &checkpoint,
                         const std::string &target, PlanSource &source) {
  CompileOptions options;
  options.model = checkpoint;
  options.weights = args.weights;
  options.kvCache = args.kvCache;
  options.wholeKeys = args.wholeKeys;
  options.last = Phase::Plan;
  G4RT_ASSIGN(options.backends, makeBackends({target}));
  options.takeIr = [&](mlir::ModuleOp module) -> Status {
    for (auto variant : module.getOps<mlir::ModuleOp>()) {
      G4RT_ASSIGN(auto tables, writePlanTables(variant));
      source.tables.push_back(std::move(tables));
    }
    return Status();
  };
  mlir::MLIRContext context;
  return compile(options, context);
}

/// The target that is asked for, then those of the cards.
static Result<PlanSource> compileToPlan(const PlanArguments &args,
                                        const std::string &checkpoint) {
  std::vector<std::string> targets = {args.target.empty() ? "native"
                                                          : args.target};
  for (const g4rt::Card &card : g4rt::knownCards())
    if (std::string target = card.target();
        std::ranges::find(targets, target) == targets.end())
      targets.push_back(std::move(target));
  PlanSource source;
  for (const std::string &target : targets)
    G4RT_TRY(planTarget(args, checkpoint, target, source));
  for (const auto &tables : source.tables)
    addPrograms(source, *artifact::GetSizePrefixedArtifact(tables.data()));
  return source;
}

static Result<PlanSource> openSource(const PlanArguments &args) {
  if (std::optional<std::string> checkpoint = checkpointOf(args.model))
    return compileToPlan(args, *checkpoint);
  PlanSource source;
  G4RT_ASSIGN(source.file, ArtifactFile::open(args.model));
  addPrograms(source, source.file->root());
  return source;
}

/// The program of --target; without it the first of a file, native's of a
/// model.
static Result<PlannedProgram> choose(const PlanSource &source,
                                     const PlanArguments &args) {
  std::string names;
  for (const PlannedProgram &planned : source.programs) {
    std::string name = planned.variant->target()->str();
    bool isCpu = planned.variant->device() == artifact::DeviceKind::cpu;
    bool isDefault =
        source.file ? args.target.empty()
                    : isCpu && (args.target.empty() || args.target == "native");
    if (name == args.target || isDefault)
      return planned;
    names += (names.empty() ? "" : ", ") + name;
  }
  return Status(StatusCode::NotFound,
                "--target " + args.target + ": the file has " + names);
}

/// --memory in the terms of a report: what the plan may take of it, and what
/// stays for the process or, on a GPU, for others.
static void setLimit(g4rt::ReportOptions &options, const PlanArguments &args,
                     bool isCpu) {
  auto used = static_cast<uint64_t>(static_cast<double>(args.memory) *
                                    args.utilization);
  options.marginBytes = isCpu ? g4rt::kProcessBytes : args.memory - used;
  if (args.memory)
    options.limitBytes = args.memory;
}

static Result<PrintedPlan> planOf(const PlanArguments &args) {
  G4RT_ASSIGN(PlanSource source, openSource(args));
  G4RT_ASSIGN(PlannedProgram planned, choose(source, args));
  g4rt::ReportOptions options{.executor = args.executor,
                              .gpuMemoryUtilization = args.utilization};
  setLimit(options, args,
           planned.variant->device() == artifact::DeviceKind::cpu);
  std::optional<uint64_t> available = options.limitBytes;
  if (available)
    *available -= std::min(*available, options.marginBytes);
  g4rt::MayShrink may{.sequences = args.executor.maxSequences == 0,
                      .stepTokens = args.executor.maxStepTokens == 0};
  G4RT_ASSIGN(g4rt::FittedPlan fitted, fitPlan(*planned.root, *planned.variant,
                                               args.executor, may, available));
  options.executor.maxModelLength = fitted.executor.maxModelLength;
  G4RT_ASSIGN(g4rt::PlanReport report,
              makeReport(planned, fitted.memory, source.programs, options));
  return PrintedPlan{args.asJson
                         ? g4rt::json::serialize(planJson(report)) + "\n"
                         : planText(report),
                     fitted.fit};
}

/// Prints the plan also where it does not fit, which is what it fails with.
static Status runPlan(const PlanArguments &args) {
  G4RT_ASSIGN(PrintedPlan plan, planOf(args));
  std::fputs(plan.text.c_str(), stdout);
  return plan.fit;
}

Command addPlan(CLI::App &app) {
  auto args = std::make_shared<PlanArguments>();
  app.add_option(
         "MODEL", args->model,
         "An artifact, or a model: its folder, config.json or GGUF file")
      ->required();
  app.add_option("--target", args->target,
                 "Whose plan: native, or a name that `g4c targets` lists [the "
                 "file's first; of a model native]");
  app.add_option(
         "--weights", args->weights,
         "How weights of a model are stored: auto, a preset or format of "
         "docs/quantization.md, or a policy file")
      ->check(CLI::Validator(checkWeights, "NAME|FILE"));
  app.add_option("--kv-cache-dtype", args->kvCache,
                 "How a model's keys and values are cached")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8", "fp8"}));
  app.add_flag("--whole-keys", args->wholeKeys,
               "A model's keys are cached whole, as g4c compile has it");
  app.add_option("--max-num-seqs,--parallel", args->executor.maxSequences,
                 "Answers at the same time [16; on a GPU 64]")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}));
  app.add_option("--max-model-len,--ctx-size,-c", args->executor.maxModelLength,
                 "Tokens of one sequence: a number, 32k, or auto [auto: 4096 "
                 "at most]")
      ->transform(CLI::Validator(readTokenCount, "TOKENS"));
  app.add_option("--max-num-batched-tokens,-b", args->executor.maxStepTokens,
                 "Tokens of one step [256; on a GPU 2048]")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}));
  app.add_option("--long-prefill-token-threshold",
                 args->executor.maxChunkTokens,
                 "Tokens of one prompt in a step [1024]")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}));
  app.add_option("--memory", args->memory,
                 "What the model may take, such as 20GiB [anything]")
      ->transform(CLI::Validator(readByteCount, "BYTES"));
  app.add_option("--gpu-memory-utilization", args->utilization,
                 "Share of a GPU's memory that may be in use")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  app.add_flag("--json", args->asJson, "The same numbers, for programs");
  return [args] {
    Status status = runPlan(*args).during("planning " + args->model);
    return status.ok() ? int(kExitOk) : report(status);
  };
}

} // namespace g4
