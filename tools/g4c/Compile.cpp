//===- Compile.cpp - g4c compile ------------------------------------------===//

#include "codegen/cpu/CpuTarget.h"
#include "compiler/pipeline/Pipeline.h"
#include "runtime/base/AtomicFile.h"
#include "tools/g4c/Canary.h"
#include "tools/g4c/Commands.h"
#include "tools/g4c/Label.h"
#include "tools/g4c/Progress.h"
#include "tools/g4c/Targets.h"

#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <charconv>
#include <limits>
#include <optional>

namespace g4 {

namespace {

struct CompileArguments {
  std::string model, output, weights = "auto", chatTemplate = "auto", name;
  std::vector<std::string> targets = {"native"};
  std::string compileTo = "pack", compileFrom = "import", inputIr;
  std::string dumpFolder, progress = "auto";
  std::string labelText, calibration;
  float skipExpertsBelow = 0;
  bool remarks = false;
  std::optional<uint64_t> syntheticSeed;
  bool writeWeights = false;
};

} // namespace

static std::vector<std::string> phaseNames() {
  return {kPhaseNames.begin(), kPhaseNames.end()};
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
    llvm::errs() << "g4c: " << kind << ": ";
    if (!mlir::isa<mlir::UnknownLoc>(d.getLocation()))
      llvm::errs() << d.getLocation() << ": ";
    llvm::errs() << d << "\n";
    return mlir::success();
  });
}

/// CLI11 alone takes -1, 2^64, octal numbers and nothing at all for a number.
static std::string readSeed(std::string &text) {
  uint64_t seed = 0;
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, seed);
  if (error != std::errc() || rest != end)
    return "\"" + text + "\": needs a whole number from 0 to " +
           std::to_string(std::numeric_limits<uint64_t>::max());
  text = std::to_string(seed);
  return "";
}

/// Whether the output can be made: known before the work, not behind it.
static g4rt::Status checkOutput(const std::string &path) {
  if (path.empty())
    return g4rt::Status(); // stdout
  auto trial = g4rt::AtomicFile::create(path);
  return trial ? g4rt::Status() : std::move(trial).error();
}

/// Whether one of the targets is this machine's: then it can make the canary.
static bool
runsHere(const std::vector<std::unique_ptr<KernelBackend>> &backends) {
  const CpuTarget *native = nativeCpuTarget(); // targets rise behind it
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
  printLabel(*file);
  return kExitOk;
}

static int runCompile(const CompileArguments &arguments) {
  auto backends = makeBackends(arguments.targets);
  if (!backends) {
    report(backends.error());
    return kExitUsage;
  }
  CompileOptions options{
      .model = arguments.model,
      .output = arguments.output,
      .weights = arguments.weights,
      .chatTemplate = arguments.chatTemplate,
      .name = arguments.name,
      .syntheticSeed = arguments.syntheticSeed,
      .writeSyntheticWeights = arguments.writeWeights,
      .backends = *std::move(backends),
      .first = *findPhase(arguments.compileFrom),
      .inputIr = arguments.inputIr,
      .last = *findPhase(arguments.compileTo),
      .dumpFolder = arguments.dumpFolder,
      .outputIr = arguments.output,
      .makeCanary = {},
      .progress = {},
  };
  auto usage = [](const std::string &message) {
    std::fprintf(stderr, "g4c: %s\n", message.c_str());
    return kExitUsage;
  };
  if (options.first > options.last)
    return usage("--compile-from must not come after --compile-to");
  if (options.model.empty())
    return usage("MODEL is empty");
  if (options.last == Phase::Pack && options.output.empty())
    return usage("compile needs -o FILE");
  if (options.first != Phase::Import && options.inputIr.empty())
    return usage("--compile-from needs --input FILE");
  if (options.first == Phase::Import && !options.inputIr.empty())
    return usage("--input needs --compile-from, a phase behind import");
  if (g4rt::Status status = checkOutput(options.output); !status.ok())
    return usage(status.message());
  // Weights from a seed may be more than this machine's memory.
  if (runsHere(options.backends) && !options.syntheticSeed)
    options.makeCanary = makeCanary;
  Progress progress(arguments.progress);
  options.progress = [&](Phase phase, uint64_t done, uint64_t total) {
    progress.update(phase, done, total);
  };
  options.skipExpertsBelow = arguments.skipExpertsBelow;
  bool hasLabel = !arguments.labelText.empty();
  if (hasLabel && (options.last != Phase::Pack || !runsHere(options.backends)))
    return usage("--label runs the artifact: needs the phase pack and a target "
                 "of this machine");
  if (!arguments.calibration.empty()) {
    auto calibration = CalibrationFile::read(arguments.calibration);
    if (!calibration)
      return report(calibration.error());
    options.calibration = *std::move(calibration);
  }
  mlir::MLIRContext context;
  printDiagnostics(context, arguments.remarks);
  if (hasLabel) {
    auto label = prepareLabel(arguments.labelText, options, context);
    if (!label)
      return report(label.error());
    options.label = *std::move(label);
  }
  g4rt::Status status = compile(options, context);
  progress.finish(status.ok());
  if (!status.ok())
    return report(status);
  return hasLabel ? printLabelOf(options.output) : int(kExitOk);
}

Command addCompile(CLI::App &app) {
  auto args = std::make_shared<CompileArguments>();
  app.add_option("MODEL", args->model,
                 "Folder with config.json, *.safetensors and tokenizer.json")
      ->required();
  app.add_option("-o,--output", args->output,
                 "The artifact, or the IR where --compile-to stops earlier");
  app.add_option("--target", args->targets,
                 "Targets, separated by commas: native, or names that `g4c "
                 "targets` lists [native]")
      ->delimiter(',');
  app.add_option(
         "--weights", args->weights,
         "How matrices are stored: auto (as the checkpoint), f32, bf16, "
         "int4 (4 bits in groups of 32; embeddings stay bf16)")
      ->check(CLI::IsMember({"auto", "f32", "bf16", "int4"}));
  auto *synthetic =
      app.add_option("--synthetic-weights", args->syntheticSeed,
                     "Compile config.json alone: g4rt makes random weights "
                     "from this SEED")
          ->transform(CLI::Validator(readSeed, "SEED"));
  app.add_flag("--write-weights", args->writeWeights,
               "Put the random weights into the artifact all the same")
      ->needs(synthetic);
  auto *label =
      app.add_option("--label", args->labelText,
                 "Put into the artifact what it loses on this text, as `g4c "
                 "evaluate` says it, against bf16 (f32 for bf16 weights)")
          ->excludes(synthetic);
  app.add_option("--skip-experts-below", args->skipExpertsBelow,
                 "Drop a chosen expert whose weight, of all that a token "
                 "chooses, is below this; the label says what is lost")
      ->check(CLI::Range(0.0F, 1.0F))
      ->needs(label);
  app.add_option("--calibration", args->calibration,
                 "What `g4c calibrate` found: its expert counts go into the "
                 "artifact");
  app.add_option("--name", args->name,
                 "The model's name for clients [the folder's]");
  app.add_option("--chat-template", args->chatTemplate,
                 "auto, gemma4-large or gemma4-small")
      ->check(CLI::IsMember({"auto", "gemma4-large", "gemma4-small"}));
  app.add_option("--compile-to", args->compileTo, "Last phase [pack]")
      ->check(CLI::IsMember(phaseNames()));
  app.add_option("--compile-from", args->compileFrom,
                 "First phase; needs the IR that the one before left")
      ->check(CLI::IsMember(phaseNames()));
  app.add_option("--input", args->inputIr, "IR for --compile-from");
  app.add_option("--dump-phases", args->dumpFolder,
                 "Folder for the IR behind each phase");
  app.add_option("--progress", args->progress,
                 "auto (bars on a terminal), json (a line an event), none")
      ->check(CLI::IsMember({"auto", "json", "none"}));
  app.add_flag("--remarks", args->remarks, "Say why a fusion did not happen");
  return [args] { return runCompile(*args); };
}

} // namespace g4
