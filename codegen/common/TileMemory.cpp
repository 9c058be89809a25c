//===- TileMemory.cpp - Loads and stores of tiles -------------------------===//

#include "codegen/common/TileLowering.h"
#include "runtime/artifact/Packing.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

/// A load or store with its operands lowered.
struct TileLowering::Access {
  MemRefType type;
  Value pointer;
  Registers origin;
  Value map, mapOffset, rowBound, colBound;
  int64_t rowStride = 1;
  /// What the first column has of constants.
  int64_t constantCols = 0;
  bool isColumn = false; // rows of the tile are elements of a memref of rank 1
};

/// The sum of the constants that are added up to an index.
static int64_t constantPart(Value index) {
  if (auto sum = index.getDefiningOp<arith::AddIOp>())
    return constantPart(sum.getLhs()) + constantPart(sum.getRhs());
  return getConstantIntValue(index).value_or(0);
}

template <typename Op>
TileLowering::Access TileLowering::accessOf(Op op, Value memory) {
  Access access;
  access.type = cast<MemRefType>(memory.getType());
  access.pointer = pointerOf(memory);
  access.origin = scalars(op.getIndices());
  access.rowStride = op.getRowStride();
  access.constantCols = constantPart(op.getIndices().back());
  if (op.getRowMap()) {
    access.map = pointerOf(op.getRowMap());
    access.mapOffset = scalar(op.getRowOffset());
  }
  if (op.getRowBound())
    access.rowBound = scalar(op.getRowBound());
  if (op.getColBound())
    access.colBound = scalar(op.getColBound());
  return access;
}

/// Indices of the element at [row, col] of the tile; reads the row map.
TileLowering::Registers TileLowering::memoryIndices(const Access &access,
                                                    Value row, Value col) {
  Registers at = access.origin;
  at.back() = addIndex(at.back(), col);
  if (access.map) {
    Value place =
        address(access.map, addIndex(access.mapOffset, row), b.getI32Type());
    Value word = LLVM::LoadOp::create(b, loc, b.getI32Type(), place);
    row = arith::IndexCastOp::create(b, loc, b.getIndexType(), word);
  }
  if (at.size() > 1)
    at[at.size() - 2] =
        addIndex(at[at.size() - 2], mulIndex(row, access.rowStride));
  else if (access.isColumn)
    at.back() = addIndex(at.back(), row);
  return at;
}

/// i1 vector of the columns below the bound; null if there is none.
Value TileLowering::columnMask(const Access &access, Value col,
                               int64_t length) {
  if (!access.colBound)
    return {};
  Value first = addIndex(access.origin.back(), col);
  Value left = arith::IndexCastOp::create(
      b, loc, b.getI32Type(),
      arith::SubIOp::create(b, loc, access.colBound, first));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                               countingVector(length),
                               splatVector(left, length));
}

/// Of `length` columns: what a target says of tiles that begin at multiples of
/// their vectors, but no more than a constant first column leaves of that.
int64_t TileLowering::alignmentOf(const Access &access, int64_t length) {
  int64_t bytes =
      access.constantCols * access.type.getElementTypeBitWidth() / 8;
  int64_t usual = alignmentOf(access.type, length);
  return bytes == 0 ? usual : std::min(usual, bytes & -bytes);
}

Value TileLowering::loadRegister(const Access &access, Value row, Value col,
                                 VectorType type) {
  int64_t length = type.getDimSize(0);
  Registers at = memoryIndices(access, row, col);
  Value pointer = address(access.pointer, linearIndex(access.type, at),
                          type.getElementType());
  int64_t alignment = alignmentOf(access, length);
  if (Value mask = columnMask(access, col, length))
    return LLVM::MaskedLoadOp::create(b, loc, type, pointer, mask,
                                      zeroVector(type), alignment,
                                      /*nontemporal=*/false);
  return loadVector(pointer, type, alignment);
}

/// i1: whether the tile's row exists; null if it always does.
Value TileLowering::rowExists(const Access &access, Value row) {
  if (!access.rowBound)
    return {};
  Value first = access.map                 ? access.mapOffset
                : access.origin.size() > 1 ? access.origin.end()[-2]
                : access.isColumn          ? access.origin.back()
                                           : index(0);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                               addIndex(first, mulIndex(row, access.rowStride)),
                               access.rowBound);
}

TileLowering::Registers TileLowering::loadRow(const Access &access,
                                              const RegisterLayout &layout,
                                              Value row) {
  Registers registers;
  for (int64_t j = 0; j < layout.colRegisters(); ++j)
    registers.push_back(loadRegister(access, row,
                                     layout.colOf(j, threadId(), b, loc),
                                     layout.vectorType(j)));
  return registers;
}

/// loadRow() if `exists`, else zeros.
TileLowering::Registers TileLowering::loadRowIf(Value exists,
                                                const Access &access,
                                                const RegisterLayout &layout,
                                                Value row) {
  SmallVector<Type> types;
  for (int64_t j = 0; j < layout.colRegisters(); ++j)
    types.push_back(layout.vectorType(j));
  auto branch = scf::IfOp::create(b, loc, types, exists,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, loc, loadRow(access, layout, row));
  b.setInsertionPointToStart(branch.elseBlock());
  Registers zeros;
  for (Type type : types)
    zeros.push_back(zeroVector(cast<VectorType>(type)));
  scf::YieldOp::create(b, loc, zeros);
  return Registers(branch.getResults());
}

LogicalResult TileLowering::lowerLoad(tile::LoadOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getResult());
  if (failed(layout))
    return failure();
  Access access = accessOf(op, op.getSource());
  Registers result;
  for (int64_t i = 0; i < layout->rowRegisters(); ++i) {
    Value row = layout->rowOf(i, threadId(), b, loc);
    Value exists = rowExists(access, row);
    result.append(exists ? loadRowIf(exists, access, *layout, row)
                         : loadRow(access, *layout, row));
  }
  setRegisters(op.getResult(), std::move(result));
  return success();
}

void TileLowering::storeRegister(const Access &access, Value row, Value col,
                                 Value vector) {
  auto type = cast<VectorType>(vector.getType());
  int64_t length = type.getDimSize(0);
  Registers at = memoryIndices(access, row, col);
  Value pointer = address(access.pointer, linearIndex(access.type, at),
                          type.getElementType());
  int64_t alignment = alignmentOf(access, length);
  if (Value mask = columnMask(access, col, length)) {
    // LLVM takes a masked store apart where the machine has none; of bf16 it
    // would then convert element by element, by a function of its library.
    if (type.getElementTypeBitWidth() == 16)
      vector = arith::BitcastOp::create(
          b, loc, VectorType::get({length}, b.getI16Type()), vector);
    LLVM::MaskedStoreOp::create(b, loc, vector, pointer, mask, alignment);
  } else
    storeVector(vector, pointer, alignment);
}

// The elements of a transposed row are a column apart: one store each.
void TileLowering::storeTransposed(const Access &access, Value col,
                                   Value vector) {
  auto type = cast<VectorType>(vector.getType());
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  for (int64_t lane = 0; lane < type.getDimSize(0); ++lane) {
    Registers at = access.origin;
    Value &place = at[at.size() - 2];
    place = addIndex(place, addIndex(col, index(lane)));
    Value exists;
    if (access.colBound)
      exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, place,
                                     access.colBound);
    guarded(exists, [&] {
      Value element =
          vector::ExtractOp::create(b, loc, vector, ArrayRef<int64_t>{lane});
      storeVector(element,
                  address(access.pointer, linearIndex(access.type, at),
                          type.getElementType()),
                  bytes);
    });
  }
}

LogicalResult TileLowering::lowerStore(tile::StoreOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getValue());
  if (failed(layout))
    return failure();
  Access access = accessOf(op, op.getDest());
  access.isColumn =
      access.origin.size() == 1 && op.getValue().getType().getDimSize(0) > 1;
  Value thread = threadId();
  const Registers registers = registersOf(op.getValue());
  guarded(layout->isOwner(thread, b, loc), [&] {
    for (int64_t i = 0; i < layout->rowRegisters(); ++i) {
      Value row = layout->rowOf(i, thread, b, loc);
      guarded(rowExists(access, row), [&] {
        for (int64_t j = 0; j < layout->colRegisters(); ++j) {
          Value col = layout->colOf(j, thread, b, loc);
          Value vector = registers[i * layout->colRegisters() + j];
          if (op.getTransposed())
            storeTransposed(access, col, vector);
          else
            storeRegister(access, row, col, vector);
        }
      });
    }
  });
  return success();
}

LogicalResult TileLowering::lowerScratch(tile::ScratchOp op) {
  auto type = cast<MemRefType>(op.getType());
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  bindPointer(op, scratchPointer(reserveScratch(bytes)));
  return success();
}

Value TileLowering::emitIncrement(Value counter) {
  Value one = arith::ConstantIntOp::create(b, loc, 1, 32);
  return LLVM::AtomicRMWOp::create(b, loc, LLVM::AtomicBinOp::add, counter, one,
                                   LLVM::AtomicOrdering::acq_rel);
}

// The last item is alone: nobody else comes to the counter in this launch.
Value TileLowering::emitArrive(Value counter, Value count) {
  Value one = arith::ConstantIntOp::create(b, loc, 1, 32);
  Value come = arith::AddIOp::create(b, loc, emitIncrement(counter), one);
  Value isLast =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, come, count);
  guarded(isLast, [&] {
    storeVector(arith::ConstantIntOp::create(b, loc, 0, 32), counter, 4);
  });
  return isLast;
}

void TileLowering::lowerArrive(tile::ArriveOp op) {
  Value counter = address(pointerOf(op.getCounter()), scalar(op.getIndex()),
                          b.getI32Type());
  Value count =
      arith::IndexCastOp::create(b, loc, b.getI32Type(), scalar(op.getCount()));
  bindScalar(op, emitArrive(counter, count));
}

LogicalResult TileLowering::lowerMemrefLoad(memref::LoadOp op) {
  auto type = cast<MemRefType>(op.getMemref().getType());
  Value place = address(pointerOf(op.getMemref()),
                        linearIndex(type, scalars(op.getIndices())),
                        type.getElementType());
  bindScalar(op, loadVector(place, type.getElementType(),
                            type.getElementTypeBitWidth() / 8));
  return success();
}

LogicalResult TileLowering::lowerMemrefStore(memref::StoreOp op) {
  auto type = cast<MemRefType>(op.getMemref().getType());
  Value place = address(pointerOf(op.getMemref()),
                        linearIndex(type, scalars(op.getIndices())),
                        type.getElementType());
  storeVector(scalar(op.getValue()), place, type.getElementTypeBitWidth() / 8);
  return success();
}

} // namespace g4
