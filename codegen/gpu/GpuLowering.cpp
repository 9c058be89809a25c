//===- GpuLowering.cpp - A g4t.kernel as a function of a GPU thread -------===//

#include "codegen/gpu/GpuLowering.h"

#include "dialects/quant/QuantTypes.h"

namespace g4 {

using namespace mlir;
using tile::ReduceKind;

// The widest load and store of a thread, and the unit of async copies.
constexpr int64_t kPieceBytes = 16;

Value GpuLowering::scratchPointer(int64_t offset) {
  return LLVM::GEPOp::create(b, loc, scratch_.getType(), b.getI8Type(),
                             scratch_, ArrayRef<LLVM::GEPArg>{int32_t(offset)});
}

// Kernel builders give registers columns at multiples of their length, so an
// access is as aligned as the rows are: buffers begin at 64 bytes.
int64_t GpuLowering::alignmentOf(MemRefType memory, int64_t length) {
  int64_t element = memory.getElementTypeBitWidth() / 8;
  int64_t aligned = length;
  if (memory.getRank() > 1)
    while (aligned > 1 && memory.getShape().back() % aligned != 0)
      aligned /= 2;
  return std::min(aligned * element, kPieceBytes);
}

void GpuLowering::emitBarrier() { gpu::BarrierOp::create(b, loc); }

//===----------------------------------------------------------------------===//
// Sums across threads
//===----------------------------------------------------------------------===//

Value GpuLowering::shuffleXor(Value scalar, int64_t mask) {
  auto constant = [&](int64_t value) {
    return arith::ConstantIntOp::create(b, loc, value, 32);
  };
  return gpu::ShuffleOp::create(b, loc, scalar, constant(mask),
                                constant(warpSize_), gpu::ShuffleMode::XOR)
      .getShuffleResult();
}

/// Neighbouring threads hold a row: butterflies within a warp, then the warps'
/// results through scratch, combined in the order of the warps.
Value GpuLowering::reduceAcrossThreads(ReduceKind kind, Value scalar,
                                       const RegisterLayout &layout) {
  if (layout.colThreads() == 1)
    return scalar;
  int64_t lanes = layout.isMma() ? layout.colThreads() / layout.gridCols()
                                 : std::min(layout.colThreads(), warpSize_);
  for (int64_t mask = lanes / 2; mask > 0; mask /= 2)
    scalar = combine(kind, scalar, shuffleXor(scalar, mask));
  int64_t numWarps =
      layout.isMma() ? layout.gridCols() : layout.colThreads() / lanes;
  return numWarps > 1 ? combineWarps(kind, scalar, numWarps) : scalar;
}

Value GpuLowering::combineWarps(ReduceKind kind, Value scalar,
                                int64_t numWarps) {
  Type type = scalar.getType();
  int64_t allWarps = numThreads_ / warpSize_;
  Value slots = scratchPointer(reserveScratch(4 * allWarps));
  Value warp = arith::DivUIOp::create(b, loc, thread_, index(warpSize_));
  Value lane = arith::RemUIOp::create(b, loc, thread_, index(warpSize_));
  Value isFirst =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, lane, index(0));
  guarded(isFirst, [&] { storeVector(scalar, address(slots, warp, type), 4); });
  emitBarrier();
  Value firstWarp =
      mulIndex(arith::DivUIOp::create(b, loc, warp, index(numWarps)), numWarps);
  Value total;
  for (int64_t i = 0; i < numWarps; ++i) {
    Value part = loadVector(address(slots, addIndex(firstWarp, index(i)), type),
                            type, 4);
    total = total ? combine(kind, total, part) : part;
  }
  // The slots may be written again in the next round of a loop.
  emitBarrier();
  return total;
}

//===----------------------------------------------------------------------===//
// Copies to scratch
//===----------------------------------------------------------------------===//

/// Where element [row, col] of the block is in global memory.
Value GpuLowering::copySource(tile::CopyAsyncOp op, Value row, Value col) {
  Registers at = scalars(op.getIndices());
  at.end()[-2] = addIndex(at.end()[-2], row);
  at.back() = addIndex(at.back(), col);
  Type element = cast<MemRefType>(op.getDest().getType()).getElementType();
  SmallVector<int64_t> shape;
  if (auto weight = dyn_cast<quant::WeightType>(op.getSource().getType()))
    shape.assign(weight.getShape().begin(), weight.getShape().end());
  else
    shape.assign(cast<MemRefType>(op.getSource().getType()).getShape().begin(),
                 cast<MemRefType>(op.getSource().getType()).getShape().end());
  Value place = at[0];
  for (size_t i = 1; i < shape.size(); ++i)
    place = addIndex(mulIndex(place, shape[i]), at[i]);
  return address(pointerOf(op.getSource()), place, element);
}

// The block is cut into pieces of 16 bytes, dealt out to the threads in turn.
LogicalResult GpuLowering::emitCopyAsync(tile::CopyAsyncOp op) {
  auto dest = cast<MemRefType>(op.getDest().getType());
  int64_t perPiece = 8 * kPieceBytes / dest.getElementTypeBitWidth();
  int64_t perRow = op.getCols() / perPiece;
  auto loop = scf::ForOp::create(b, loc, thread_, index(op.getRows() * perRow),
                                 index(numThreads_));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value piece = loop.getInductionVar();
  Value row = arith::DivUIOp::create(b, loc, piece, index(perRow));
  Value col =
      mulIndex(arith::RemUIOp::create(b, loc, piece, index(perRow)), perPiece);
  Registers to = scalars(op.getDestIndices());
  Value target =
      address(pointerOf(op.getDest()),
              linearIndex(dest, {addIndex(to[0], row), addIndex(to[1], col)}),
              dest.getElementType());
  Value exists;
  if (op.getRowBound()) {
    Value first = scalars(op.getIndices()).end()[-2];
    exists =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                              addIndex(first, row), scalar(op.getRowBound()));
  }
  emitCopyPiece(copySource(op, row, col), target, exists);
  return success();
}

void GpuLowering::emitCopyPiece(Value from, Value to, Value exists) {
  auto type = VectorType::get({kPieceBytes / 4}, b.getI32Type());
  if (!exists)
    return storeVector(loadVector(from, type, kPieceBytes), to, kPieceBytes);
  auto branch = scf::IfOp::create(b, loc, TypeRange(type), exists,
                                  /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, loc, loadVector(from, type, kPieceBytes));
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, loc, zeroVector(type));
  }
  storeVector(branch.getResult(0), to, kPieceBytes);
}

//===----------------------------------------------------------------------===//
// The kernel around the body
//===----------------------------------------------------------------------===//

static LLVM::GlobalOp scratchOf(gpu::GPUModuleOp module) {
  if (auto known = module.lookupSymbol<LLVM::GlobalOp>(kScratchSymbol))
    return known;
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), 0);
  return LLVM::GlobalOp::create(b, module.getLoc(), type, /*isConstant=*/false,
                                LLVM::Linkage::External, kScratchSymbol,
                                Attribute(), /*alignment=*/128, kSharedSpace);
}

LogicalResult lowerKernelToGpu(tile::KernelOp kernel, GpuVendor vendor,
                               int64_t warpSize, gpu::GPUModuleOp module) {
  MLIRContext *context = kernel.getContext();
  Location loc = kernel.getLoc();
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  Type global = LLVM::LLVMPointerType::get(context, kGlobalSpace);
  SmallVector<Type> types;
  for (BlockArgument param : kernel.getParams())
    types.push_back(param.getType().isIndex() ? Type(b.getI64Type()) : global);
  auto function = gpu::GPUFuncOp::create(b, loc, kernel.getSymName(),
                                         b.getFunctionType(types, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  int32_t threads = kernel.getThreads();
  function.setKnownBlockSizeAttr(b.getDenseI32ArrayAttr({threads, 1, 1}));
  b.setInsertionPointToStart(&function.getBody().front());
  Value base = LLVM::AddressOfOp::create(b, loc, scratchOf(module));
  Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
  std::unique_ptr<GpuLowering> lowering =
      makeGpuLowering(vendor, b, loc, warpSize, threads, thread, base);
  for (auto [param, argument] :
       llvm::zip(kernel.getParams(), function.getArguments())) {
    if (param.getType().isIndex())
      lowering->bindScalar(param, arith::IndexCastOp::create(
                                      b, loc, b.getIndexType(), argument));
    else
      lowering->bindPointer(param, argument);
  }
  lowering->bindScalar(kernel.getGridX(),
                       gpu::BlockIdOp::create(b, loc, gpu::Dimension::x));
  lowering->bindScalar(kernel.getGridY(),
                       gpu::BlockIdOp::create(b, loc, gpu::Dimension::y));
  if (failed(lowering->lowerBody(kernel)))
    return failure();
  gpu::ReturnOp::create(b, loc);
  function->setAttr(kScratchBytes,
                    b.getI64IntegerAttr(lowering->scratchBytes()));
  return success();
}

} // namespace g4
