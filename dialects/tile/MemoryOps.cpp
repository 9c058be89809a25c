//===- MemoryOps.cpp - Loads, stores, scratch, async copies ---------------===//

#include "dialects/tile/Tile.h"

using namespace mlir;
using namespace g4::tile;

LogicalResult ScratchOp::verify() {
  auto type = cast<MemRefType>(getMemory().getType());
  // scratch_c1
  if (!type.hasStaticShape() || !isScratch(type) ||
      !isa_and_nonnull<KernelOp>((*this)->getParentOp()))
    return emitOpError("needs a static memref in memory space #g4t.scratch, "
                       "directly in a kernel, got ")
           << type;
  return success();
}

/// What load and store have in common.
static LogicalResult verifyAccess(Operation *op, RankedTensorType tile,
                                  Value memory, OperandRange indices, Value map,
                                  Value offset, int64_t rowStride) {
  auto type = cast<MemRefType>(memory.getType());
  // load_c1, store_c1
  if (type.getRank() == 0 || type.getRank() != int64_t(indices.size()))
    return op->emitOpError("needs an index for each dimension of ") << type;
  if (tile.getElementType() != type.getElementType())
    return op->emitOpError("tile and memory must have one element type, got ")
           << tile << " and " << type;
  // load_c2, store_c2
  if (bool(map) != bool(offset))
    return op->emitOpError("a row map comes with its offset");
  if (map) {
    auto mapType = cast<MemRefType>(map.getType());
    bool isList = mapType.getRank() == 1 ||
                  (mapType.getRank() == 2 && mapType.getDimSize(1) == 1);
    if (!isList || !mapType.getElementType().isInteger(32))
      return op->emitOpError("a row map must be a memref<?xi32> or ?x1, got ")
             << mapType;
  }
  // load_c4, store_c5
  if (rowStride <= 0 || (rowStride != 1 && map))
    return op->emitOpError(
               "row_stride must be positive, and 1 with a map, got ")
           << rowStride;
  return success();
}

LogicalResult LoadOp::verify() {
  if (failed(verifyAccess(*this, getType(), getSource(), getIndices(),
                          getRowMap(), getRowOffset(), getRowStride())))
    return failure();
  // load_c3
  if (getIndices().size() == 1 && (getType().getDimSize(0) != 1 || getRowMap()))
    return emitOpError("a memref of rank 1 gives one row and takes no map");
  return success();
}

LogicalResult StoreOp::verify() {
  if (failed(verifyAccess(*this, getValue().getType(), getDest(), getIndices(),
                          getRowMap(), getRowOffset(), getRowStride())))
    return failure();
  // store_c3
  bool oneRow = getValue().getType().getDimSize(0) == 1;
  if (getTransposed() && (!oneRow || getRowMap() || getIndices().size() < 2))
    return emitOpError("transposed takes a tile of one row and no map");
  // store_c5
  if (getTransposed() && getRowStride() != 1)
    return emitOpError("transposed takes no row_stride");
  // store_c4
  bool oneCol = getValue().getType().getDimSize(1) == 1;
  if (getIndices().size() == 1 && (!(oneRow || oneCol) || getRowMap()))
    return emitOpError("a memref of rank 1 takes one row or column, no map");
  return success();
}

LogicalResult UnpackOp::verify() {
  auto w = cast<quant::WeightType>(getW().getType());
  // unpack_c1
  if (w.getRank() != 2 || !w.getLayout() || getType().getDimSize(0) != 1)
    return emitOpError("needs a weight of rank 2 with a layout and a result "
                       "[1, C], got ")
           << w << " -> " << getResult().getType();
  return success();
}

LogicalResult WaitAsyncOp::verify() {
  // wait_async_c1
  if (int64_t(getPending()) < 0)
    return emitOpError("pending must not be negative");
  return success();
}

LogicalResult CopyAsyncOp::verify() {
  auto dest = cast<MemRefType>(getDest().getType());
  Type element;
  int64_t rank = 0;
  bool inTiles = false;
  int64_t tileCols = 1;
  if (auto memory = dyn_cast<MemRefType>(getSource().getType())) {
    element = memory.getElementType();
    rank = memory.getRank();
  } else if (auto weight = dyn_cast<quant::WeightType>(getSource().getType());
             weight && weight.getLayout() &&
             (weight.getLayout().getPanel() == 0 ||
              weight.getLayout().getMma() != 0)) {
    artifact::PackedMatrix matrix = weight.getMatrix();
    inTiles = matrix.packing->isForMma;
    tileCols = matrix.packing->cols;
    // Of formats with scales whole units are copied, as bytes.
    element = matrix.format->isPlain() ? weight.getElementType()
                                       : IntegerType::get(getContext(), 8);
    rank = weight.getRank();
  }
  // copy_async_c1
  if (element != dest.getElementType() || !element.isIntOrFloat() ||
      !isScratch(dest) || dest.getRank() != 2 || getDestIndices().size() != 2 ||
      rank < 2 || rank != int64_t(getIndices().size()))
    return emitOpError(
        "needs a memref or a weight of layout rows or mma and a scratch "
        "memref of rank 2 of one element type");
  // copy_async_c2
  if (int64_t(getRows()) <= 0 || int64_t(getCols()) <= 0 ||
      getCols() * element.getIntOrFloatBitWidth() % 128 != 0)
    return emitOpError("the bytes of a row must be a multiple of 16, got ")
           << getCols() << " x " << element;
  // copy_async_c3
  if (inTiles && (getRows() % 16 != 0 || getCols() % tileCols != 0))
    return emitOpError("an mma layout is copied in tiles of 16 x ")
           << tileCols << ", got " << getRows() << " x " << getCols();
  return success();
}

LogicalResult ArriveOp::verify() {
  auto type = cast<MemRefType>(getCounter().getType());
  // arrive_c1
  if (type.getRank() != 1 || !type.getElementType().isInteger(32) ||
      isScratch(type))
    return emitOpError("needs a memref<?xi32> that items share, got ") << type;
  return success();
}
