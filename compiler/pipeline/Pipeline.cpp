//===- Pipeline.cpp - From a checkpoint to an artifact --------------------===//

#include "compiler/pipeline/Pipeline.h"

#include "compiler/fuse/Passes.h"
#include "compiler/pipeline/CodeJobs.h"
#include "compiler/pipeline/InputCheck.h"
#include "compiler/plan/Passes.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/PolicyFile.h"
#include "compiler/quantize/StoredFormats.h"
#include "compiler/quantize/TrainedWeights.h"
#include "compiler/tile/Passes.h"
#include "compiler/tile/TargetConfig.h"
#include "dialects/exec/Exec.h"
#include "dialects/graph/Graph.h"
#include "models/Family.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Utf8.h"

#include "llvm/Support/FileSystem.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <numeric>
#include <optional>

namespace g4 {

using namespace mlir;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

namespace {

class Compilation {
public:
  Compilation(const CompileOptions &options, MLIRContext &context)
      : options_(options), context_(context) {}

  Status run();

private:
  Status openCheckpoint();
  Status readInput();
  Status parseInput();
  Status checkForPack();
  Status runPhase(Phase phase);
  Status import();
  Status runPasses(Phase phase);
  Status emit();
  Status pack();
  Result<std::string> dumpPath(Phase phase);
  Status dump(Phase phase);
  const KernelBackend *backendOf(ModuleOp variant);
  Status addCode(ModuleOp variant, llvm::Expected<KernelCode> code);
  Status dumpCode(const std::string &target, const KernelCode &code);
  Status writeIr(const std::string &path);
  void setFact(StringRef name, Attribute value);
  std::string weightsFormat();
  tile::TargetAttr targetOf(const KernelBackend &backend);
  KeysFromValuesPassOptions keyReaders();
  Result<WeightPolicy> policy();
  Status adoptTrainedWeights(WeightPolicy &policy);
  Status skipExperts();

  const CompileOptions &options_;
  MLIRContext &context_;
  std::optional<Checkpoint> checkpoint_;
  OwningOpRef<ModuleOp> module_;
};

} // namespace

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

void loadDialects(MLIRContext &context) {
  context.loadDialect<graph::G4Dialect, quant::G4QDialect, tile::G4TDialect,
                      exec::G4XDialect, func::FuncDialect>();
}

Status Compilation::openCheckpoint() {
  if (options_.first != Phase::Import && options_.last != Phase::Pack)
    return Status(); // neither the weights nor the tokenizer are needed
  G4RT_ASSIGN(checkpoint_, openModelConfig(options_.model));
  bool needsWeights = options_.last == Phase::Pack && !options_.syntheticSeed;
  if (options_.syntheticSeed ||
      (!needsWeights && !checkpoint_->hasWeightFiles()))
    return Status();
  if (options_.first == Phase::Import && !checkpoint_->hasWeightFiles())
    return Status(StatusCode::NotFound,
                  checkpoint_->filePath("model.safetensors") +
                      ": no such file, and no index of shards; with "
                      "--synthetic-weights SEED config.json is enough");
  G4RT_ASSIGN(checkpoint_, openModel(options_.model));
  return Status();
}

/// "line 3, column 7: expected ...", without the name of the file.
static std::string describe(const Diagnostic &diagnostic) {
  std::string place;
  if (auto at = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
    place = "line " + std::to_string(at.getLine()) + ", column " +
            std::to_string(at.getColumn()) + ": ";
  std::string text = diagnostic.str();
  return place + text.substr(0, text.find('\n'));
}

namespace {

/// Keeps the first error while it lives, as the reason of a failure: the rest
/// follow from it. Remarks go on to whoever prints them.
class FirstError {
public:
  explicit FirstError(MLIRContext *context)
      : handler_(context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
            return failure();
          if (!text_)
            text_ = describe(diagnostic);
          return success();
        }) {}

  std::string textOr(const char *otherwise) const {
    return text_.value_or(otherwise);
  }

private:
  std::optional<std::string> text_;
  ScopedDiagnosticHandler handler_;
};

} // namespace

Status Compilation::parseInput() {
  FirstError error(&context_);
  module_ = parseSourceFile<ModuleOp>(options_.inputIr, &context_);
  if (module_)
    return Status();
  return invalid(options_.inputIr +
                 ": not the IR of a phase: " + error.textOr("holds no module"));
}

Status Compilation::readInput() {
  if (options_.first == Phase::Import)
    return Status();
  G4RT_TRY(parseInput());
  std::string reason = whyNotInputOf(options_.first, *module_);
  if (!reason.empty())
    return invalid("--compile-from=" + std::string(nameOf(options_.first)) +
                   ": " + options_.inputIr +
                   ": not what the phase before leaves: " + reason);
  return checkForPack();
}

// What pack reads only at the end must not fail after minutes.
Status Compilation::checkForPack() {
  if (options_.last != Phase::Pack)
    return Status();
  return checkTexts(*module_, *checkpoint_,
                    /*isSynthetic=*/options_.syntheticSeed.has_value());
}

Status Compilation::run() {
  loadDialects(context_);
  G4RT_TRY(openCheckpoint());
  if (checkpoint_ && !options_.mmproj.empty())
    G4RT_TRY(addMmproj(*checkpoint_, options_.mmproj));
  G4RT_TRY(readInput());
  for (size_t i = static_cast<size_t>(options_.first);
       i <= static_cast<size_t>(options_.last); ++i) {
    Phase phase = static_cast<Phase>(i);
    if (options_.progress)
      options_.progress(phase, 0, 0);
    G4RT_TRY(runPhase(phase));
    G4RT_TRY(dump(phase));
  }
  if (options_.last == Phase::Pack)
    return Status();
  return options_.takeIr ? options_.takeIr(*module_)
                         : writeIr(options_.outputIr);
}

Status Compilation::runPhase(Phase phase) {
  switch (phase) {
  case Phase::Import:
    return import();
  case Phase::Quantize:
  case Phase::Fuse:
  case Phase::Tile:
  case Phase::Plan:
    return runPasses(phase);
  case Phase::Emit:
    return emit();
  case Phase::Pack:
    return pack();
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// The phases
//===----------------------------------------------------------------------===//

void Compilation::setFact(StringRef name, Attribute value) {
  NamedAttrList facts(module_.get()->getAttrOfType<DictionaryAttr>("g4.model"));
  facts.set(name, value);
  module_.get()->setAttr("g4.model", facts.getDictionary(&context_));
}

Status Compilation::import() {
  G4RT_ASSIGN(module_, importModel(*checkpoint_, {.vision = options_.vision},
                                   &context_));
  if (!options_.name.empty())
    setFact("name", StringAttr::get(&context_, options_.name));
  auto facts = module_.get()->getAttrOfType<DictionaryAttr>("g4.model");
  if (!g4rt::isUtf8(facts.getAs<StringAttr>("name").strref()))
    return invalid("the model's name, which clients see, is not UTF-8: --name "
                   "gives it another");
  if (options_.chatTemplate != "auto")
    setFact("chat_template", StringAttr::get(&context_, options_.chatTemplate));
  if (options_.syntheticSeed)
    setFact("synthetic_seed",
            IntegerAttr::get(IntegerType::get(&context_, 64),
                             static_cast<int64_t>(*options_.syntheticSeed)));
  G4RT_TRY(skipExperts());
  if (failed(mlir::verify(*module_)))
    return Status(StatusCode::Internal, "the imported graph is not valid");
  return checkForPack();
}

Status Compilation::skipExperts() {
  float least = options_.skipExpertsBelow;
  if (least == 0)
    return Status();
  int64_t topK = 0;
  module_->walk([&](graph::TopKOp op) {
    op.setSkipBelow(APFloat(least));
    topK = cast<RankedTensorType>(op.getWeights().getType()).getDimSize(1);
  });
  if (topK == 0)
    return invalid("--skip-experts-below: the model has no experts");
  if (least * static_cast<float>(topK) <= 1)
    return Status();
  return invalid("--skip-experts-below " + std::to_string(least) +
                 ": needs 1/" + std::to_string(topK) +
                 " at most: the model chooses " + std::to_string(topK) +
                 " experts a token, and one of them has to stay");
}

std::string Compilation::weightsFormat() {
  if (options_.weights != "auto")
    return options_.weights;
  auto facts = module_.get()->getAttrOfType<DictionaryAttr>("g4.model");
  auto weights = facts ? facts.getAs<StringAttr>("weights") : StringAttr();
  return weights ? weights.str() : "bf16";
}

tile::TargetAttr Compilation::targetOf(const KernelBackend &backend) {
  tile::TargetAttr target = backend.describe(&context_);
  bool wantsIntegers = options_.activations != "bf16" && target.isCpu();
  return wantsIntegers ? target.withIntegerRows() : target;
}

/// What a checkpoint shows of the formats that it was trained for. Without one
/// the preset's own have to do.
Status Compilation::adoptTrainedWeights(WeightPolicy &policy) {
  if (!checkpoint_ || !checkpoint_->hasWeights())
    return Status();
  G4RT_ASSIGN(TrainedWeights trained,
              findTrainedWeights(*module_, *checkpoint_));
  trained.addTo(policy);
  setFact("trained_weights", StringAttr::get(&context_, trained.describe()));
  if (!trained.others.empty())
    emitWarning(module_->getLoc())
        << options_.model << ": " << trained.describe()
        << "; the others are rounded, the first is " << trained.others.front();
  return Status();
}

/// Whose kernels read the caches that all variants have.
KeysFromValuesPassOptions Compilation::keyReaders() {
  KeysFromValuesPassOptions readers;
  for (const auto &backend : options_.backends) {
    tile::TargetAttr target = targetOf(*backend);
    if (target.isCpu())
      continue;
    readers.forGpu = true;
    const MatrixIntrinsic *intrinsic = TargetConfig::of(target).intrinsic;
    readers.dotDepth =
        std::lcm(readers.dotDepth, intrinsic ? intrinsic->depth : 0);
  }
  return readers;
}

Result<WeightPolicy> Compilation::policy() {
  G4RT_ASSIGN(WeightPolicy policy, findPolicy(weightsFormat()));
  if (options_.weights == "auto" && checkpoint_ && checkpoint_->hasWeights())
    policy.addToPreset(rulesOfStorage(*module_, *checkpoint_));
  if (policy.scaleRule == ScaleRule::Lattice)
    G4RT_TRY(adoptTrainedWeights(policy));
  else if (options_.searchScales)
    policy.scaleRule = ScaleRule::Search;
  policy.rules.insert(policy.rules.end(), options_.rules.begin(),
                      options_.rules.end());
  return policy;
}

Status Compilation::runPasses(Phase phase) {
  PassManager passes(&context_);
  switch (phase) {
  case Phase::Quantize: {
    G4RT_ASSIGN(WeightPolicy weights, policy());
    passes.addPass(
        createQuantizeByPolicyPass(std::move(weights), options_.kvCache));
    if (options_.tapInputs)
      passes.addPass(createTapInputsPass());
    break;
  }
  case Phase::Fuse:
    passes.addPass(createCSEPass());
    // Merged first: what is one linear is fused as one.
    passes.addPass(createMergeLinearsPass());
    passes.addPass(createFuseQkvPass());
    if (!options_.wholeKeys)
      passes.addPass(createKeysFromValuesPass(keyReaders()));
    // Before linears: the router's linear is part of the router.
    passes.addPass(createFuseRouterPass());
    passes.addPass(createFuseLinearPass());
    // Last: it takes whatever row op is left.
    passes.addPass(createFuseRowsPass());
    break;
  case Phase::Tile: {
    SmallVector<Attribute> targets;
    for (const auto &backend : options_.backends)
      targets.push_back(targetOf(*backend));
    module_.get()->setAttr("g4t.targets", ArrayAttr::get(&context_, targets));
    passes.addPass(createSplitTargetsPass());
    passes.addPass(createTilePass());
    break;
  }
  default:
    if (options_.mergeLaunches)
      passes.addPass(createOrderDispatchesPass());
    passes.addPass(createPlanPass());
    if (options_.mergeLaunches)
      passes.addPass(createMergeLaunchesPass());
    break;
  }
  FirstError error(&context_);
  if (failed(passes.run(*module_)))
    return invalid(
        "phase " + std::string(nameOf(phase)) +
        ": the IR cannot be compiled: " + error.textOr("no reason given"));
  return Status();
}

static exec::WorkAttr workAttr(MLIRContext *context, const KernelWork &work) {
  return exec::WorkAttr::get(
      context, work.instructions, work.integers, work.specials, work.barriers,
      work.matrixProducts, work.sharedBytes, work.storedBytes,
      work.bytesInFlight, DenseI64ArrayAttr::get(context, work.loadedBytes));
}

static void setWork(exec::CodeOp op, const KernelCode &code) {
  SmallVector<Attribute> work, round;
  for (const KernelCode::Entry &entry : code.kernels) {
    if (!entry.work)
      return;
    work.push_back(workAttr(op.getContext(), entry.work->once));
    round.push_back(workAttr(op.getContext(), entry.work->round));
  }
  op.setWorkAttr(ArrayAttr::get(op.getContext(), work));
  op.setRoundAttr(ArrayAttr::get(op.getContext(), round));
}

static void createCodeOp(OpBuilder &b, Location loc, const KernelCode &code) {
  SmallVector<StringRef> symbols;
  SmallVector<int64_t> scratch, threads, registers, spills;
  for (const KernelCode::Entry &entry : code.kernels) {
    symbols.push_back(entry.symbol);
    scratch.push_back(entry.scratchBytes);
    threads.push_back(entry.threads);
    registers.push_back(entry.registers);
    spills.push_back(entry.spillBytes);
  }
  auto op =
      exec::CodeOp::create(b, loc, code.format, code.binary,
                           b.getStrArrayAttr(symbols), scratch, threads,
                           /*registers=*/{}, /*spill_bytes=*/{}, /*work=*/{},
                           /*round=*/{}, /*log=*/{});
  setWork(op, code);
  if (code.log.empty())
    return;
  op.setRegisters(registers);
  op.setSpillBytes(spills);
  op.setLog(code.log);
}

const KernelBackend *Compilation::backendOf(ModuleOp variant) {
  auto found = llvm::find_if(options_.backends, [&](const auto &backend) {
    return backend->name() == *variant.getName();
  });
  return found == options_.backends.end() ? nullptr : found->get();
}

Status Compilation::addCode(ModuleOp variant, llvm::Expected<KernelCode> code) {
  if (!code)
    return Status(StatusCode::Internal, llvm::toString(code.takeError()));
  if (llvm::Error error = backendOf(variant)->finish(*code))
    return Status(StatusCode::Internal, llvm::toString(std::move(error)));
  for (const std::string &warning : code->warnings)
    mlir::emitWarning(variant.getLoc(), warning);
  G4RT_TRY(dumpCode(variant.getName()->str(), *code));
  OpBuilder b = OpBuilder::atBlockEnd(variant.getBody());
  createCodeOp(b, variant.getLoc(), *code);
  return Status();
}

Status Compilation::emit() {
  SmallVector<ModuleOp> variants(module_->getOps<ModuleOp>());
  std::vector<CodeJob> jobs;
  for (ModuleOp variant : variants) {
    const KernelBackend *backend = backendOf(variant);
    if (!backend)
      return invalid("phase emit: no back end for target " +
                     variant.getName()->str());
    llvm::Expected<CodeJob> job = backend->prepare(variant);
    if (!job)
      return Status(StatusCode::Internal, llvm::toString(job.takeError()));
    jobs.push_back(std::move(*job));
  }
  auto codes = runCodeJobs(jobs);
  Status status;
  for (auto [variant, code] : llvm::zip(variants, codes))
    if (Status added = addCode(variant, std::move(code)); status.ok())
      status = std::move(added);
  return status;
}

Status Compilation::pack() {
  PackOptions options{.outputPath = options_.output,
                      .writeSynthetic = options_.writeSyntheticWeights,
                      .progress = {},
                      .makeCanary = options_.makeCanary,
                      .calibration = options_.calibration.get(),
                      .label = options_.label,
                      .checkSize = options_.checkSize};
  if (options_.progress)
    options.progress = [&](uint64_t done, uint64_t total) {
      options_.progress(Phase::Pack, done, total);
    };
  return writeArtifact(*module_, *checkpoint_, options);
}

//===----------------------------------------------------------------------===//
// IR files
//===----------------------------------------------------------------------===//

Status Compilation::writeIr(const std::string &path) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module_->print(stream);
  stream << "\n";
  if (path.empty()) {
    llvm::outs() << text;
    return Status();
  }
  return g4rt::writeFileAtomically(
      path, std::as_bytes(std::span(std::as_const(text))));
}

/// DIR/5-plan, where what `phase` leaves is dumped; makes DIR.
Result<std::string> Compilation::dumpPath(Phase phase) {
  if (std::error_code error =
          llvm::sys::fs::create_directories(options_.dumpFolder))
    return invalid(options_.dumpFolder + ": " + error.message());
  return options_.dumpFolder + "/" +
         std::to_string(static_cast<int>(phase) + 1) + "-" +
         std::string(nameOf(phase));
}

Status Compilation::dump(Phase phase) {
  if (options_.dumpFolder.empty() || phase == Phase::Pack)
    return Status();
  G4RT_ASSIGN(std::string path, dumpPath(phase));
  return writeIr(path + ".mlir");
}

// The code of a target as a file of its own, for objdump and the like.
Status Compilation::dumpCode(const std::string &target,
                             const KernelCode &code) {
  if (options_.dumpFolder.empty())
    return Status();
  G4RT_ASSIGN(std::string path, dumpPath(Phase::Emit));
  path += "-" + target + ".";
  if (!code.assembly.empty())
    G4RT_TRY(g4rt::writeFileAtomically(
        path + "ptx", std::as_bytes(std::span(code.assembly))));
  return g4rt::writeFileAtomically(path + code.format,
                                   std::as_bytes(std::span(code.binary)));
}

Status compile(const CompileOptions &options, MLIRContext &context) {
  return Compilation(options, context).run();
}

} // namespace g4
