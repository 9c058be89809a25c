//===- MergeLaunches.cpp - Neighbours that share a launch -----------------===//
//
//   g4x.launch "gate_up" @linear grid(<tokens div 8>, <one mul 132>) args [..]
//   g4x.launch "router" @router grid(<tokens>, <one mul 16>) args [..]
//
// becomes, in a bucket of up to 8 tokens,
//
//   g4x.launch "gate_up+router" @linear_beside_router_1x132_16
//       grid(<tokens mul 16 add 132>, <one>) args [..]
//
// where neither writes memory that the other reads or writes (storages and
// caches, not buffers: two of these may lie in one place), one of the two has
// as many items in every step of the bucket, and canRunSideBySide(). A launch
// is merged once. Test: test/compiler/plan/g4-merge-launches.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/Passes.h"
#include "compiler/plan/SideBySide.h"
#include "compiler/tile/TargetConfig.h"
#include "dialects/exec/Exec.h"
#include "runtime/artifact/ProgramLimits.h"

#include "llvm/ADT/TypeSwitch.h"

#include <optional>

namespace g4 {

#define GEN_PASS_DEF_MERGELAUNCHESPASS
#include "compiler/plan/Passes.h.inc"

using namespace mlir;
using namespace exec;

namespace {

class LaunchMerger {
public:
  LaunchMerger(ModuleOp module, ProgramOp program, int64_t scratchBytes)
      : symbols_(module), program_(program), scratchBytes_(scratchBytes) {
    for (auto buffer : program.getOps<BufferOp>())
      storages_[buffer.getSymNameAttr()] = buffer.getStorageAttr();
  }

  void run();

private:
  /// Memory that a launch uses, by storage or cache, and whether it writes it.
  using Uses = llvm::MapVector<Attribute, bool>;

  bool mergeInto(LaunchOp first, LaunchOp second, int64_t maxTokens);
  std::optional<SharedGrid> sharedGrid(LaunchOp first, LaunchOp second,
                                       int64_t maxTokens);
  Uses usesOf(LaunchOp launch);
  bool areIndependent(LaunchOp first, LaunchOp second);
  tile::KernelOp kernelOf(LaunchOp launch) {
    return symbols_.lookup<tile::KernelOp>(launch.getKernel());
  }
  tile::KernelOp sharedKernel(LaunchOp first, LaunchOp second,
                              const SharedGrid &grid);
  void replace(LaunchOp first, LaunchOp second, const SharedGrid &grid);
  void eraseUnlaunched();

  SymbolTable symbols_;
  ProgramOp program_;
  int64_t scratchBytes_;
  DenseMap<Attribute, Attribute> storages_;
  llvm::SetVector<Attribute> merged_; // names of kernels
};

} // namespace

/// How many there are in every step of 1 to `maxTokens` tokens, if that is one
/// number.
static std::optional<int64_t> countOf(ExtentAttr extent, int64_t maxTokens) {
  auto at = [&](int64_t size) {
    return llvm::divideCeil(size * extent.getMul(), extent.getDiv()) +
           extent.getAdd();
  };
  if (extent.getDim() == StepDim::One)
    return at(1);
  if (extent.getDim() != StepDim::Tokens || at(1) != at(maxTokens))
    return std::nullopt;
  return at(1);
}

/// The memory that an argument names, of what launches write; null for others.
static Attribute writableMemory(Attribute arg) {
  return llvm::TypeSwitch<Attribute, Attribute>(arg)
      .Case<BufferRefAttr, CacheKeysAttr, CacheValuesAttr, CacheKeyScalesAttr,
            CacheValueScalesAttr>([](auto a) { return Attribute(a); })
      .Default([](Attribute) { return Attribute(); });
}

/// Whether the kernel does more with a parameter than load from it.
static bool mayWrite(Value param) {
  return llvm::any_of(param.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<tile::LoadOp, memref::LoadOp, tile::DotOp>(user))
      return false;
    auto copy = dyn_cast<tile::CopyAsyncOp>(user);
    return !copy || copy.getSource() != use.get() ||
           copy.getDest() == use.get();
  });
}

LaunchMerger::Uses LaunchMerger::usesOf(LaunchOp launch) {
  Uses uses;
  for (auto [arg, param] :
       llvm::zip(launch.getArgs(), kernelOf(launch).getParams())) {
    Attribute memory = writableMemory(arg);
    if (auto buffer = dyn_cast_or_null<BufferRefAttr>(memory))
      memory = storages_.lookup(buffer.getName().getAttr());
    if (memory)
      uses[memory] |= mayWrite(param);
  }
  return uses;
}

bool LaunchMerger::areIndependent(LaunchOp first, LaunchOp second) {
  Uses others = usesOf(second);
  return llvm::none_of(usesOf(first), [&](const auto &use) {
    auto other = others.find(use.first);
    return other != others.end() && (use.second || other->second);
  });
}

/// Null where `first` has not as many items in every step.
std::optional<SharedGrid>
LaunchMerger::sharedGrid(LaunchOp first, LaunchOp second, int64_t maxTokens) {
  std::optional<int64_t> x = countOf(first.getGridX(), maxTokens);
  std::optional<int64_t> y = countOf(first.getGridY(), maxTokens);
  std::optional<int64_t> otherY = countOf(second.getGridY(), maxTokens);
  // The sum of both has to be an extent again.
  bool isWhole =
      countOf(second.getGridX(), maxTokens) || second.getGridX().getDiv() == 1;
  if (!x || !y || !otherY || !isWhole)
    return std::nullopt;
  return SharedGrid{.firstX = *x, .firstY = *y, .secondY = *otherY};
}

tile::KernelOp LaunchMerger::sharedKernel(LaunchOp first, LaunchOp second,
                                          const SharedGrid &grid) {
  tile::KernelOp a = kernelOf(first), b = kernelOf(second);
  if (auto known = symbols_.lookup<tile::KernelOp>(sideBySideName(a, b, grid)))
    return known;
  OpBuilder builder(program_);
  tile::KernelOp made = buildSideBySide(builder, a, b, grid);
  symbols_.insert(made, Block::iterator(program_));
  return made;
}

static ExtentAttr sharedExtent(ExtentAttr second, const SharedGrid &grid,
                               std::optional<int64_t> count) {
  MLIRContext *context = second.getContext();
  if (count)
    return ExtentAttr::get(context, StepDim::One,
                           grid.numFirst() + *count * grid.secondY, 1, 0);
  return ExtentAttr::get(context, second.getDim(),
                         second.getMul() * grid.secondY, 1,
                         second.getAdd() * grid.secondY + grid.numFirst());
}

void LaunchMerger::replace(LaunchOp first, LaunchOp second,
                           const SharedGrid &grid) {
  MLIRContext *context = first.getContext();
  auto bucket = cast<BucketOp>(first->getParentOp());
  SmallVector<Attribute> args;
  for (LaunchOp launch : {first, second})
    llvm::append_range(args, launch.getArgs().getValue().drop_back());
  args.push_back(ActiveItemsAttr::get(context));
  ExtentAttr x =
      sharedExtent(second.getGridX(), grid,
                   countOf(second.getGridX(), bucket.getMaxTokens()));
  // The later of the two places: a tap looks at the launch before it.
  OpBuilder b(second->isBeforeInBlock(first) ? first : second);
  LaunchOp::create(b, first.getLoc(),
                   FlatSymbolRefAttr::get(sharedKernel(first, second, grid)), x,
                   ExtentAttr::get(context, StepDim::One, 1, 1, 0),
                   b.getArrayAttr(args),
                   b.getStringAttr(first.getLabel() + "+" + second.getLabel()));
  for (LaunchOp launch : {first, second}) {
    merged_.insert(launch.getKernelAttr().getAttr());
    launch.erase();
  }
}

bool LaunchMerger::mergeInto(LaunchOp first, LaunchOp second,
                             int64_t maxTokens) {
  std::optional<SharedGrid> grid = sharedGrid(first, second, maxTokens);
  size_t numArgs = first.getArgs().size() + second.getArgs().size() - 1;
  if (!grid || numArgs > g4rt::kMaxLaunchArgs)
    return false;
  tile::KernelOp a = kernelOf(first), b = kernelOf(second);
  if (!a || !b || !canRunSideBySide(a, b, scratchBytes_) ||
      !areIndependent(first, second))
    return false;
  replace(first, second, *grid);
  return true;
}

/// Kernels that no bucket launches any more without another.
void LaunchMerger::eraseUnlaunched() {
  program_.walk([&](LaunchOp launch) {
    merged_.remove(launch.getKernelAttr().getAttr());
  });
  for (Attribute name : merged_)
    symbols_.erase(symbols_.lookup(cast<StringAttr>(name)));
}

void LaunchMerger::run() {
  for (auto bucket : program_.getOps<BucketOp>()) {
    int64_t maxTokens = bucket.getMaxTokens();
    LaunchOp before;
    for (Operation &op : llvm::make_early_inc_range(bucket.getBody().front())) {
      auto launch = dyn_cast<LaunchOp>(op);
      bool isMerged = before && launch &&
                      (mergeInto(before, launch, maxTokens) ||
                       mergeInto(launch, before, maxTokens));
      before = isMerged ? LaunchOp() : launch;
    }
  }
  eraseUnlaunched();
}

namespace {

struct MergeLaunches : impl::MergeLaunchesPassBase<MergeLaunches> {
  void runOnOperation() override {
    SmallVector<ModuleOp> modules;
    getOperation().walk([&](ModuleOp module) {
      auto target = module->getAttrOfType<tile::TargetAttr>("g4t.target");
      if (target && TargetConfig::of(target).sizesInMemory)
        modules.push_back(module);
    });
    for (ModuleOp module : modules)
      for (auto program : module.getOps<ProgramOp>())
        LaunchMerger(module, program,
                     TargetConfig::of(
                         module->getAttrOfType<tile::TargetAttr>("g4t.target"))
                         .scratchBytes)
            .run();
  }
};

} // namespace
} // namespace g4
