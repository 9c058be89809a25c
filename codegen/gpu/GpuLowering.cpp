//===- GpuLowering.cpp - A g4t.kernel as a function of a GPU thread -------===//

#include "codegen/gpu/GpuLowering.h"

#include "codegen/gpu/AmdLowering.h"
#include "codegen/gpu/NvidiaLowering.h"
#include "dialects/quant/QuantTypes.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using tile::ReduceKind;

// The widest load and store of a thread, and the unit of async copies.
constexpr int64_t kPieceBytes = 16;

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
                                constant(warpSize()), gpu::ShuffleMode::XOR)
      .getShuffleResult();
}

/// Neighbouring threads hold a row: butterflies within a warp, then the warps'
/// results through scratch, combined in the order of the warps.
void GpuLowering::reduceAcrossThreads(ReduceKind kind, Registers &scalars,
                                      const RegisterLayout &layout) {
  if (layout.colThreads() == 1)
    return;
  int64_t lanes = layout.isMma() ? int64_t{1} << layout.colLanes().count
                                 : std::min(layout.colThreads(), warpSize());
  int64_t distance = int64_t{1} << layout.colLanes().first;
  for (Value &scalar : scalars)
    for (int64_t mask = lanes * distance / 2; mask >= distance; mask /= 2)
      scalar = combine(kind, scalar, shuffleXor(scalar, mask));
  int64_t numWarps =
      layout.isMma() ? layout.gridCols() : layout.colThreads() / lanes;
  if (numWarps > 1)
    combineWarps(kind, scalars, layout, numWarps);
}

// A warp has one row of a blocked tile, and several of an mma fragment.
void GpuLowering::combineWarps(ReduceKind kind, Registers &scalars,
                               const RegisterLayout &layout, int64_t numWarps) {
  Type type = scalars[0].getType();
  int64_t allWarps = numThreads_ / warpSize();
  int64_t rows = int64_t{1} << layout.rowLanes().count;
  int64_t perScalar = allWarps * rows;
  Value slots = scratchPointer(reserveScratch(4 * scalars.size() * perScalar));
  Value warp = divIndex(thread_, warpSize());
  Value lane = remIndex(thread_, warpSize());
  int64_t lanes = warpSize() / rows; // of one row
  // Of all intrinsics' fragments lanes of one column are neighbours, but of
  // transposed ones those of one row.
  Value row =
      layout.isTransposed() ? remIndex(lane, rows) : divIndex(lane, lanes);
  Value number =
      layout.isTransposed() ? divIndex(lane, rows) : remIndex(lane, lanes);
  Value isFirst =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, number, index(0));
  auto slotOf = [&](int64_t i, Value ofWarp) {
    Value slot = addIndex(mulIndex(ofWarp, rows), row);
    return address(slots, addIndex(slot, index(i * perScalar)), type);
  };
  guarded(isFirst, [&] {
    for (auto [i, scalar] : llvm::enumerate(scalars))
      storeVector(scalar, slotOf(i, warp), 4);
  });
  emitBarrier();
  Value firstWarp = mulIndex(divIndex(warp, numWarps), numWarps);
  for (auto [i, scalar] : llvm::enumerate(scalars)) {
    scalar = loadVector(slotOf(i, firstWarp), type, 4);
    for (int64_t w = 1; w < numWarps; ++w)
      scalar = combine(
          kind, scalar,
          loadVector(slotOf(i, addIndex(firstWarp, index(w))), type, 4));
  }
  // The slots may be written again in the next round of a loop.
  emitBarrier();
}

//===----------------------------------------------------------------------===//
// Order between blocks
//===----------------------------------------------------------------------===//

Value GpuLowering::emitIncrement(Value counter) {
  Value one = arith::ConstantIntOp::create(b, loc, 1, 32);
  return LLVM::AtomicRMWOp::create(b, loc, LLVM::AtomicBinOp::add, counter, one,
                                   LLVM::AtomicOrdering::acq_rel, "agent");
}

// What all threads stored lies before the barrier, so before the first thread's
// release; what they load after the second one, after its acquire.
Value GpuLowering::emitArrive(Value counter, Value count) {
  Value flag = scratchPointer(reserveScratch(4));
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                        thread_, index(0));
  emitBarrier();
  guarded(isFirst, [&] {
    Value isLast = TileLowering::emitArrive(counter, count);
    storeVector(arith::ExtUIOp::create(b, loc, b.getI32Type(), isLast), flag,
                4);
  });
  emitBarrier();
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                               loadVector(flag, b.getI32Type(), 4),
                               arith::ConstantIntOp::create(b, loc, 0, 32));
}

//===----------------------------------------------------------------------===//
// Operands of matrix instructions
//===----------------------------------------------------------------------===//

Value GpuLowering::matrixRow(Value memory, ValueRange at, Value row,
                             Value col) {
  auto type = cast<MemRefType>(memory.getType());
  Registers place = scalars(at);
  place.end()[-2] = addIndex(place.end()[-2], row);
  place.back() = addIndex(place.back(), col);
  return address(pointerOf(memory), linearIndex(type, place),
                 type.getElementType());
}

Value GpuLowering::wordOf(Value words, int64_t i) {
  return vector::ExtractOp::create(b, loc, words, ArrayRef<int64_t>{i});
}

Value GpuLowering::scaleOfWord(Value word, int64_t half,
                               artifact::NumberType type) {
  auto bits = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, loc, value, 32);
  };
  Type f32 = b.getF32Type();
  if (type == artifact::NumberType::BF16) {
    Value high = half == 0
                     ? arith::ShLIOp::create(b, loc, word, bits(16)).getResult()
                     : arith::AndIOp::create(b, loc, word, bits(0xffff0000));
    return LLVM::BitcastOp::create(b, loc, f32, high);
  }
  if (half == 1)
    word = arith::ShRUIOp::create(b, loc, word, bits(16));
  Value scale = arith::TruncIOp::create(b, loc, b.getI16Type(), word);
  scale = LLVM::BitcastOp::create(b, loc, b.getF16Type(), scale);
  return arith::ExtFOp::create(b, loc, f32, scale);
}

//===----------------------------------------------------------------------===//
// Copies to scratch
//===----------------------------------------------------------------------===//

/// A copy as rows of elements that are neighbours in both memories: rows of the
/// source, or, of a weight in 16 x 16 tiles, the tiles of 16 rows.
struct GpuLowering::CopyShape {
  int64_t numRows, rowElements;
  int64_t rowsTogether; // source rows of one row of the copy
  int64_t colElements;  // elements of a column of the source in it
  SmallVector<int64_t> sourceShape;
};

GpuLowering::CopyShape GpuLowering::copyShape(tile::CopyAsyncOp op) {
  int64_t rows = op.getRows(), cols = op.getCols();
  auto weight = dyn_cast<quant::WeightType>(op.getSource().getType());
  if (!weight)
    return {rows, cols, 1, 1,
            SmallVector<int64_t>(
                cast<MemRefType>(op.getSource().getType()).getShape())};
  SmallVector<int64_t> shape(weight.getShape());
  artifact::PackedMatrix matrix = weight.getMatrix();
  int64_t panel = matrix.packing->rows;
  if (panel == 1)
    return {rows, cols, 1, 1, shape};
  // Elements are bytes where units hold scales.
  int64_t bytes = matrix.format->isPlain() ? matrix.format->bits / 8 : 1;
  int64_t perCol = matrix.unitBytes() / matrix.packing->cols / bytes;
  shape.end()[-2] = matrix.paddedRows() / panel;
  shape.back() = matrix.panelBytes() / bytes;
  return {rows / panel, cols * perCol, panel, perCol, shape};
}

/// Where element [row, col] of the copy is in global memory.
Value GpuLowering::copySource(tile::CopyAsyncOp op, const CopyShape &shape,
                              Value row, Value col) {
  Registers at = scalars(op.getIndices());
  at.end()[-2] = addIndex(divIndex(at.end()[-2], shape.rowsTogether), row);
  at.back() = addIndex(mulIndex(at.back(), shape.colElements), col);
  Type element = cast<MemRefType>(op.getDest().getType()).getElementType();
  return address(pointerOf(op.getSource()), linearIndex(shape.sourceShape, at),
                 element);
}

/// i1: whether row `row` of the copy exists; null if every row does.
Value GpuLowering::copyRowExists(tile::CopyAsyncOp op, const CopyShape &shape,
                                 Value row) {
  if (!op.getRowBound())
    return {};
  Value first = scalars(op.getIndices()).end()[-2];
  return arith::CmpIOp::create(
      b, loc, arith::CmpIPredicate::slt,
      addIndex(first, mulIndex(row, shape.rowsTogether)),
      scalar(op.getRowBound()));
}

// The block is cut into pieces of 16 bytes, dealt out to the threads in turn.
LogicalResult GpuLowering::emitCopyAsync(tile::CopyAsyncOp op) {
  auto dest = cast<MemRefType>(op.getDest().getType());
  CopyShape shape = copyShape(op);
  int64_t perPiece = 8 * kPieceBytes / dest.getElementTypeBitWidth();
  int64_t perRow = shape.rowElements / perPiece;
  auto copy = [&](Value piece) {
    Value row = divIndex(piece, perRow);
    Value col = mulIndex(remIndex(piece, perRow), perPiece);
    Registers to = scalars(op.getDestIndices());
    Value target =
        address(pointerOf(op.getDest()),
                linearIndex(dest, {addIndex(to[0], row), addIndex(to[1], col)}),
                dest.getElementType());
    emitCopyPiece(copySource(op, shape, row, col), target,
                  copyRowExists(op, shape, row));
  };
  int64_t numPieces = shape.numRows * perRow;
  // A few pieces a thread are written out one by one.
  if (numPieces % numThreads_ == 0 && numPieces <= 8 * numThreads_) {
    for (int64_t first = 0; first < numPieces; first += numThreads_)
      copy(addIndex(thread_, index(first)));
    return success();
  }
  auto loop =
      scf::ForOp::create(b, loc, thread_, index(numPieces), index(numThreads_));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  copy(loop.getInductionVar());
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

static std::unique_ptr<GpuLowering>
makeGpuLowering(GpuVendor vendor, OpBuilder &b, Location loc, int64_t warpSize,
                int64_t numThreads, Value thread, Value scratch) {
  if (vendor == GpuVendor::Nvidia)
    return std::make_unique<NvidiaLowering>(b, loc, warpSize, numThreads,
                                            thread, scratch);
  return std::make_unique<AmdLowering>(b, loc, warpSize, numThreads, thread,
                                       scratch);
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
  // Nobody writes a weight while a kernel runs: reads of it need no order.
  for (auto [i, param] : llvm::enumerate(kernel.getParams()))
    if (isa<quant::WeightType>(param.getType()))
      for (StringRef name : {LLVM::LLVMDialect::getNoAliasAttrName(),
                             LLVM::LLVMDialect::getReadonlyAttrName()})
        function.setArgAttr(i, name, b.getUnitAttr());
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
