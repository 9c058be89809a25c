//===- TileMemory.cpp - Loads and stores of tiles -------------------------===//

#include "codegen/common/TileLowering.h"
#include "runtime/artifact/Packing.h"

namespace g4 {

using namespace mlir;

/// A load or store with its operands lowered.
struct TileLowering::Access {
  MemRefType type;
  Value pointer;
  Registers origin;
  Value map, mapOffset, rowBound, colBound;
};

template <typename Op>
TileLowering::Access TileLowering::accessOf(Op op, Value memory) {
  Access access;
  access.type = cast<MemRefType>(memory.getType());
  access.pointer = pointerOf(memory);
  access.origin = scalars(op.getIndices());
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
    at[at.size() - 2] = addIndex(at[at.size() - 2], row);
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

Value TileLowering::loadRegister(const Access &access, Value row, Value col,
                                 VectorType type) {
  int64_t length = type.getDimSize(0);
  Registers at = memoryIndices(access, row, col);
  Value pointer = address(access.pointer, linearIndex(access.type, at),
                          type.getElementType());
  int64_t alignment = alignmentOf(access.type, length);
  if (Value mask = columnMask(access, col, length))
    return LLVM::MaskedLoadOp::create(b, loc, type, pointer, mask,
                                      zeroVector(type), alignment,
                                      /*nontemporal=*/false);
  return loadVector(pointer, type, alignment);
}

/// i1: whether the tile's row exists; null if it always does.
static Value rowExists(OpBuilder &b, Location loc, Value rowBound, Value first,
                       Value row) {
  if (!rowBound)
    return {};
  Value place = b.createOrFold<arith::AddIOp>(loc, first, row);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, place,
                               rowBound);
}

LogicalResult TileLowering::lowerLoad(tile::LoadOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getResult());
  if (failed(layout))
    return failure();
  Access access = accessOf(op, op.getSource());
  Value thread = threadId();
  Registers result;
  for (int64_t i = 0; i < layout->rowRegisters(); ++i) {
    Value row = layout->rowOf(i, thread, b, loc);
    auto loadRow = [&] {
      Registers registers;
      for (int64_t j = 0; j < layout->colRegisters(); ++j)
        registers.push_back(loadRegister(access, row,
                                         layout->colOf(j, thread, b, loc),
                                         layout->vectorType(j)));
      return registers;
    };
    Value first = access.map                 ? access.mapOffset
                  : access.origin.size() > 1 ? access.origin.end()[-2]
                                             : index(0);
    Value exists = rowExists(b, loc, access.rowBound, first, row);
    if (!exists) {
      result.append(loadRow());
      continue;
    }
    SmallVector<Type> types;
    for (int64_t j = 0; j < layout->colRegisters(); ++j)
      types.push_back(layout->vectorType(j));
    auto branch = scf::IfOp::create(b, loc, types, exists,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, loc, loadRow());
    b.setInsertionPointToStart(branch.elseBlock());
    Registers zeros;
    for (Type type : types)
      zeros.push_back(zeroVector(cast<VectorType>(type)));
    scf::YieldOp::create(b, loc, zeros);
    result.append(branch.getResults().begin(), branch.getResults().end());
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
  int64_t alignment = alignmentOf(access.type, length);
  if (Value mask = columnMask(access, col, length))
    LLVM::MaskedStoreOp::create(b, loc, vector, pointer, mask, alignment);
  else
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
  Value thread = threadId();
  const Registers registers = registersOf(op.getValue());
  guarded(layout->isOwner(thread, b, loc), [&] {
    for (int64_t i = 0; i < layout->rowRegisters(); ++i) {
      Value row = layout->rowOf(i, thread, b, loc);
      Value first = access.map                 ? access.mapOffset
                    : access.origin.size() > 1 ? access.origin.end()[-2]
                                               : index(0);
      guarded(rowExists(b, loc, access.rowBound, first, row), [&] {
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

// Embeddings read single rows: a packed row is gathered element by element.
LogicalResult TileLowering::lowerUnpack(tile::UnpackOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getResult());
  if (failed(layout))
    return failure();
  auto weight = cast<quant::WeightType>(op.getW().getType());
  artifact::PackedMatrix matrix{weight.getDimSize(0), weight.getDimSize(1),
                                weight.getLayout().getPanel(),
                                weight.getLayout().getInterleave()};
  int64_t panel = std::max<int64_t>(matrix.panel, 1);
  int64_t interleave = matrix.interleave;
  Type element = weight.getElementType();
  Value row = scalar(op.getRow()), pointer = pointerOf(op.getW());
  auto divide = [&](Value x, int64_t y) {
    return b.createOrFold<arith::DivUIOp>(loc, x, index(y));
  };
  auto remainder = [&](Value x, int64_t y) {
    return b.createOrFold<arith::RemUIOp>(loc, x, index(y));
  };
  Value firstGroup =
      mulIndex(divide(row, panel), matrix.paddedCols() / interleave);
  Value inPanel = remainder(row, panel);
  Value bound = op.getColBound() ? scalar(op.getColBound()) : Value();
  Registers result;
  for (int64_t j = 0; j < layout->colRegisters(); ++j) {
    Value reg = zeroVector(layout->vectorType(j));
    Value first =
        addIndex(scalar(op.getCol()), layout->colOf(j, threadId(), b, loc));
    for (int64_t lane = 0; lane < layout->lengthOf(j); ++lane) {
      Value col = addIndex(first, index(lane)), exists;
      if (bound) {
        exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, col,
                                       bound);
        col = arith::SelectOp::create(b, loc, exists, col, index(0));
      }
      Value group = addIndex(firstGroup, divide(col, interleave));
      Value place = addIndex(
          mulIndex(addIndex(mulIndex(group, panel), inPanel), interleave),
          remainder(col, interleave));
      Value x = loadVector(address(pointer, place, element), element,
                           element.getIntOrFloatBitWidth() / 8);
      if (!element.isF32())
        x = arith::ExtFOp::create(b, loc, b.getF32Type(), x);
      if (exists)
        x = arith::SelectOp::create(
            b, loc, exists, x,
            arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0)));
      reg = vector::InsertOp::create(b, loc, x, reg, ArrayRef<int64_t>{lane});
    }
    result.push_back(reg);
  }
  setRegisters(op.getResult(), std::move(result));
  return success();
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
