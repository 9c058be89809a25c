//===- TileLowering.cpp - Control flow and arithmetic ---------------------===//

#include "codegen/common/TileLowering.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace g4 {

using namespace mlir;
using tile::ReduceKind;

static bool isTile(Value value) {
  return isa<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

FailureOr<RegisterLayout> TileLowering::layoutOf(Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  FailureOr<RegisterLayout> layout = RegisterLayout::of(type, warpSize_);
  if (failed(layout))
    return emitError(tile.getLoc())
           << type << " does not divide over the threads of its layout";
  return layout;
}

TileLowering::Registers TileLowering::scalars(ValueRange values) {
  Registers result;
  for (Value value : values)
    result.push_back(scalar(value));
  return result;
}

Value TileLowering::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value TileLowering::addIndex(Value a, Value x) {
  return b.createOrFold<arith::AddIOp>(loc, a, x);
}

Value TileLowering::mulIndex(Value a, int64_t x) {
  return b.createOrFold<arith::MulIOp>(loc, a, index(x));
}

Value TileLowering::divIndex(Value a, int64_t x) {
  return b.createOrFold<arith::DivUIOp>(loc, a, index(x));
}

Value TileLowering::remIndex(Value a, int64_t x) {
  return b.createOrFold<arith::RemUIOp>(loc, a, index(x));
}

int64_t TileLowering::alignmentOf(MemRefType memory, int64_t length) {
  return memory.getElementTypeBitWidth() / 8;
}

Value TileLowering::linearIndex(ArrayRef<int64_t> shape, ValueRange at) {
  Value result = at[0];
  for (size_t i = 1; i < shape.size(); ++i)
    result = addIndex(mulIndex(result, shape[i]), at[i]);
  return result;
}

Value TileLowering::address(Value base, Value index, Type element) {
  Value offset = b.createOrFold<arith::IndexCastOp>(loc, b.getI64Type(), index);
  return LLVM::GEPOp::create(b, loc, base.getType(), element, base, offset);
}

Value TileLowering::addBytes(Value pointer, int64_t bytes) {
  return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{int32_t(bytes)});
}

Value TileLowering::loadVector(Value pointer, Type type, int64_t alignment) {
  return LLVM::LoadOp::create(b, loc, type, pointer, alignment);
}

void TileLowering::storeVector(Value vector, Value pointer, int64_t alignment) {
  LLVM::StoreOp::create(b, loc, vector, pointer, alignment);
}

Value TileLowering::splatVector(Value scalar, int64_t length) {
  return vector::BroadcastOp::create(
      b, loc, VectorType::get({length}, scalar.getType()), scalar);
}

Value TileLowering::zeroVector(VectorType type) {
  return arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type));
}

Value TileLowering::countingVector(int64_t length) {
  SmallVector<int32_t> steps(length);
  std::iota(steps.begin(), steps.end(), 0);
  auto type = VectorType::get({length}, b.getI32Type());
  return arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, ArrayRef<int32_t>(steps)));
}

int64_t TileLowering::reserveScratch(int64_t bytes) {
  constexpr int64_t kAlignment = 128;
  int64_t offset = scratchBytes_;
  scratchBytes_ += llvm::alignTo(bytes, kAlignment);
  return offset;
}

void TileLowering::guarded(Value condition, function_ref<void()> body) {
  if (!condition)
    return body();
  auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
}

Value TileLowering::combine(ReduceKind kind, Value x, Value y) {
  bool isFloat = getElementTypeOrSelf(x.getType()).isF32();
  switch (kind) {
  case ReduceKind::Add:
    if (isFloat)
      return arith::AddFOp::create(b, loc, x, y);
    return arith::AddIOp::create(b, loc, x, y);
  case ReduceKind::Max:
    if (isFloat)
      return arith::MaxNumFOp::create(b, loc, x, y);
    return arith::MaxSIOp::create(b, loc, x, y);
  case ReduceKind::Min:
    if (isFloat)
      return arith::MinNumFOp::create(b, loc, x, y);
    return arith::MinSIOp::create(b, loc, x, y);
  }
  llvm_unreachable("a reduction that the enum does not have");
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

LogicalResult TileLowering::lowerBody(tile::KernelOp kernel) {
  return lowerBlock(kernel.getBody().front());
}

LogicalResult TileLowering::lowerBlock(Block &block) {
  for (Operation &op : block) {
    loc = op.getLoc();
    if (!op.hasTrait<OpTrait::IsTerminator>() && failed(lowerOp(&op)))
      return failure();
  }
  return success();
}

LogicalResult TileLowering::lowerOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](scf::ForOp o) { return lowerFor(o); })
      .Case([&](scf::IfOp o) { return lowerIf(o); })
      .Case([&](tile::SingleOp o) { return lowerSingle(o); })
      .Case([&](tile::ForEachOp o) { return lowerForEach(o); })
      .Case([&](tile::ReduceOp o) { return lowerReduce(o); })
      .Case([&](tile::BroadcastOp o) { return lowerBroadcast(o); })
      .Case([&](tile::IotaOp o) { return lowerIota(o); })
      .Case([&](tile::SplatOp o) { return lowerSplat(o); })
      .Case([&](tile::ScratchOp o) { return lowerScratch(o); })
      .Case([&](tile::LoadOp o) { return lowerLoad(o); })
      .Case([&](tile::StoreOp o) { return lowerStore(o); })
      .Case([&](tile::UnpackOp o) { return lowerUnpack(o); })
      .Case([&](tile::QuantizeOp o) { return lowerQuantize(o); })
      .Case([&](tile::DotOp o) { return emitDot(o); })
      .Case([&](tile::DotPackedOp o) { return emitDotPacked(o); })
      .Case([&](tile::CopyAsyncOp o) { return emitCopyAsync(o); })
      .Case([&](memref::LoadOp o) { return lowerMemrefLoad(o); })
      .Case([&](memref::StoreOp o) { return lowerMemrefStore(o); })
      .Case([&](tile::ArriveOp o) { return lowerArrive(o), success(); })
      .Case([&](tile::BarrierOp) { return emitBarrier(), success(); })
      .Case([&](tile::CommitAsyncOp) { return emitCommitAsync(), success(); })
      .Case([&](tile::WaitAsyncOp o) {
        return emitWaitAsync(o.getPending()), success();
      })
      .Default([&](Operation *o) { return lowerElementwise(o); });
}

// A loop over tiles carries their registers.
LogicalResult TileLowering::lowerFor(scf::ForOp op) {
  Registers inits;
  for (Value init : op.getInitArgs()) {
    if (isTile(init))
      inits.append(tiles_[init]);
    else
      inits.push_back(scalar(init));
  }
  auto loop = scf::ForOp::create(b, loc, scalar(op.getLowerBound()),
                                 scalar(op.getUpperBound()),
                                 scalar(op.getStep()), inits);
  bindScalar(op.getInductionVar(), loop.getInductionVar());
  auto bindAll = [&](ValueRange values, ValueRange registers) {
    for (auto [value, init] : llvm::zip(values, op.getInitArgs())) {
      size_t count = isTile(value) ? tiles_[init].size() : 1;
      if (isTile(value))
        tiles_[value] = Registers(registers.take_front(count));
      else
        bindScalar(value, registers.front());
      registers = registers.drop_front(count);
    }
  };
  bindAll(op.getRegionIterArgs(), loop.getRegionIterArgs());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    if (failed(lowerBlock(*op.getBody())))
      return failure();
    Registers yielded;
    for (Value value : op.getBody()->getTerminator()->getOperands()) {
      if (isTile(value))
        yielded.append(tiles_[value]);
      else
        yielded.push_back(scalar(value));
    }
    if (!inits.empty())
      scf::YieldOp::create(b, loc, yielded);
  }
  bindAll(op.getResults(), loop.getResults());
  return success();
}

LogicalResult TileLowering::lowerIf(scf::IfOp op) {
  if (op.getNumResults() != 0)
    return op.emitOpError("a condition in a kernel has no results");
  bool hasElse = !op.getElseRegion().empty();
  auto branch = scf::IfOp::create(b, loc, scalar(op.getCondition()), hasElse);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  if (failed(lowerBlock(*op.thenBlock())))
    return failure();
  if (!hasElse)
    return success();
  b.setInsertionPointToStart(branch.elseBlock());
  return lowerBlock(*op.elseBlock());
}

LogicalResult TileLowering::lowerSingle(tile::SingleOp op) {
  LogicalResult result = success();
  Value thread = threadId();
  Value isFirst;
  if (thread)
    isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, thread,
                                    index(0));
  guarded(isFirst, [&] { result = lowerBlock(op.getBody().front()); });
  emitBarrier();
  return result;
}

/// A thread takes its own number, then every numThreads()-th.
LogicalResult TileLowering::lowerForEach(tile::ForEachOp op) {
  Value first = threadId() ? threadId() : index(0);
  auto loop = scf::ForOp::create(b, loc, first, scalar(op.getCount()),
                                 index(numThreads()));
  bindScalar(op.getNumber(), loop.getInductionVar());
  LogicalResult result = success();
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    result = lowerBlock(op.getBody().front());
  }
  emitBarrier();
  return result;
}

/// The same op, on scalars or on each register.
LogicalResult TileLowering::lowerElementwise(Operation *op) {
  StringRef dialect = op->getName().getDialectNamespace();
  if ((dialect != "arith" && dialect != "math") || op->getNumResults() != 1)
    return op->emitOpError("has no lowering in a kernel");
  Value result = op->getResult(0);
  auto clone = [&](ValueRange operands, Type type) {
    OperationState state(loc, op->getName(), operands, type, op->getAttrs());
    return b.create(state)->getResult(0);
  };
  if (!isTile(result)) {
    bindScalar(result, clone(scalars(op->getOperands()), result.getType()));
    return success();
  }
  FailureOr<RegisterLayout> layout = layoutOf(result);
  if (failed(layout))
    return failure();
  Registers registers;
  for (int64_t i = 0; i < layout->numRegisters(); ++i) {
    Registers operands;
    for (Value operand : op->getOperands())
      operands.push_back(tiles_[operand][i]);
    registers.push_back(
        clone(operands, layout->vectorType(i % layout->colRegisters())));
  }
  setRegisters(result, std::move(registers));
  return success();
}

static vector::CombiningKind vectorKind(ReduceKind kind, bool isFloat) {
  switch (kind) {
  case ReduceKind::Add:
    return vector::CombiningKind::ADD;
  case ReduceKind::Max:
    return isFloat ? vector::CombiningKind::MAXNUMF
                   : vector::CombiningKind::MAXSI;
  case ReduceKind::Min:
    return isFloat ? vector::CombiningKind::MINNUMF
                   : vector::CombiningKind::MINSI;
  }
  llvm_unreachable("a reduction that the enum does not have");
}

LogicalResult TileLowering::lowerReduce(tile::ReduceOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getSource());
  if (failed(layout))
    return failure();
  const Registers source = tiles_[op.getSource()];
  bool isFloat = getElementTypeOrSelf(op.getType()).isF32();
  int64_t cols = layout->colRegisters();
  Registers totals, result;
  for (int64_t i = 0; i < layout->rowRegisters(); ++i) {
    // Registers of one length first, then across one vector, then threads.
    Value wide = source[i * cols], total;
    auto across = [&](Value vector) {
      Value scalar = vector::ReductionOp::create(
          b, loc, vectorKind(op.getKind(), isFloat), vector,
          isFloat ? arith::FastMathFlags::reassoc : arith::FastMathFlags::none);
      total = total ? combine(op.getKind(), total, scalar) : scalar;
    };
    for (int64_t j = 1; j < cols; ++j) {
      if (layout->lengthOf(j) == layout->lengthOf(0))
        wide = combine(op.getKind(), wide, source[i * cols + j]);
      else
        across(source[i * cols + j]);
    }
    across(wide);
    totals.push_back(total);
  }
  reduceAcrossThreads(op.getKind(), totals, *layout);
  for (Value total : totals)
    result.push_back(splatVector(total, 1));
  setRegisters(op, std::move(result));
  return success();
}

LogicalResult TileLowering::lowerBroadcast(tile::BroadcastOp op) {
  FailureOr<RegisterLayout> from = layoutOf(op.getSource());
  FailureOr<RegisterLayout> to = layoutOf(op.getResult());
  if (failed(from) || failed(to))
    return failure();
  auto sourceType = cast<RankedTensorType>(op.getSource().getType());
  bool oneRow = sourceType.getDimSize(0) == 1;
  bool oneCol = sourceType.getDimSize(1) == 1;
  const Registers source = tiles_[op.getSource()];
  Registers result;
  for (int64_t i = 0; i < to->rowRegisters(); ++i)
    for (int64_t j = 0; j < to->colRegisters(); ++j) {
      Value reg =
          source[(oneRow ? 0 : i) * from->colRegisters() + (oneCol ? 0 : j)];
      if (oneCol && to->lengthOf(j) != 1)
        reg = splatVector(
            vector::ExtractOp::create(b, loc, reg, ArrayRef<int64_t>{0}),
            to->lengthOf(j));
      result.push_back(reg);
    }
  setRegisters(op, std::move(result));
  return success();
}

LogicalResult TileLowering::lowerIota(tile::IotaOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op);
  if (failed(layout))
    return failure();
  Value thread = threadId();
  Registers result;
  for (int64_t i = 0; i < layout->rowRegisters(); ++i)
    for (int64_t j = 0; j < layout->colRegisters(); ++j) {
      VectorType type = layout->vectorType(j);
      bool alongRows = op.getDim() == 0;
      Value first = alongRows ? layout->rowOf(i, thread, b, loc)
                              : layout->colOf(j, thread, b, loc);
      first = arith::IndexCastOp::create(b, loc, b.getI32Type(), first);
      Value reg = splatVector(first, type.getDimSize(0));
      if (!alongRows) {
        Value steps = countingVector(type.getDimSize(0));
        reg = arith::AddIOp::create(b, loc, reg, steps);
      }
      result.push_back(reg);
    }
  setRegisters(op, std::move(result));
  return success();
}

LogicalResult TileLowering::lowerSplat(tile::SplatOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op);
  if (failed(layout))
    return failure();
  Registers result;
  for (int64_t i = 0; i < layout->numRegisters(); ++i)
    result.push_back(splatVector(scalar(op.getScalar()),
                                 layout->lengthOf(i % layout->colRegisters())));
  setRegisters(op, std::move(result));
  return success();
}

} // namespace g4
