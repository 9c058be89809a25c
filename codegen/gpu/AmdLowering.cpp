//===- AmdLowering.cpp - Dots of rows by AMD's matrix instructions --------===//
//
// dot with accumulators in an intrinsic's fragments, both operands bf16 in
// scratch: a is rows [m][k], b rows [n][k] or [k][n]. A lane reads its part of
// an operand in runs of neighbouring k, up to 16 bytes at once; of [k][n]
// number by number.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/AmdLowering.h"

#include "codegen/gpu/LaneMoves.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

using Registers = SmallVector<Value>;

/// A word of another lane, by DPP; all lanes are there, so nothing is masked.
Value AmdLowering::moveLanes(Value word, int64_t control) {
  auto i32 = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, loc, value, 32);
  };
  Value bound = arith::ConstantIntOp::create(b, loc, 1, 1);
  SmallVector<Value> operands = {word,     word,     i32(control),
                                 i32(0xf), i32(0xf), bound};
  return LLVM::CallIntrinsicOp::create(
             b, loc, b.getI32Type(), b.getStringAttr("llvm.amdgcn.update.dpp"),
             operands)
      .getResult(0);
}

// Within a row by DPP, which costs no more than an addition; to the other row
// of a pair by ds_swizzle, or v_permlanex16 where there is one. To the other
// half of 64 lanes through memory's crossbar: gpu.shuffle.
Value AmdLowering::shuffleXor(Value scalar, int64_t mask) {
  if (mask > 16 || scalar.getType().getIntOrFloatBitWidth() != 32)
    return GpuLowering::shuffleXor(scalar, mask);
  Type i32 = b.getI32Type();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, loc, value, 32);
  };
  auto intrinsic = [&](const char *name, ArrayRef<Value> operands) -> Value {
    return LLVM::CallIntrinsicOp::create(b, loc, i32, b.getStringAttr(name),
                                         operands)
        .getResult(0);
  };
  bool isRdna = warpSize() == 32;
  Value word = LLVM::BitcastOp::create(b, loc, i32, scalar);
  if (mask == 16 && isRdna) {
    Value no = arith::ConstantIntOp::create(b, loc, 0, 1);
    word = intrinsic("llvm.amdgcn.permlanex16",
                     {word, word, constant(kSameLanesLow),
                      constant(static_cast<int32_t>(kSameLanesHigh)), no, no});
  } else if (mask == 16) {
    word = intrinsic("llvm.amdgcn.ds.swizzle", {word, constant(kSwizzleXor16)});
  } else if (isRdna) {
    word = moveLanes(word, kRowXmask + mask);
  } else if (mask == 8) {
    word = moveLanes(word, kRowRor + 8);
  } else if (mask == 4) {
    word = moveLanes(moveLanes(word, kRowHalfMirror), kQuadXor3);
  } else {
    word = moveLanes(word, mask == 1 ? kQuadXor1 : kQuadXor2);
  }
  return LLVM::BitcastOp::create(b, loc, scalar.getType(), word);
}

Value AmdLowering::multiply(const MatrixIntrinsic &m, Value a, Value bb,
                            Value c) {
  SmallVector<Value> operands = {a, bb, c};
  // Broadcasts and permutations of lanes, which mfma has and we do not use.
  if (StringRef(m.llvmName).contains(".mfma."))
    operands.append(3, arith::ConstantIntOp::create(b, loc, 0, 32));
  return LLVM::CallIntrinsicOp::create(b, loc, c.getType(),
                                       b.getStringAttr(m.llvmName), operands)
      .getResult(0);
}

Value AmdLowering::operandOf(const MatrixIntrinsic &m, ArrayRef<Value> words) {
  auto count = static_cast<int64_t>(words.size());
  Value vector = vector::FromElementsOp::create(
      b, loc, VectorType::get({count}, b.getI32Type()), words);
  Type element = m.takesBf16 ? Type(b.getBF16Type()) : b.getI16Type();
  return LLVM::BitcastOp::create(b, loc, VectorType::get({2 * count}, element),
                                 vector);
}

Value AmdLowering::laneOffset(const FragmentLayout &layout,
                              int64_t MatrixPlace::*of) {
  SmallVector<int64_t> steps;
  for (const MatrixPlace &step : layout.lanes)
    steps.push_back(step.*of);
  return offsetOfBits(lane(), steps, b, loc);
}

Value AmdLowering::gather(const RegisterLayout &layout, ValueRange registers,
                          SumsPlace place) {
  Registers numbers;
  for (int64_t e = 0; e < place.count; ++e) {
    auto slot = layout.slotOf(place.row, place.col, place.first + e);
    numbers.push_back(vector::ExtractOp::create(
        b, loc, registers[slot.reg], ArrayRef<int64_t>{slot.number}));
  }
  return vector::FromElementsOp::create(
      b, loc, VectorType::get({place.count}, b.getF32Type()), numbers);
}

void AmdLowering::scatter(const RegisterLayout &layout, Registers &registers,
                          SumsPlace place, Value sums) {
  for (int64_t e = 0; e < place.count; ++e) {
    auto slot = layout.slotOf(place.row, place.col, place.first + e);
    Value number =
        vector::ExtractOp::create(b, loc, sums, ArrayRef<int64_t>{e});
    registers[slot.reg] = vector::InsertOp::create(
        b, loc, number, registers[slot.reg], ArrayRef<int64_t>{slot.number});
  }
}

/// An operand in scratch as [outer, depth].
struct AmdLowering::RowsOperand {
  const MatrixIntrinsic &m;
  FragmentLayout layout; // of [outer, depth]
  Value memory;
  ValueRange at;
  bool isTransposed = false; // it lies as [depth, outer]
};

/// The lane's part of the fragment that begins at [outer, depth].
Value AmdLowering::loadFragment(const RowsOperand &operand, Value outer,
                                Value depth) {
  const FragmentLayout &layout = operand.layout;
  auto type = cast<MemRefType>(operand.memory.getType());
  outer = addIndex(outer, laneOffset(layout, &MatrixPlace::row));
  depth = addIndex(depth, laneOffset(layout, &MatrixPlace::col));
  // Numbers of one load: neighbours along the depth, at most 16 bytes.
  int64_t run = 1;
  if (!operand.isTransposed)
    for (const MatrixPlace &step : layout.elements)
      if (step.col == run && run < 8)
        run *= 2;
  Registers parts;
  for (int64_t e = 0; e < layout.numElements(); e += run) {
    Registers place = scalars(operand.at);
    Value &row = place.end()[-2], &col = place.back();
    row = addIndex(row, operand.isTransposed ? depth : outer);
    col = addIndex(col, operand.isTransposed ? outer : depth);
    Value &along = operand.isTransposed ? row : col;
    along = addIndex(along, index(layout.at(e, 0).col));
    Value pointer = address(pointerOf(operand.memory), linearIndex(type, place),
                            type.getElementType());
    Type part = run == 1 ? Type(b.getI16Type())
                         : VectorType::get({run / 2}, b.getI32Type());
    Value loaded = loadVector(pointer, part, 2 * run);
    if (run == 1) {
      parts.push_back(loaded);
      continue;
    }
    for (int64_t i = 0; i < run / 2; ++i)
      parts.push_back(
          vector::ExtractOp::create(b, loc, loaded, ArrayRef<int64_t>{i}));
  }
  if (run > 1)
    return operandOf(operand.m, parts);
  auto count = static_cast<int64_t>(parts.size());
  Value halves = vector::FromElementsOp::create(
      b, loc, VectorType::get({count}, b.getI16Type()), parts);
  if (!operand.m.takesBf16)
    return halves;
  return LLVM::BitcastOp::create(
      b, loc, VectorType::get({count}, b.getBF16Type()), halves);
}

/// No instruction: an end to what the number is made of.
Value AmdLowering::madeHere(Value x) {
  auto type = dyn_cast<VectorType>(x.getType());
  auto made = [&](Value number) -> Value {
    return LLVM::InlineAsmOp::create(
               b, loc, TypeRange(number.getType()), ValueRange(number),
               /*asm_string=*/"", "=v,0", /*has_side_effects=*/true,
               /*is_align_stack=*/false, LLVM::TailCallKind::None,
               LLVM::AsmDialectAttr(), ArrayAttr())
        .getResult(0);
  };
  if (!type)
    return made(x);
  Registers numbers;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    numbers.push_back(
        made(vector::ExtractOp::create(b, loc, x, ArrayRef<int64_t>{i})));
  return vector::FromElementsOp::create(b, loc, type, numbers);
}

static bool isArithmeticOfTiles(Operation *op) {
  if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
      op->hasTrait<OpTrait::ConstantLike>())
    return false;
  auto tile = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  return tile && tile.getElementType().isF32();
}

static bool isUsedBehind(Operation *op, Operation *dot) {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    Operation *here = dot->getBlock()->findAncestorOpInBlock(*user);
    return here && dot->isBeforeInBlock(here);
  });
}

/// A lane of RDNA has 256 registers, half of CDNA's: there LLVM may not load at
/// once what dots that follow each other need.
void AmdLowering::keepLoadsApart() {
  if (warpSize() > 32)
    return;
  Value nothingPasses = arith::ConstantIntOp::create(b, loc, 0, 32);
  LLVM::CallIntrinsicOp::create(b, loc,
                                b.getStringAttr("llvm.amdgcn.sched.barrier"),
                                ValueRange{nothingPasses});
}

/// Nor may it compute behind this dot what is made of earlier ones: it would
/// keep all of their results instead of a sum.
void AmdLowering::keepDotsApart(tile::DotOp dot) {
  if (warpSize() > 32)
    return;
  for (Operation *op = dot->getPrevNode(); op && !isa<tile::DotOp>(op);
       op = op->getPrevNode()) {
    if (!isArithmeticOfTiles(op) || !isUsedBehind(op, dot))
      continue;
    Registers made = registersOf(op->getResult(0));
    for (Value &x : made)
      x = madeHere(x);
    setRegisters(op->getResult(0), made);
  }
  keepLoadsApart();
}

/// Steps of a dot of rows whose operands are loaded at once: as many as a
/// sixteenth of the registers holds, and as divide them all.
static int64_t stepsAtOnce(const RegisterLayout &layout, int64_t numSteps) {
  constexpr int64_t kNumbersARegister = 2;
  int64_t maxRegisters = layout.warpSize() > 32 ? 32 : 16;
  const MatrixIntrinsic &m = layout.intrinsic();
  int64_t registers = (layout.rowFragments() * m.a.numElements() +
                       layout.colFragments() * m.b.numElements()) /
                      kNumbersARegister;
  int64_t atOnce = std::clamp<int64_t>(maxRegisters / registers, 1, numSteps);
  while (numSteps % atOnce != 0)
    --atOnce;
  return atOnce;
}

LogicalResult AmdLowering::emitRowsDot(tile::DotOp op,
                                       const RegisterLayout &layout) {
  const MatrixIntrinsic &m = layout.intrinsic();
  RowsOperand first{m, m.a, op.getA(), op.getAIndices()};
  RowsOperand second{m, m.b.transposed(), op.getB(), op.getBIndices(),
                     op.getOrder() == tile::OperandOrder::KN};
  Value warpRow =
      remIndex(divIndex(warp(), layout.gridCols()), layout.gridRows());
  Value warpCol = remIndex(warp(), layout.gridCols());
  keepDotsApart(op);
  auto fragments = [&](const RowsOperand &operand, Value ofWarp, int64_t count,
                       int64_t distance, int64_t size, Value depth) {
    Registers loaded;
    for (int64_t i = 0; i < count; ++i)
      loaded.push_back(loadFragment(
          operand, mulIndex(addIndex(ofWarp, index(i * distance)), size),
          depth));
    return loaded;
  };
  int64_t atOnce = stepsAtOnce(layout, op.getDepth() / m.depth);
  auto step = [&](Value i, ValueRange acc) {
    Registers result(acc);
    SmallVector<Registers> as, bs;
    for (int64_t q = 0; q < atOnce; ++q) {
      Value depth = addIndex(mulIndex(i, atOnce * m.depth), index(q * m.depth));
      as.push_back(fragments(first, warpRow, layout.rowFragments(),
                             layout.gridRows(), m.rows, depth));
      bs.push_back(fragments(second, warpCol, layout.colFragments(),
                             layout.gridCols(), m.cols, depth));
    }
    for (int64_t q = 0; q < atOnce; ++q)
      for (int64_t r = 0; r < layout.rowFragments(); ++r)
        for (int64_t c = 0; c < layout.colFragments(); ++c) {
          SumsPlace place{r, c, 0, m.c.numElements()};
          scatter(
              layout, result, place,
              multiply(m, as[q][r], bs[q][c], gather(layout, result, place)));
        }
    return result;
  };
  return emitSteps(op.getAcc(), op.getResult(),
                   op.getDepth() / (atOnce * m.depth), step);
}

static bool isBf16InScratch(Value operand) {
  auto type = cast<MemRefType>(operand.getType());
  return type.getElementType().isBF16() && tile::isScratch(type);
}

LogicalResult AmdLowering::emitDot(tile::DotOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout))
    return failure();
  if (!layout->isMma())
    return TileLowering::emitDot(op);
  bool isWeight = op.getOrder() == tile::OperandOrder::Fragments;
  int64_t depth =
      isWeight ? tile::DotPackedOp::kBlock : layout->intrinsic().depth;
  if (!isBf16InScratch(op.getA()) ||
      !(isWeight ? tile::isScratch(cast<MemRefType>(op.getB().getType()))
                 : isBf16InScratch(op.getB())) ||
      layout->isTransposed() != isWeight || op.getDepth() % depth != 0 ||
      op.getDepthBound())
    return op.emitOpError("a dot of ")
           << layout->intrinsic().name
           << " takes bf16 operands in scratch, b as fragments where acc is "
              "transposed, and a depth that is a multiple of "
           << depth << ", without a bound";
  return isWeight ? emitWeightDot(op, *layout) : emitRowsDot(op, *layout);
}

} // namespace g4
