//===- Tiler.cpp - Replaces fused ops by dispatches of kernels ------------===//

#include "compiler/tile/Tiler.h"

#include "compiler/tile/StepMemory.h"
#include "runtime/artifact/Packing.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

namespace g4 {

using namespace mlir;
using namespace graph;
using exec::ExtentAttr;
using exec::StepDim;
using exec::StepInput;

Tiler::Tiler(ModuleOp module, tile::TargetAttr target)
    : module_(module), context_(module.getContext()),
      config_(TargetConfig::of(target)), symbols_(module) {}

LogicalResult Tiler::run() {
  auto functions = module_.getOps<func::FuncOp>();
  if (!llvm::hasSingleElement(functions) || (*functions.begin()).isExternal())
    return module_.emitError("needs exactly one function with a body to tile");
  function_ = *functions.begin();
  Type indices = RankedTensorType::get({ShapedType::kDynamic},
                                       IntegerType::get(context_, 32));
  if (function_.getArgumentTypes() != ArrayRef<Type>{indices, indices, indices})
    return function_.emitError(
        "must take token ids, positions and output rows, each tensor<?xi32>");
  if (failed(chooseLayouts()))
    return failure();
  SmallVector<Operation *> ops;
  for (Operation &op : function_.getBody().front())
    ops.push_back(&op);
  for (Operation *op : ops)
    if (failed(tileOp(op)))
      return failure();
  if (config_.hasCandidates)
    addCandidates();
  addGenerators();
  // Views and weights whose readers are dispatches now.
  Block &block = function_.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isa<UseOp, SliceOp, TakeRowsOp, HeadsOp>(op) && op.use_empty())
      op.erase();
  return success();
}

LogicalResult Tiler::tileOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](EmbedOp o) { return tileEmbed(o); })
      .Case([&](FusedLinearOp o) { return tileFusedLinear(o); })
      .Case([&](QkvPrepareOp o) { return tileQkvPrepare(o); })
      .Case([&](AttentionOp o) { return tileAttention(o); })
      .Case([&](RouterOp o) { return tileRouter(o); })
      .Case([&](RowsOp o) { return tileRows(o); })
      .Case<UseOp, HeadsOp, SliceOp, TakeRowsOp, TapOp, func::ReturnOp>(
          [](Operation *) { return success(); })
      .Default([](Operation *o) {
        return o->emitOpError("has no kernel: it was not fused");
      });
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

WeightOp Tiler::weightOf(Value use) {
  return symbols_.lookup<WeightOp>(use.getDefiningOp<UseOp>().getName());
}

quant::WeightType Tiler::weightType(Value use) {
  return weightOf(use).getWeightType();
}

Attribute Tiler::weightParam(Value use) {
  return exec::WeightAttr::get(
      context_, FlatSymbolRefAttr::get(weightOf(use).getSymNameAttr()));
}

namespace {
/// What the readers of a weight ask of its layout.
struct LayoutWish {
  bool dot = false, gated = false;
};
} // namespace

static LayoutWish wishOf(UseOp use, bool routerHasDot) {
  LayoutWish wish;
  for (OpOperand &operand : use->getUses()) {
    auto linear = dyn_cast<FusedLinearOp>(operand.getOwner());
    if (linear && linear.getW() == operand.get()) {
      wish.dot = true;
      wish.gated |= linear.getEpilogue() == Epilogue::GeluGated;
    }
    auto router = dyn_cast<RouterOp>(operand.getOwner());
    wish.dot |= routerHasDot && router && router.getProj() == operand.get();
  }
  return wish;
}

// A weight that a dot reads lies in panels, any other row by row, where its
// format has rows. The halves of
// a gated weight are padded to whole panels each, which `segments` and
// `source_rows` tell the packer.
LogicalResult Tiler::chooseLayouts() {
  llvm::MapVector<WeightOp, LayoutWish> wishes;
  for (auto use : function_.getOps<UseOp>()) {
    LayoutWish wish = wishOf(use, !config_.routerTile.layout);
    auto weight = symbols_.lookup<WeightOp>(use.getName());
    wishes[weight].dot |= wish.dot;
    wishes[weight].gated |= wish.gated;
  }
  for (auto &[key, wish] : wishes) {
    WeightOp weight = key;
    auto type = weight.getWeightType();
    if (!type.getFormat().getDescription())
      return weight.emitOpError("no packing is known of ") << type.getFormat();
    SmallVector<int64_t> shape(type.getShape());
    if (wish.gated) {
      int64_t &n = shape[shape.size() - 2];
      weight.setSegments(2);
      weight.setSourceRows(n);
      n = 2 * artifact::roundUp(n / 2, kPanelRows);
    }
    auto plain = quant::WeightType::get(context_, shape, type.getFormat(), {});
    quant::LayoutAttr layout =
        wish.dot ? config_.dotLayout(plain)
                 : quant::LayoutAttr::of(context_,
                                         plain.getDescription().rowPacking());
    bool isExperts = wish.dot && shape.size() == 3;
    panelExperts_ |= isExperts && !layout.getMma();
    fragmentExperts_ |= isExperts && layout.getMma();
    weight.setType(plain.withLayout(layout));
  }
  return success();
}

void Tiler::addGenerators() {
  OpBuilder b(function_);
  for (auto weight : module_.getOps<WeightOp>()) {
    auto type = weight.getWeightType();
    if (!isSynthetic(weight) || !type.getLayout())
      continue;
    const artifact::WeightFormat &format = type.getDescription();
    std::string dtype(artifact::nameOf(format.element));
    StringRef packing = type.packingName();
    std::string name = ("generate_" + dtype + "_" + packing).str();
    if (symbols_.lookup(name))
      continue;
    kernel(name, [&](OpBuilder &b, StringRef symbol) {
      return buildGenerate(b, weight.getLoc(), symbol, type, config_.tile);
    });
    exec::GeneratorOp::create(b, weight.getLoc(), name, dtype, packing);
  }
}

//===----------------------------------------------------------------------===//
// Kernels and dispatches
//===----------------------------------------------------------------------===//

tile::KernelOp Tiler::kernel(StringRef name, const BuildKernel &build) {
  if (auto known = symbols_.lookup<tile::KernelOp>(name))
    return known;
  OpBuilder b(function_);
  tile::KernelOp made = build(b, name);
  symbols_.insert(made, Block::iterator(function_));
  return made;
}

/// "layers.3.attn.o" for an op that reads that weight, else the op's name.
std::string Tiler::labelOf(Operation *op) {
  // Its first weight, the frequencies, is all layers'.
  if (auto qkv = dyn_cast<QkvPrepareOp>(op))
    return qkv.getQNorm().getDefiningOp<UseOp>().getName().str();
  for (Value operand : op->getOperands())
    if (auto use = operand.getDefiningOp<UseOp>())
      return use.getName().str();
  if (auto attention = dyn_cast<AttentionOp>(op))
    return (attention.getCache() + ".attention").str();
  return op->getName().stripDialect().str();
}

exec::DispatchOp Tiler::dispatch(Operation *op, ValueRange operands,
                                 TypeRange results,
                                 ArrayRef<ExtentAttr> resultRows,
                                 ArrayRef<BucketLaunch> launches,
                                 ArrayRef<int64_t> persistent) {
  OpBuilder b(op);
  SmallVector<Attribute> kernels, gridsX, gridsY, params;
  for (const BucketLaunch &launch : launches) {
    tile::KernelOp kernel = launch.kernel;
    kernels.push_back(kernel ? Attribute(SymbolRefAttr::get(kernel))
                             : b.getUnitAttr());
    gridsX.push_back(launch.gridX ? launch.gridX : times(1));
    gridsY.push_back(launch.gridY ? launch.gridY : times(1));
    bool inMemory = kernel && config_.sizesInMemory;
    params.push_back(b.getArrayAttr(
        inMemory ? readSizesFromMemory(kernel, launch.params) : launch.params));
  }
  SmallVector<Attribute> rows(resultRows.begin(), resultRows.end());
  return exec::DispatchOp::create(
      b, op->getLoc(), results, operands, b.getArrayAttr(kernels),
      b.getArrayAttr(gridsX), b.getArrayAttr(gridsY), b.getArrayAttr(params),
      b.getArrayAttr(rows), b.getStringAttr(labelOf(op)),
      persistent.empty() ? nullptr : b.getDenseI64ArrayAttr(persistent));
}

exec::DispatchOp Tiler::dispatchAlike(Operation *op, ValueRange operands,
                                      TypeRange results,
                                      ArrayRef<ExtentAttr> resultRows,
                                      const BucketLaunch &launch,
                                      ArrayRef<int64_t> persistent) {
  SmallVector<BucketLaunch> launches(config_.buckets.size(), launch);
  return dispatch(op, operands, results, resultRows, launches, persistent);
}

ExtentAttr Tiler::extent(StepDim dim, int64_t mul, int64_t div, int64_t add) {
  return ExtentAttr::get(context_, dim, mul, div, add);
}

Attribute Tiler::operandParam(int64_t index) {
  return exec::OperandAttr::get(context_, index);
}

Attribute Tiler::resultParam(int64_t index) {
  return exec::ResultAttr::get(context_, index);
}

Attribute Tiler::inputParam(StepInput input) {
  return exec::InputAttr::get(context_, input);
}

Attribute Tiler::dimParam(StepDim dim) {
  return exec::DimAttr::get(context_, dim);
}

//===----------------------------------------------------------------------===//
// Embeddings, router, rows
//===----------------------------------------------------------------------===//

LogicalResult Tiler::tileEmbed(EmbedOp op) {
  if (op.getIds() != function_.getArgument(0))
    return op.emitOpError("must read the function's token ids");
  auto table = weightType(op.getTable());
  double scale = op.getScale().convertToDouble();
  std::string name = llvm::formatv(
      "embed_{0}_v{1}k{2}_{3}_s{4}", table.getDescription().symbol,
      table.getDimSize(0), table.getDimSize(1), table.packingName(),
      llvm::utohexstr(op.getScale().bitcastToAPInt().getZExtValue()));
  BucketLaunch launch;
  launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
    return buildEmbed(b, op.getLoc(), symbol, table, scale,
                      config_.rowTile(table.getDimSize(1)));
  });
  launch.gridX = extent(StepDim::Tokens);
  launch.params = {inputParam(StepInput::TokenIds), weightParam(op.getTable()),
                   resultParam(0)};
  auto made = dispatchAlike(op, {}, op->getResultTypes(),
                            extent(StepDim::Tokens), launch);
  op.replaceAllUsesWith(made.getResult(0));
  op.erase();
  return success();
}

BucketLaunch Tiler::routerLaunch(RouterOp op, const RouterSpec &spec,
                                 const BucketConfig &bucket) {
  RouterConfig config = config_.router(spec, bucket);
  int64_t numExperts = spec.proj.getDimSize(0);
  std::string name = llvm::formatv("router_e{0}k{1}_top{2}", numExperts,
                                   spec.proj.getDimSize(1), spec.topK);
  if (spec.skipBelow > 0)
    name += llvm::formatv(
        "_skip{0:x-}",
        llvm::bit_cast<uint32_t>(static_cast<float>(spec.skipBelow)));
  if (config.rowTile > 1)
    name += llvm::formatv("_m{0}", config.rowTile);
  BucketLaunch launch;
  launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
    return buildRouter(b, op.getLoc(), symbol, spec, config);
  });
  launch.gridX = extent(StepDim::Tokens, 1, config.rowTile);
  launch.params = {operandParam(0),
                   weightParam(op.getScale()),
                   weightParam(op.getProj()),
                   weightParam(op.getPerExpertScale()),
                   resultParam(0),
                   resultParam(1),
                   resultParam(2),
                   resultParam(3),
                   dimParam(StepDim::Tokens)};
  launch.gridY = times(llvm::divideCeil(numExperts, config.expertTile));
  return launch;
}

LogicalResult Tiler::tileRouter(RouterOp op) {
  RouterSpec spec{
      .proj = weightType(op.getProj()),
      .topK = cast<RankedTensorType>(op.getWeights().getType()).getDimSize(1),
      .factor = op.getFactor().convertToDouble(),
      .epsilon = op.getEpsilon().convertToDouble(),
      .skipBelow = op.getSkipBelow().convertToDouble()};
  SmallVector<BucketLaunch> launches;
  for (const BucketConfig &bucket : config_.buckets)
    launches.push_back(routerLaunch(op, spec, bucket));
  SmallVector<Type> types(op->getResultTypes());
  // Logits and counters, for the item of some rows that comes last.
  constexpr int64_t kAny = ShapedType::kDynamic;
  types.push_back(RankedTensorType::get({kAny, spec.proj.getDimSize(0)},
                                        Float32Type::get(context_)));
  types.push_back(
      RankedTensorType::get({kAny}, IntegerType::get(context_, 32)));
  SmallVector<int64_t> persistent = {3};
  SmallVector<ExtentAttr> rows(types.size(), extent(StepDim::Tokens));
  auto made = dispatch(op, op.getX(), types, rows, launches, persistent);
  op->replaceAllUsesWith(made.getResults().take_front(2));
  op.erase();
  return success();
}

/// A text that two g4.rows share exactly if one kernel serves both.
static std::string rowsText(RowsOp op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (Type type : op->getOperandTypes())
    stream << type << ";";
  for (Operation &inner : op.getBody().front()) {
    stream << inner.getName() << inner.getAttrDictionary();
    for (Value operand : inner.getOperands()) {
      if (auto arg = dyn_cast<BlockArgument>(operand))
        stream << " a" << arg.getArgNumber();
      else
        stream << " "
               << std::distance(op.getBody().front().begin(),
                                Block::iterator(operand.getDefiningOp()));
    }
  }
  return text;
}

LogicalResult Tiler::tileRows(RowsOp op) {
  auto type = cast<RankedTensorType>(op.getResult(0).getType());
  std::string name =
      llvm::formatv("rows_k{0}_{1}", type.getShape().back(),
                    llvm::utohexstr(llvm::xxh3_64bits(rowsText(op)), true));
  BucketLaunch launch;
  launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
    return buildRows(b, op.getLoc(), symbol, op,
                     config_.rowTile(type.getShape().back()));
  });
  int64_t groups = type.getRank() == 3 ? type.getDimSize(1) : 1;
  launch.gridX = extent(StepDim::Tokens, groups);
  SmallVector<Value> tensors;
  for (Value input : op.getInputs()) {
    if (isa<quant::WeightType>(input.getType())) {
      launch.params.push_back(weightParam(input));
      continue;
    }
    launch.params.push_back(operandParam(tensors.size()));
    tensors.push_back(input);
  }
  for (int64_t i = 0; i < int64_t(op->getNumResults()); ++i)
    launch.params.push_back(resultParam(i));
  SmallVector<ExtentAttr> rows(op->getNumResults(), extent(StepDim::Tokens));
  auto made = dispatchAlike(op, tensors, op->getResultTypes(), rows, launch);
  op->replaceAllUsesWith(made);
  op.erase();
  return success();
}

} // namespace g4
