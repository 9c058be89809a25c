//===- Compile.cpp - g4c compile ------------------------------------------===//

#include "codegen/cpu/CpuTarget.h"
#include "compiler/pipeline/Pipeline.h"
#include "compiler/quantize/PolicyFile.h"
#include "runtime/artifact/ArtifactFile.h"
#include "runtime/base/AtomicFile.h"
#include "tools/cli/Console.h"
#include "tools/cli/Sizes.h"
#include "tools/g4c/Canary.h"
#include "tools/g4c/Commands.h"
#include "tools/g4c/FormatBudget.h"
#include "tools/g4c/Label.h"
#include "tools/g4c/Progress.h"
#include "tools/g4c/Targets.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <optional>

namespace g4 {

namespace {

struct CompileArguments {
  std::string model, output, weights = "auto", kvCache = "auto",
                             chatTemplate = "auto", name, mmproj;
  std::string activations = "auto";
  std::vector<std::string> targets = {"native"};
  std::string compileTo = "pack", compileFrom = "import", inputIr;
  std::string dumpFolder, progress = "auto";
  std::string labelText, calibration;
  FormatBudget budget;
  float skipExpertsBelow = 0;
  bool remarks = false, searchScales = false;
  std::optional<uint64_t> syntheticSeed;
  bool writeWeights = false;
  bool wholeKeys = false;
  bool mergeLaunches = false;
  std::vector<std::string> towers;
};

} // namespace

static std::vector<std::string> phaseNames() {
  return {kPhaseNames.begin(), kPhaseNames.end()};
}

std::string checkWeights(const std::string &weights) {
  if (weights == "auto" || llvm::sys::fs::exists(weights))
    return "";
  auto policy = findPolicy(weights);
  return policy ? ""
                : policy.error().message() +
                      "; auto keeps what the checkpoint has";
}

/// Errors and warnings, and remarks where asked, as lines on stderr.
static void printDiagnostics(mlir::MLIRContext &context, bool remarks) {
  context.getDiagEngine().registerHandler([remarks](mlir::Diagnostic &d) {
    using Severity = mlir::DiagnosticSeverity;
    bool isError = d.getSeverity() == Severity::Error;
    bool isWarning = d.getSeverity() == Severity::Warning;
    const char *kind = isError ? "error" : isWarning ? "warning" : "remark";
    if (!isError && !isWarning && !remarks)
      return mlir::success();
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << kind << ": ";
    if (!mlir::isa<mlir::UnknownLoc>(d.getLocation()))
      stream << d.getLocation() << ": ";
    stream << d;
    printMessage("g4c", text);
    return mlir::success();
  });
}

/// Whether the output can be made: known before the work, not after it.
static g4rt::Status checkOutput(const std::string &path) {
  if (path.empty())
    return g4rt::Status(); // stdout
  auto trial = g4rt::AtomicFile::create(path);
  return trial ? g4rt::Status() : std::move(trial).error();
}

/// Whether one of the targets is this machine's: then it can make the canary.
static bool
runsHere(const std::vector<std::unique_ptr<KernelBackend>> &backends) {
  const CpuTarget *native = nativeCpuTarget(); // targets rise after it
  return native && llvm::any_of(backends, [&](const auto &backend) {
           const CpuTarget *target = findCpuTarget(backend->name());
           return target && target >= native;
         });
}

/// What it lost is what somebody who asks for a label wants to know first.
static int printLabelOf(const std::string &path) {
  auto file = g4rt::ArtifactFile::open(path);
  if (!file)
    return report(file.error());
  auto label = g4rt::readLabel(file->tables(), file->file());
  if (!label)
    return report(label.error());
  printLabel(*label);
  return kExitOk;
}

static CompileOptions
optionsOf(const CompileArguments &arguments,
          std::vector<std::unique_ptr<KernelBackend>> backends) {
  return {
      .model = arguments.model,
      .output = arguments.output,
      .weights = arguments.weights,
      .activations = arguments.activations,
      .searchScales = arguments.searchScales,
      .kvCache = arguments.kvCache,
      .wholeKeys = arguments.wholeKeys,
      .mergeLaunches = arguments.mergeLaunches,
      .chatTemplate = arguments.chatTemplate,
      .vision = llvm::is_contained(arguments.towers, "vision"),
      .mmproj = arguments.mmproj,
      .name = arguments.name,
      .syntheticSeed = arguments.syntheticSeed,
      .writeSyntheticWeights = arguments.writeWeights,
      .backends = std::move(backends),
      .first = *findPhase(arguments.compileFrom),
      .inputIr = arguments.inputIr,
      .last = *findPhase(arguments.compileTo),
      .dumpFolder = arguments.dumpFolder,
      .outputIr = arguments.output,
      .takeIr = {},
      .makeCanary = {},
      .skipExpertsBelow = arguments.skipExpertsBelow,
      .progress = {},
  };
}

/// What is wrong with the command line; empty if nothing is.
static std::string usageError(const CompileArguments &arguments,
                              const CompileOptions &options, bool hasTarget) {
  if (options.first > options.last)
    return "--compile-from must not come after --compile-to";
  if (options.model.empty())
    return "MODEL is empty";
  if (options.last == Phase::Pack && options.output.empty())
    return "compile needs -o FILE";
  if (options.vision &&
      (options.first != Phase::Import || options.last > Phase::Fuse))
    return "--towers needs --compile-to import, quantize or fuse: the phases "
           "after them have no kernels for towers";
  if (options.first != Phase::Import && options.inputIr.empty())
    return "--compile-from needs --input FILE";
  if (options.first == Phase::Import && !options.inputIr.empty())
    return "--input needs --compile-from, a phase after import";
  if (g4rt::Status status = checkOutput(options.output); !status.ok())
    return status.message();
  if (!arguments.labelText.empty() &&
      (options.last != Phase::Pack || !hasTarget))
    return "--label runs the artifact: needs the phase pack and a target of "
           "this machine";
  if (arguments.budget.isAsked() &&
      (options.first != Phase::Import || options.last != Phase::Pack))
    return "--max-size and --max-kl need all phases";
  return "";
}

/// The files that the command line names. A policy is read to be refused before
/// the label's reference is compiled.
static g4rt::Status readInputs(const CompileArguments &arguments,
                               CompileOptions &options,
                               mlir::MLIRContext &context) {
  if (arguments.weights != "auto")
    if (auto policy = findPolicy(arguments.weights); !policy)
      return std::move(policy).error();
  if (!arguments.calibration.empty()) {
    G4RT_ASSIGN(CalibrationFile calibration,
                CalibrationFile::read(arguments.calibration));
    options.calibration =
        std::make_shared<const CalibrationFile>(std::move(calibration));
  }
  if (!arguments.labelText.empty()) {
    // What is chosen for a budget is no float format.
    std::string reference = arguments.budget.isAsked()
                                ? "bf16"
                                : referenceWeights(arguments.weights);
    G4RT_ASSIGN(options.label,
                prepareLabel(arguments.labelText, reference, options, context));
  }
  if (arguments.budget.isAsked()) {
    G4RT_ASSIGN(std::string chosen, chooseFormats(arguments.budget, options));
    std::printf("formats    %s\n", chosen.c_str());
  }
  return g4rt::Status();
}

static g4rt::Status readAndCompile(const CompileArguments &arguments,
                                   CompileOptions &options) {
  Progress progress(arguments.progress);
  options.progress = [&](Phase phase, uint64_t done, uint64_t total) {
    progress.update(phase, done, total);
  };
  mlir::MLIRContext context;
  printDiagnostics(context, arguments.remarks);
  G4RT_TRY(readInputs(arguments, options, context));
  g4rt::Status status = compile(options, context);
  progress.finish(status.ok());
  return status;
}

static int runCompile(const CompileArguments &arguments) {
  auto backends = makeBackends(arguments.targets);
  if (!backends) {
    report(backends.error());
    return kExitUsage;
  }
  CompileOptions options = optionsOf(arguments, *std::move(backends));
  bool hasTarget = runsHere(options.backends);
  if (std::string what = usageError(arguments, options, hasTarget);
      !what.empty()) {
    printMessage("g4c", what);
    return kExitUsage;
  }
  // Weights from a seed may be more than this machine's memory.
  if (hasTarget && !options.syntheticSeed)
    options.makeCanary = makeCanary;
  g4rt::Status status = readAndCompile(arguments, options);
  if (!status.ok())
    return report(status);
  return options.label ? printLabelOf(options.output) : int(kExitOk);
}

Command addCompile(CLI::App &app) {
  auto args = std::make_shared<CompileArguments>();
  app.add_option(
         "MODEL", args->model,
         "Folder with config.json, *.safetensors and tokenizer.json, or a "
         "GGUF file")
      ->required();
  app.add_option("-o,--output", args->output,
                 "The artifact, or the IR where --compile-to stops earlier");
  app.add_option("--target", args->targets,
                 "Targets, separated by commas: native, or names that `g4c "
                 "targets` lists [native]")
      ->delimiter(',');
  app.add_option(
         "--weights", args->weights,
         "How weights are stored: auto (as the checkpoint), a preset or format "
         "of docs/quantization.md, such as bf16, int8, q8, q4, or a policy "
         "file")
      ->check(CLI::Validator(checkWeights, "NAME|FILE"));
  app.add_option("--max-size", args->budget.maxBytes,
                 "Choose formats by what they lose: those that lose least in "
                 "an artifact of at most so many bytes, such as 13GiB")
      ->transform(CLI::Validator(readByteCount, "BYTES"))
      ->excludes("--weights");
  auto *maxKl =
      app.add_option("--max-kl", args->budget.maxKl,
                     "Choose formats by what they lose: the smallest artifact "
                     "whose mean KL on the label's text (its answers, if it "
                     "has any) is at most this; needs --label")
          ->check(CLI::Range(1e-9, 100.0))
          ->excludes("--weights");
  app.add_option("--activations", args->activations,
                 "What dots with integer weights of groups read on a CPU: "
                 "bf16, int8 (integers in groups of 32), or auto, which is "
                 "int8; a GPU reads bf16")
      ->check(CLI::IsMember({"auto", "bf16", "int8"}));
  app.add_flag(
      "--scale-search", args->searchScales,
      "Search the scales of 4 and 6 bits that lose least: slower; with "
      "--calibration FILE weighted by what linears read");
  app.add_option("--kv-cache-dtype", args->kvCache,
                 "How keys and values are cached: auto (as the weights; bf16 "
                 "with int4), f32, bf16, int8 or fp8")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int8", "fp8"}));
  app.add_flag("--whole-keys", args->wholeKeys,
               "Cache keys whole also where most of a key is its value: for "
               "comparison");
  app.add_flag("--merge-launches", args->mergeLaunches,
               "GPUs: small steps launch kernels that need nothing of each "
               "other together");
  auto *synthetic =
      app.add_option("--synthetic-weights", args->syntheticSeed,
                     "Compile config.json alone: g4rt makes random weights "
                     "from this SEED")
          ->transform(CLI::Validator(readSeed, "SEED"));
  app.add_flag("--write-weights", args->writeWeights,
               "Put the random weights into the artifact all the same")
      ->needs(synthetic);
  auto *label =
      app.add_option(
             "--label", args->labelText,
             "Put into the artifact what it loses on this text, as `g4c "
             "evaluate` says it, against bf16 (f32 for bf16 weights)")
          ->excludes(synthetic);
  maxKl->needs(label);
  app.add_option("--skip-experts-below", args->skipExpertsBelow,
                 "Drop a chosen expert whose weight, of all that a token "
                 "chooses, is below this; the label says what is lost")
      ->check(CLI::Range(0.0F, 1.0F))
      ->needs(label);
  app.add_option("--calibration", args->calibration,
                 "What `g4c calibrate` found: its expert counts go into the "
                 "artifact, and --scale-search weights errors by it");
  app.add_option("--name", args->name,
                 "The model's name for clients [the folder's]");
  app.add_option("--chat-template", args->chatTemplate,
                 "auto, gemma4-large or gemma4-small")
      ->check(CLI::IsMember({"auto", "gemma4-large", "gemma4-small"}));
  auto *towers =
      app.add_option(
             "--towers", args->towers,
             "Import the tower of pictures, too: vision; up to the phase "
             "fuse")
          ->delimiter(',')
          ->check(CLI::IsMember({"vision"}));
  app.add_option("--mmproj", args->mmproj,
                 "GGUF file with the tower of a model in a GGUF file")
      ->needs(towers);
  app.add_option("--compile-to", args->compileTo, "Last phase [pack]")
      ->check(CLI::IsMember(phaseNames()));
  app.add_option("--compile-from", args->compileFrom,
                 "First phase; needs the IR that the one before left")
      ->check(CLI::IsMember(phaseNames()));
  app.add_option("--input", args->inputIr, "IR for --compile-from");
  app.add_option("--dump-phases", args->dumpFolder,
                 "Folder for the IR after each phase");
  app.add_option("--progress", args->progress,
                 "auto (bars on a terminal), json (a line an event), none")
      ->check(CLI::IsMember({"auto", "json", "none"}));
  app.add_flag("--remarks", args->remarks, "Say why a fusion did not happen");
  return [args] { return runCompile(*args); };
}

} // namespace g4
