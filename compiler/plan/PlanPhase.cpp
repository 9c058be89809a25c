//===- PlanPhase.cpp - Dispatches become launches with buffers ------------===//
//
//   %y = g4x.dispatch "layers.0.attn.o"(%x) {kernels = [@k1, @k8], ...}
//
// becomes
//
//   g4x.buffer @b3 f32 rows <tokens> cols 192 storage 1
//   g4x.bucket max_tokens 1 ... { g4x.launch "layers.0.attn.o" @k1 ...
//                                   args [#g4x.buffer_ref<@b2>, ...] }
//   g4x.bucket ...              { g4x.launch "layers.0.attn.o" @k8 ... }
//
// A storage is free again after the last launch that reads its buffer; a
// launch never writes a storage that it reads. A persistent buffer has a
// storage of its own. Test:
// test/compiler/plan/g4-plan.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/Passes.h"
#include "compiler/tile/TargetConfig.h"
#include "dialects/exec/Exec.h"
#include "dialects/graph/Graph.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include <map>
#include <string>

namespace g4 {

#define GEN_PASS_DEF_PLANPASS
#include "compiler/plan/Passes.h.inc"

using namespace mlir;
using namespace exec;

namespace {

class Planner {
public:
  Planner(ModuleOp module, func::FuncOp function, const TargetConfig &config)
      : function_(function), config_(config), b_(module.getContext()) {}

  LogicalResult run();

private:
  LogicalResult check(Operation &op);
  struct Buffer {
    std::string name;
    Type dtype;
    ExtentAttr rows;
    int64_t cols = 1, storage = -1;
    int64_t lastUse = 0; // number of the last op that reads it
    bool isPersistent = false;
  };

  Value root(Value value);
  void numberUses();
  void assignBuffers();
  int64_t takeStorage(StepDim dim);
  void releaseAfter(int64_t position);
  LogicalResult buildProgram();
  void buildBucket(size_t index);
  ArrayAttr bind(DispatchOp op, ArrayAttr params);
  FlatSymbolRefAttr bufferRef(Value value);

  func::FuncOp function_;
  const TargetConfig &config_;
  OpBuilder b_;
  SmallVector<Operation *> ops_; // dispatches, taps and the return, in order
  llvm::MapVector<Value, Buffer> buffers_;
  std::map<StepDim, SmallVector<int64_t>> free_;
  int64_t numStorages_ = 0;
};

} // namespace

/// The value whose memory `value` is: heads are views.
Value Planner::root(Value value) {
  while (auto heads = value.getDefiningOp<graph::HeadsOp>())
    value = heads.getX();
  return value;
}

void Planner::numberUses() {
  for (Operation &op : function_.getBody().front()) {
    if (!isa<DispatchOp, graph::TapOp, func::ReturnOp>(op))
      continue;
    for (Value operand : op.getOperands())
      if (auto it = buffers_.find(root(operand)); it != buffers_.end())
        it->second.lastUse = ops_.size();
    if (auto dispatch = dyn_cast<DispatchOp>(op))
      for (auto [result, rows] :
           llvm::zip(dispatch.getResults(), dispatch.getResultRows())) {
        auto type = cast<RankedTensorType>(result.getType());
        Buffer buffer{.name = "b" + std::to_string(buffers_.size()),
                      .dtype = type.getElementType(),
                      .rows = cast<ExtentAttr>(rows)};
        for (int64_t size : type.getShape().drop_front())
          buffer.cols *= size;
        buffer.lastUse = ops_.size();
        buffer.isPersistent = llvm::is_contained(
            dispatch.getPersistent().value_or(ArrayRef<int64_t>()),
            int64_t(result.getResultNumber()));
        buffers_[result] = buffer;
      }
    ops_.push_back(&op);
  }
}

int64_t Planner::takeStorage(StepDim dim) {
  SmallVector<int64_t> &free = free_[dim];
  return free.empty() ? numStorages_++ : free.pop_back_val();
}

void Planner::releaseAfter(int64_t position) {
  for (auto &[value, buffer] : buffers_)
    if (buffer.lastUse == position && buffer.storage >= 0 &&
        !buffer.isPersistent)
      free_[buffer.rows.getDim()].push_back(buffer.storage);
}

void Planner::assignBuffers() {
  for (auto [position, op] : llvm::enumerate(ops_)) {
    for (Value result : op->getResults()) {
      Buffer &buffer = buffers_[result];
      buffer.storage = buffer.isPersistent ? numStorages_++
                                           : takeStorage(buffer.rows.getDim());
    }
    releaseAfter(position);
  }
}

FlatSymbolRefAttr Planner::bufferRef(Value value) {
  return FlatSymbolRefAttr::get(b_.getContext(), buffers_[root(value)].name);
}

/// A dispatch's parameters with operands and results as buffers.
ArrayAttr Planner::bind(DispatchOp op, ArrayAttr params) {
  SmallVector<Attribute> args;
  for (Attribute param : params) {
    Value value;
    if (auto operand = dyn_cast<OperandAttr>(param))
      value = op.getInputs()[operand.getIndex()];
    else if (auto result = dyn_cast<ResultAttr>(param))
      value = op.getResult(result.getIndex());
    args.push_back(value ? BufferRefAttr::get(b_.getContext(), bufferRef(value))
                         : param);
  }
  return b_.getArrayAttr(args);
}

void Planner::buildBucket(size_t index) {
  const BucketConfig &config = config_.buckets[index];
  Location loc = function_.getLoc();
  auto bucket = BucketOp::create(b_, loc, config.maxTokens, config.queryTile);
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPointToStart(&bucket.getBody().emplaceBlock());
  for (Operation *op : ops_) {
    if (auto tap = dyn_cast<graph::TapOp>(op)) {
      exec::TapOp::create(b_, tap.getLoc(), tap.getNameAttr(),
                          bufferRef(tap.getX()));
      continue;
    }
    auto dispatch = dyn_cast<DispatchOp>(op);
    if (!dispatch)
      continue;
    auto kernel = dyn_cast<FlatSymbolRefAttr>(dispatch.getKernels()[index]);
    if (!kernel)
      continue;
    LaunchOp::create(
        b_, dispatch.getLoc(), kernel,
        cast<ExtentAttr>(dispatch.getGridsX()[index]),
        cast<ExtentAttr>(dispatch.getGridsY()[index]),
        bind(dispatch, cast<ArrayAttr>(dispatch.getParams()[index])),
        dispatch.getLabelAttr());
  }
}

LogicalResult Planner::buildProgram() {
  Operation *last = ops_.back();
  bool areBuffers = llvm::all_of(last->getOperands(), [&](Value value) {
    return buffers_.contains(root(value));
  });
  if ((last->getNumOperands() != 1 && last->getNumOperands() != 3) ||
      !areBuffers)
    return function_.emitError("must return results of dispatches: logits, or "
                               "logits, values and ids of candidates");
  Value logits = last->getOperand(0);
  b_.setInsertionPoint(function_);
  FlatSymbolRefAttr values, ids;
  if (last->getNumOperands() == 3) {
    values = bufferRef(last->getOperand(1));
    ids = bufferRef(last->getOperand(2));
  }
  auto program = ProgramOp::create(
      b_, function_.getLoc(), function_.getSymNameAttr(), bufferRef(logits),
      b_.getI64IntegerAttr(config_.pageSize), values, ids);
  b_.setInsertionPointToStart(&program.getBody().emplaceBlock());
  for (auto &[value, buffer] : buffers_)
    BufferOp::create(b_, value.getLoc(), buffer.name, buffer.dtype, buffer.rows,
                     buffer.cols, buffer.storage, buffer.isPersistent);
  for (size_t i = 0; i < config_.buckets.size(); ++i)
    buildBucket(i);
  return success();
}

/// What the tile phase leaves, whoever made it: `g4c --compile-from=plan` reads
/// IR that people have touched.
LogicalResult Planner::check(Operation &op) {
  if (!isa<DispatchOp, graph::TapOp, graph::HeadsOp, func::ReturnOp>(op))
    return op.emitOpError("was not tiled");
  bool isBuffer = llvm::all_of(op.getOperands(), [&](Value value) {
    return root(value).getDefiningOp<DispatchOp>();
  });
  if (!isBuffer && isa<DispatchOp, graph::TapOp>(op))
    return op.emitOpError("must read the results of dispatches");
  auto dispatch = dyn_cast<DispatchOp>(op);
  if (dispatch && dispatch.getKernels().size() != config_.buckets.size())
    return op.emitOpError("has kernels for ")
           << dispatch.getKernels().size() << " buckets, the target has "
           << config_.buckets.size();
  return success();
}

LogicalResult Planner::run() {
  for (Operation &op : function_.getBody().front())
    if (failed(check(op)))
      return failure();
  numberUses();
  assignBuffers();
  if (failed(buildProgram()))
    return failure();
  function_.erase();
  return success();
}

namespace {

struct PlanPhase : impl::PlanPassBase<PlanPhase> {
  void runOnOperation() override {
    SmallVector<ModuleOp> modules;
    getOperation().walk([&](ModuleOp module) {
      if (module->hasAttr("g4t.target"))
        modules.push_back(module);
    });
    for (ModuleOp module : modules) {
      auto functions = module.getOps<func::FuncOp>();
      auto target = module->getAttrOfType<tile::TargetAttr>("g4t.target");
      if (!target || !llvm::hasSingleElement(functions) ||
          (*functions.begin()).isExternal()) {
        module.emitError("needs a #g4t.target and exactly one function with a "
                         "body");
        return signalPassFailure();
      }
      TargetConfig config = TargetConfig::of(target);
      if (failed(Planner(module, *functions.begin(), config).run()))
        return signalPassFailure();
    }
  }
};

} // namespace
} // namespace g4
