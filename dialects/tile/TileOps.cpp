//===- TileOps.cpp - Kernels, tiles and their arithmetic ------------------===//

#include "dialects/tile/QuantizedRow.h"
#include "dialects/tile/Tile.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace g4::tile;
namespace artifact = g4::artifact;
namespace quant = g4::quant;

//===----------------------------------------------------------------------===//
// kernel
//===----------------------------------------------------------------------===//

void KernelOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                     TypeRange params, int64_t threads) {
  state.addAttribute(getSymNameAttrName(state.name),
                     builder.getStringAttr(name));
  state.addAttribute(getThreadsAttrName(state.name),
                     builder.getI64IntegerAttr(threads));
  Block &block = state.addRegion()->emplaceBlock();
  for (Type type : params)
    block.addArgument(type, state.location);
  for (int i = 0; i < 2; ++i)
    block.addArgument(builder.getIndexType(), state.location);
}

// g4t.kernel @name(%x: type, ...) grid(%i, %j) threads 1 attributes {...} {...}
ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> args;
  OpAsmParser::Argument x, y;
  int64_t threads;
  if (parser.parseSymbolName(name, "sym_name", result.attributes) ||
      parser.parseArgumentList(args, AsmParser::Delimiter::Paren,
                               /*allowType=*/true) ||
      parser.parseKeyword("grid") || parser.parseLParen() ||
      parser.parseArgument(x) || parser.parseComma() ||
      parser.parseArgument(y) || parser.parseRParen() ||
      parser.parseKeyword("threads") || parser.parseInteger(threads) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  if (result.attributes.get("threads"))
    return parser.emitError(parser.getNameLoc(),
                            "threads is not one of the attributes");
  Builder &builder = parser.getBuilder();
  x.type = y.type = builder.getIndexType();
  args.push_back(x);
  args.push_back(y);
  result.addAttribute("threads", builder.getI64IntegerAttr(threads));
  return parser.parseRegion(*result.addRegion(), args);
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(getParams(), printer, [&](BlockArgument arg) {
    printer.printRegionArgument(arg);
  });
  printer << ") grid(";
  printer.printRegionArgument(cast<BlockArgument>(getGridX()), {},
                              /*omitType=*/true);
  printer << ", ";
  printer.printRegionArgument(cast<BlockArgument>(getGridY()), {},
                              /*omitType=*/true);
  printer << ") threads " << getThreads();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(),
                                           {"sym_name", "threads"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult KernelOp::verify() {
  auto args = getBody().getArguments();
  // kernel_c1
  if (args.size() < 2 || !getGridX().getType().isIndex() ||
      !getGridY().getType().isIndex())
    return emitOpError("the last two arguments must be index");
  for (BlockArgument arg : getParams())
    if (!isa<MemRefType, quant::WeightType, IndexType>(arg.getType()))
      return emitOpError("parameter ")
             << arg.getArgNumber()
             << " must be a memref, a weight or index, got " << arg.getType();
  // kernel_c2
  if (int64_t(getThreads()) <= 0)
    return emitOpError("threads must be positive");
  if (getThreads() == 1)
    return success();
  WalkResult result = getBody().walk([&](Operation *op) -> WalkResult {
    for (Type type : op->getResultTypes())
      if (auto tile = dyn_cast<RankedTensorType>(type);
          tile && !tile.getEncoding())
        return op->emitOpError("a tile of a kernel with more than one thread "
                               "needs a layout");
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// for_each
//===----------------------------------------------------------------------===//

// g4t.for_each %i below %count attributes {...} {...}
ParseResult ForEachOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::Argument number;
  OpAsmParser::UnresolvedOperand count;
  Type index = parser.getBuilder().getIndexType();
  if (parser.parseArgument(number) || parser.parseKeyword("below") ||
      parser.parseOperand(count) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.resolveOperand(count, index, result.operands))
    return failure();
  number.type = index;
  return parser.parseRegion(*result.addRegion(), {number});
}

void ForEachOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printRegionArgument(getBody().getArgument(0), {}, /*omitType=*/true);
  printer << " below " << getCount();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult ForEachOp::verify() {
  // for_each_c1
  if (getBody().getNumArguments() != 1 || !getNumber().getType().isIndex())
    return emitOpError("the block must have one argument, an index");
  // for_each_c2
  WalkResult result = getBody().walk([&](Operation *op) -> WalkResult {
    if (op->getDialect() == (*this)->getDialect() ||
        llvm::any_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>))
      return op->emitOpError("is not scalar code, which g4t.for_each needs");
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Tile arithmetic
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  RankedTensorType source = getSource().getType(), result = getType();
  // reduce_c1
  if (result.getDimSize(0) != source.getDimSize(0) ||
      result.getDimSize(1) != 1 ||
      result.getElementType() != source.getElementType() ||
      result.getEncoding() != source.getEncoding())
    return emitOpError("[R, C] must become [R, 1] of one type and layout, got ")
           << source << " -> " << result;
  return success();
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType source = getSource().getType(), result = getType();
  bool fits = source.getElementType() == result.getElementType() &&
              source.getEncoding() == result.getEncoding();
  for (int i = 0; fits && i < 2; ++i)
    fits = source.getDimSize(i) == 1 ||
           source.getDimSize(i) == result.getDimSize(i);
  // broadcast_c1
  if (!fits)
    return emitOpError("a dimension of size 1 can be repeated, nothing else "
                       "may change, got ")
           << source << " -> " << result;
  return success();
}

LogicalResult IotaOp::verify() {
  // iota_c1
  if (int64_t(getDim()) < 0 || int64_t(getDim()) > 1 ||
      !getType().getElementType().isInteger(32))
    return emitOpError("dim must be 0 or 1 and the element type i32");
  return success();
}

LogicalResult SplatOp::verify() {
  // splat_c1
  if (getScalar().getType() != getType().getElementType())
    return emitOpError("scalar and tile must have one element type, got ")
           << getScalar().getType() << " and " << getResult().getType();
  return success();
}

static bool isFloatMemory(MemRefType type) {
  return type.getElementType().isF32() || type.getElementType().isBF16();
}

void DotOp::build(OpBuilder &builder, OperationState &state, Type result,
                  Value acc, Value a, ValueRange atA, Value b, ValueRange atB,
                  OperandOrder order, int64_t depth) {
  build(builder, state, result, acc, a, atA, b, atB, order, depth,
        /*depth_bound=*/Value(), /*format=*/quant::FormatAttr());
}

artifact::PackedMatrix DotOp::getFragments() {
  Type element = cast<MemRefType>(getB().getType()).getElementType();
  const artifact::WeightFormat *format =
      getFormat() ? getFormat()->getDescription()
                  : artifact::findFormat(element.isF32() ? "f32" : "bf16");
  const artifact::Packing *packing =
      format->isPlain() ? format->findPacking("mma16x16") : format->mmaPacking;
  return {format, packing, packing->rows, int64_t(getDepth())};
}

LogicalResult DotOp::verify() {
  auto a = cast<MemRefType>(getA().getType());
  auto b = cast<MemRefType>(getB().getType());
  // dot_c1
  bool isInt4 = b.getElementType().isInteger(8) &&
                getOrder() == OperandOrder::Fragments &&
                a.getElementType().isBF16() && getDepth() % 64 == 0;
  if (!isFloatMemory(a) || (!isFloatMemory(b) && !isInt4) ||
      a.getRank() != int64_t(getAIndices().size()) ||
      b.getRank() != int64_t(getBIndices().size()) || a.getRank() < 2 ||
      b.getRank() < 2)
    return emitOpError("a and b must be f32 or bf16 memrefs of rank >= 2 with "
                       "an index for each dimension");
  // dot_c2
  if (int64_t(getDepth()) <= 0)
    return emitOpError("depth must be positive");
  // dot_c3
  const artifact::WeightFormat *format =
      getFormat() ? getFormat()->getDescription() : nullptr;
  if (b.getElementType().isInteger(8) ? !format || !format->mmaPacking
                                      : bool(getFormat()))
    return emitOpError("b of i8, and it alone, needs a format that has a "
                       "packing for mma");
  return success();
}

LogicalResult DotPackedOp::verify() {
  auto a = cast<MemRefType>(getA().getType());
  auto w = cast<quant::WeightType>(getW().getType());
  // dot_packed_c1
  if (a.getRank() != 2 || getAIndices().size() != 2 || !w.getLayout() ||
      w.getRank() < 2 || w.getRank() != int64_t(getWIndices().size()))
    return emitOpError("a must have rank 2, w a layout and an index for each "
                       "dimension, got ")
           << a << " and " << w;
  // dot_packed_c2
  if (hasIntegerRows() ? !QuantizedRow::suits(w.getDescription())
                       : a.getElementType() != w.getOperandType())
    return emitOpError("a must be ")
           << (w.getOperandType().isF32() ? "f32" : "bf16") << " for " << w
           << ", got " << a;
  // dot_packed_c3
  if (w.getLayout().getPanel() && getAcc().getType().getDimSize(1) % 8 != 0)
    return emitOpError("the tile's columns must be a multiple of 8, got ")
           << getAcc().getType();
  // dot_packed_c4
  if (int64_t(getDepth()) <= 0)
    return emitOpError("depth must be positive");
  // dot_packed_c5
  if (int64_t(getSlices()) < 0 || (getRowBound() && getSlices() == 0))
    return emitOpError("slices must not be negative, and row_bound needs them");
  // dot_packed_c7
  if (!findMatrixIntrinsic(getIntrinsic()))
    return emitOpError("there is no intrinsic ") << getIntrinsic();
  // dot_packed_c6
  if (hasIntegerRows() && (getSlices() != 0 || !w.getLayout().getPanel() ||
                           !matchPattern(getAIndices()[1], m_Zero())))
    return emitOpError("rows of i32 need panels, no slices and the place 0 "
                       "along k, got ")
           << w;
  if (getSlices() == 0)
    return success();
  int64_t numRows =
      int64_t(getDepth()) / kBlock * getAcc().getType().getDimSize(0);
  if (getDepth() % kBlock != 0 || a.getDimSize(0) != numRows ||
      a.getDimSize(1) < kBlock)
    return emitOpError("slices need a depth of whole blocks of 64 and ")
           << numRows << " rows of a, got depth " << getDepth() << " and " << a;
  return success();
}

void DotPackedOp::build(OpBuilder &builder, OperationState &state, Type type,
                        Value acc, Value a, ValueRange aIndices, Value w,
                        ValueRange wIndices, int64_t depth) {
  build(builder, state, type, acc, a, aIndices, w, wIndices, Value(), depth);
}
