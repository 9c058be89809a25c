//===- g4-interp.cpp - Runs a graph without compiling it ------------------===//
//
// The command line of compiler/interpret/GraphInterpreter.h: what import,
// quantize and fuse leave, on tokens, with the weights of a checkpoint or
// made-up ones.
//
//===----------------------------------------------------------------------===//

#include "models/Family.h"
#include "tools/cli/Console.h"
#include "tools/g4-interp/Arguments.h"
#include "tools/g4-interp/Output.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <CLI/CLI.hpp>
#include <map>
#include <optional>

namespace g4 {
namespace {

using namespace mlir;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

/// As those of g4c.
enum ExitCode {
  kExitOk = 0,
  kExitFailure = 1,
  kExitUsage = 2,
  kExitBadInput = 3,
  kExitNoSpace = 4
};

struct Options {
  std::string input, function, checkpoint, mmproj, tokensFile, npyFolder;
  std::vector<int32_t> tokens;
  std::vector<std::string> print = {"logits"};
  uint64_t seed = 0;
  std::string precision = "f64";
};

Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

/// Errors on stderr, a line each.
void printDiagnostics(MLIRContext &context) {
  context.getDiagEngine().registerHandler([](Diagnostic &d) {
    if (d.getSeverity() == DiagnosticSeverity::Error)
      llvm::errs() << "g4-interp: error: " << d.getLocation() << ": " << d
                   << "\n";
    return success();
  });
}

/// The function of this name, or the only one.
Result<func::FuncOp> findFunction(ModuleOp module, const std::string &name) {
  std::string known;
  func::FuncOp found;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.getSymName() == name)
      return function;
    known += (known.empty() ? "@" : ", @") + function.getSymName().str();
    found = known.find(',') == std::string::npos ? function : func::FuncOp();
  }
  if (found && name.empty())
    return found;
  if (known.empty())
    return invalid("the module holds no function");
  return invalid(name.empty()
                     ? "--function must name one of: " + known
                     : "no function @" + name + "; there are: " + known);
}

/// Whether a tap of this name is asked for.
bool isPrinted(StringRef tap, const Options &options) {
  bool isRouter = tap.contains(".router.");
  return llvm::is_contained(options.print, isRouter ? "router" : "layers");
}

class Interpretation {
public:
  explicit Interpretation(const Options &options) : options_(options) {}

  Status run();

private:
  Status readInput();
  Result<GraphStep> readStep();
  Result<WeightSource> openWeights();
  void leave(const std::string &name, const GraphTensor &tensor, bool print);

  const Options &options_;
  MLIRContext context_;
  OwningOpRef<ModuleOp> module_;
  std::optional<Checkpoint> checkpoint_;
  Status written_; // the first failure of a file
};

Status Interpretation::readInput() {
  context_
      .loadDialect<graph::G4Dialect, quant::G4QDialect, func::FuncDialect>();
  printDiagnostics(context_);
  module_ = parseSourceFile<ModuleOp>(options_.input, &context_);
  return module_ ? Status() : invalid(options_.input + ": not IR of a graph");
}

Result<GraphStep> Interpretation::readStep() {
  if (options_.tokensFile.empty())
    return wholeSequences({options_.tokens});
  G4RT_ASSIGN(auto sequences, readTokens(options_.tokensFile));
  return wholeSequences(sequences);
}

Result<WeightSource> Interpretation::openWeights() {
  if (options_.checkpoint.empty())
    return randomWeights(options_.seed);
  G4RT_ASSIGN(checkpoint_, openModel(options_.checkpoint));
  if (!options_.mmproj.empty())
    G4RT_TRY(addMmproj(*checkpoint_, options_.mmproj));
  return checkpointWeights(*checkpoint_);
}

void Interpretation::leave(const std::string &name, const GraphTensor &tensor,
                           bool print) {
  if (print)
    printTensor(name, tensor);
  if (!options_.npyFolder.empty() && written_.ok())
    written_ = writeNpy(options_.npyFolder, name, tensor);
}

Status Interpretation::run() {
  if (!options_.npyFolder.empty())
    if (std::error_code error =
            llvm::sys::fs::create_directories(options_.npyFolder))
      return invalid(options_.npyFolder + ": " + error.message());
  G4RT_TRY(readInput());
  G4RT_ASSIGN(func::FuncOp function, findFunction(*module_, options_.function));
  G4RT_ASSIGN(GraphStep step, readStep());
  G4RT_ASSIGN(WeightSource weights, openWeights());
  G4RT_ASSIGN(GraphInterpreter interpreter,
              GraphInterpreter::create(function, weights,
                                       options_.precision == "f32"
                                           ? Precision::F32
                                           : Precision::F64));
  interpreter.setTapSink([&](StringRef name, const GraphTensor &value) {
    leave(name.str(), value, isPrinted(name, options_));
  });
  G4RT_ASSIGN(auto arguments, makeArguments(function, step, options_.seed));
  G4RT_ASSIGN(auto results, interpreter.run(arguments, step.sequences));
  bool print = llvm::is_contained(options_.print, "logits");
  for (size_t i = 0; i < results.size(); ++i)
    leave(results.size() == 1 ? "logits" : "logits." + std::to_string(i),
          results[i], print);
  return written_;
}

int report(const Status &status) {
  if (status.ok())
    return kExitOk;
  std::fprintf(stderr, "g4-interp: %s\n", status.message().c_str());
  if (status.code() == StatusCode::ResourceExhausted)
    return kExitNoSpace;
  return status.code() == StatusCode::Internal ? kExitFailure : kExitBadInput;
}

/// `code`, or that a full disk behind stdout cost a part of the output.
int withOutput(int code) {
  if (code == kExitOk && !isOutputWritten())
    return report(
        Status(StatusCode::ResourceExhausted, "writing to stdout went wrong"));
  return code;
}

void addOptions(CLI::App &app, Options &options) {
  app.add_option("FILE", options.input,
                 "IR after import, quantize or fuse; - is stdin")
      ->required();
  app.add_option("--function", options.function, "[the only one]");
  auto *checkpoint =
      app.add_option("--checkpoint", options.checkpoint,
                     "Folder with config.json and *.safetensors, or a "
                     "GGUF file");
  app.add_option("--mmproj", options.mmproj,
                 "GGUF file with the tower of the checkpoint")
      ->needs(checkpoint);
  app.add_option(
         "--random-weights", options.seed,
         "Seed of weights, and of activations that a function takes [0]")
      ->excludes(checkpoint);
  auto *tokens = app.add_option_group("tokens", "The rows of the step");
  tokens
      ->add_option("--tokens", options.tokens,
                   "Ids of one sequence, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(0, INT32_MAX));
  tokens->add_option("--tokens-file", options.tokensFile,
                     "JSON: an array of ids, or one of such arrays");
  tokens->require_option(1);
  app.add_option("--print", options.print,
                 "logits (what the function returns), layers and router (what "
                 "it taps), none; separated by commas [logits]")
      ->delimiter(',')
      ->check(CLI::IsMember({"logits", "layers", "router", "none"}));
  app.add_option("--npy", options.npyFolder,
                 "Folder for a .npy file of every result and tap");
  app.add_option("--precision", options.precision,
                 "f64, or f32: every op's result is rounded")
      ->check(CLI::IsMember({"f64", "f32"}));
}

} // namespace
} // namespace g4

int main(int argc, char **argv) {
  using namespace g4;
  CLI::App app("g4-interp: runs a graph without compiling it", "g4-interp");
  Options options;
  addOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // CLI11 throws for --help as well; every other reason is wrong usage.
    return withOutput(app.exit(error) == 0 ? kExitOk : kExitUsage);
  }
  return withOutput(report(Interpretation(options).run()));
}
