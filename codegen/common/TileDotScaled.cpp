//===- TileDotScaled.cpp - Dots with weights that have scales -------------===//
//
// As TileDot.cpp, for formats with scales: lanes are columns of the result, x
// is bf16, and every chain is one of fused multiply-adds over rising k, of a
// pair the odd k first. What is summed is
//
//   int4, int6, int8   for each group a chain from zero of x[k] with the
//                      integer; then total = chain * scale + total, one fused
//                      multiply-add
//   with a minimum     one chain of x[k] with integer * scale + minimum, which
//                      is rounded to f32
//   one scale a row    one chain of x[k] with what the code says; then result =
//                      chain * scale + acc
//
// x has 8 bits and an integer no more: their product is exact. A step is a unit
// of 64 columns, taken in words of 8 columns, whose numbers are taken out where
// they are used: no weight is stored unpacked. Rows of integers have dots of
// their own: TileDotIntegers.cpp.
//
//===----------------------------------------------------------------------===//

#include "codegen/common/ScaledDot.h"

namespace g4 {

using namespace mlir;
using artifact::NumberType;

/// Where each register's columns begin in the packed weight, in bytes, with
/// `laneBytes` from one row of a panel to the next.
TileLowering::Registers
TileLowering::panelPointers(tile::DotPackedOp op, const RegisterLayout &layout,
                            int64_t laneBytes) {
  auto type = cast<quant::WeightType>(op.getW().getType());
  int64_t rank = type.getRank();
  artifact::PackedMatrix matrix = type.getMatrix();
  int64_t panelRows = matrix.packing->rows;
  Registers at = scalars(op.getWIndices());
  Value base = mulIndex(divIndex(at[rank - 1], matrix.packing->cols),
                        matrix.unitBytes());
  if (rank == 3)
    base = addIndex(base, mulIndex(at[0], matrix.numBytes()));
  Registers pointers;
  for (int64_t j = 0; j < layout.colRegisters(); ++j) {
    Value n = addIndex(at[rank - 2], layout.colOf(j, threadId(), b, loc));
    Value panel = mulIndex(divIndex(n, panelRows), matrix.panelBytes());
    Value lane = mulIndex(remIndex(n, panelRows), laneBytes);
    pointers.push_back(address(pointerOf(op.getW()),
                               addIndex(addIndex(base, panel), lane),
                               b.getI8Type()));
  }
  return pointers;
}

//===----------------------------------------------------------------------===//
// Codes to numbers
//===----------------------------------------------------------------------===//

// Where a nibble lies in the low 16 bits of a float's mantissa it needs no
// shift: with the exponent for which its last bit counts 1, the float is 2^(23
// - 4r) + q.
TileLowering::Registers TileLowering::unpackInt4Pair(Value words, int64_t r,
                                                     int zero) {
  auto type = cast<VectorType>(words.getType());
  auto floats = VectorType::get(type.getShape(), b.getF32Type());
  auto exponent = static_cast<uint32_t>(23 - 4 * r);
  Value offset = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(
          floats, APFloat(static_cast<float>((1 << exponent) + zero))));
  Value odd = arith::ShRUIOp::create(b, loc, words, splatWord(words, 16));
  Registers pair;
  for (Value q : {words, odd}) {
    q = arith::AndIOp::create(b, loc, q, splatWord(words, 15u << 4 * r));
    q = arith::OrIOp::create(b, loc, q,
                             splatWord(words, (127 + exponent) << 23));
    q = LLVM::BitcastOp::create(b, loc, floats, q);
    pair.push_back(arith::SubFOp::create(b, loc, q, offset));
  }
  return pair;
}

/// Of words of low bits and words of high bits: codes of pair `r` in the halves
/// of a word first, then as above. `parity` is that of the word of low bits.
TileLowering::Registers
TileLowering::unpackInt6Pair(Value low, Value high, int64_t r, int64_t parity) {
  auto field = [&](Value words, int64_t shift, uint32_t mask) -> Value {
    if (shift != 0)
      words = arith::ShRUIOp::create(b, loc, words,
                                     splatWord(words, uint32_t(shift)));
    return arith::AndIOp::create(b, loc, words, splatWord(words, mask));
  };
  Value upper = field(high, 8 * (r / 2) + 4 * parity + 2 * (r % 2), 0x00030003);
  upper = arith::ShLIOp::create(b, loc, upper, splatWord(low, 4));
  Value codes =
      arith::OrIOp::create(b, loc, field(low, 4 * r, 0x000f000f), upper);
  auto type = cast<VectorType>(low.getType());
  auto floats = VectorType::get(type.getShape(), b.getF32Type());
  // 2^23 + code as an f32, less 2^23 + 32.
  Value offset = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(floats, APFloat(8388608.0F + 32)));
  Registers pair;
  for (Value code :
       {field(codes, 0, 0xffff),
        Value(arith::ShRUIOp::create(b, loc, codes, splatWord(codes, 16)))}) {
    code = arith::OrIOp::create(b, loc, code, splatWord(codes, 0x4b000000));
    code = LLVM::BitcastOp::create(b, loc, floats, code);
    pair.push_back(arith::SubFOp::create(b, loc, code, offset));
  }
  return pair;
}

/// Codes of one byte each as f32; of f8E4M3 divided by kF8Factor.
Value TileLowering::numbersOfBytes(Value codes, NumberType element) {
  auto type = cast<VectorType>(codes.getType());
  auto vectorOf = [&](Type number) {
    return VectorType::get(type.getShape(), number);
  };
  if (element == NumberType::I8) {
    Value words =
        arith::ExtSIOp::create(b, loc, vectorOf(b.getI32Type()), codes);
    return arith::SIToFPOp::create(b, loc, vectorOf(b.getF32Type()), words);
  }
  // The sign comes twice, into the lowest bit of the exponent's place too.
  auto halves = vectorOf(b.getI16Type());
  auto constant = [&](int16_t bits) -> Value {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(halves, APInt(16, uint16_t(bits))));
  };
  Value bits = arith::ExtSIOp::create(b, loc, halves, codes);
  bits = arith::ShLIOp::create(b, loc, bits, constant(7));
  bits = arith::AndIOp::create(b, loc, bits, constant(int16_t(0xbf80)));
  Value f16 = LLVM::BitcastOp::create(b, loc, vectorOf(b.getF16Type()), bits);
  return arith::ExtFOp::create(b, loc, vectorOf(b.getF32Type()), f16);
}

Value TileLowering::addInt4Pair(Value x, const Registers &w, Value sum) {
  auto [even, odd] = widenPairs(x);
  sum = math::FmaOp::create(b, loc, odd, w[1], sum);
  return math::FmaOp::create(b, loc, even, w[0], sum);
}

//===----------------------------------------------------------------------===//
// Words of 8 columns
//===----------------------------------------------------------------------===//

/// Asks for what a unit has besides the words that loadWord() asks for: the
/// high bits and the scales.
void TileLowering::prefetchRest(const ScaledDot &s, Value unit) {
  constexpr int64_t kLineBytes = 64;
  for (Value codes : s.codes)
    for (int64_t at = s.matrix.lowBytes(); at < s.matrix.unitBytes();
         at += kLineBytes)
      prefetchWeight(
          address(codes,
                  addIndex(mulIndex(unit, s.matrix.unitBytes()), index(at)),
                  b.getI8Type()),
          s.numStreams(), s.rows.size());
}

/// The vectors of codes of a word of register j's columns: one; of bytes one a
/// column; of 6 bits low ones, then high ones.
TileLowering::Registers TileLowering::loadWord(const ScaledDot &s,
                                               const ScaledWord &w, size_t j) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  bool isBytes = s.format().bits == 8;
  Value at = addIndex(mulIndex(w.unit, s.matrix.unitBytes()),
                      mulIndex(w.word, s.wordBytes()));
  int64_t length = s.layout.lengthOf(j);
  auto type = VectorType::get({length}, isBytes ? i8 : i32);
  int64_t alignment = weightAlignment(s.alignment(length * s.laneBytes()));
  Registers vectors;
  Value pointer = address(s.codes[j], at, i8);
  int64_t stride = s.matrix.packing->rows;
  for (int64_t k = 0; k < (isBytes ? kWordCols : 1); ++k) {
    Value place = k == 0 ? pointer : addBytes(pointer, k * stride);
    vectors.push_back(loadVector(place, type, alignment));
    if (k * stride % 64 == 0)
      prefetchWeight(place, s.numStreams(), s.rows.size());
  }
  if (!s.format().hasHighBits())
    return vectors;
  Value high = addIndex(mulIndex(w.unit, s.matrix.unitBytes()),
                        addIndex(index(s.matrix.lowBytes()),
                                 mulIndex(divIndex(w.word, 2), s.wordBytes())));
  vectors.push_back(loadVector(address(s.codes[j], high, i8), type, alignment));
  return vectors;
}

/// The numbers of pair `r` of a word's columns, as addPair() takes them.
TileLowering::Registers TileLowering::pairOfWord(const ScaledDot &s,
                                                 const ScaledWord &w,
                                                 const Registers &vectors,
                                                 size_t j, int64_t r) {
  const artifact::WeightFormat &format = s.format();
  if (format.bits == 8)
    return {numbersOfBytes(vectors[2 * r], format.element),
            numbersOfBytes(vectors[2 * r + 1], format.element)};
  if (format.hasHighBits())
    return unpackInt6Pair(vectors[0], vectors[1], r, w.parity);
  if (!format.hasMinimum)
    return unpackInt4Pair(vectors[0], r, int(format.zeroCode));
  Registers pair = TileLowering::unpackInt4Pair(vectors[0], r, /*zero=*/0);
  for (Value &numbers : pair)
    numbers = math::FmaOp::create(b, loc, numbers, w.scales[j], w.minima[j]);
  return pair;
}

/// The accumulators after a word.
TileLowering::Registers TileLowering::scaledWord(const ScaledDot &s,
                                                 const ScaledWord &w,
                                                 ValueRange acc) {
  Type i32 = b.getI32Type();
  Registers result(acc);
  SmallVector<Registers> loaded;
  for (size_t j = 0; j < s.codes.size(); ++j)
    loaded.push_back(loadWord(s, w, j));
  // 4-bit integers alone may come in a form of the target's own.
  bool isOwnForm = s.format().bits == 4 && !s.format().hasMinimum;
  Value firstPair = addIndex(mulIndex(w.unit, s.unitCols() / 2),
                             mulIndex(w.word, kWordPairs));
  for (int64_t r = 0; r < kWordPairs; ++r) {
    SmallVector<Registers> weights;
    for (auto [j, vectors] : llvm::enumerate(loaded))
      weights.push_back(pairOfWord(s, w, vectors, j, r));
    for (size_t i = 0; i < s.rows.size(); ++i) {
      Value pair = addIndex(firstPair, index(r));
      Value x = loadVector(address(s.rows[i], pair, i32), i32, 4);
      for (size_t j = 0; j < weights.size(); ++j) {
        Value &sum = result[i * weights.size() + j];
        Value xs = splatVector(x, s.layout.lengthOf(j));
        sum = isOwnForm ? addInt4Pair(xs, weights[j], sum)
                        : TileLowering::addInt4Pair(xs, weights[j], sum);
      }
    }
  }
  return result;
}

/// The accumulators after `count` words from `w` on, an even number.
TileLowering::Registers TileLowering::scaledWords(const ScaledDot &s,
                                                  ScaledWord w, int64_t count,
                                                  const Registers &acc) {
  int64_t step = s.format().hasHighBits() ? 2 : 1;
  Value first = w.word;
  auto loop =
      scf::ForOp::create(b, loc, index(0), index(count), index(step), acc);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Registers sums(loop.getRegionIterArgs());
  for (w.parity = 0; w.parity < step; ++w.parity) {
    w.word = addIndex(first, loop.getInductionVar());
    if (w.parity != 0)
      w.word = addIndex(w.word, index(w.parity));
    sums = scaledWord(s, w, sums);
  }
  scf::YieldOp::create(b, loc, sums);
  return Registers(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

/// Numbers of a scale's type at `at` bytes after a pointer, as f32.
Value TileLowering::loadScales(const ScaledDot &s, Value pointer, Value at,
                               int64_t length) {
  Type type = quant::typeOf(b.getContext(), s.format().scale);
  int64_t bytes = s.format().scaleBytes();
  Value scales = loadVector(address(pointer, at, b.getI8Type()),
                            VectorType::get({length}, type),
                            weightAlignment(s.alignment(bytes * length)));
  if (type.isF32())
    return scales;
  return arith::ExtFOp::create(
      b, loc, VectorType::get({length}, b.getF32Type()), scales);
}

/// Of register j's columns, what each group of a unit has from its byte `first`
/// on.
TileLowering::Registers TileLowering::loadGroups(const ScaledDot &s, Value unit,
                                                 size_t j, int64_t first) {
  Registers groups;
  int64_t stride = s.matrix.packing->rows * s.format().scaleBytes();
  for (int64_t g = 0; g < s.groupsOfUnit(); ++g) {
    Value at = addIndex(mulIndex(unit, s.matrix.unitBytes()),
                        index(first + g * stride));
    groups.push_back(loadScales(s, s.scales[j], at, s.layout.lengthOf(j)));
  }
  return groups;
}

/// The scales of register j's columns in each group of a unit.
TileLowering::Registers TileLowering::scalesOfUnit(const ScaledDot &s,
                                                   Value unit, size_t j) {
  if (!s.hasPairedScales())
    return loadGroups(s, unit, j, s.matrix.codeBytes());
  int64_t length = s.layout.lengthOf(j);
  Value at = addIndex(mulIndex(unit, s.matrix.unitBytes()),
                      index(s.matrix.codeBytes()));
  Value words = loadVector(address(s.scales[j], at, b.getI8Type()),
                           VectorType::get({length}, b.getI32Type()),
                           weightAlignment(4 * length));
  auto [first, second] = widenPairs(words);
  return {first, second};
}

/// The minima of register j's columns in each group of a unit.
TileLowering::Registers TileLowering::minimaOfUnit(const ScaledDot &s,
                                                   Value unit, size_t j) {
  return loadGroups(s, unit, j, s.matrix.codeBytes() + s.matrix.scaleBytes());
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

TileLowering::Registers TileLowering::zeroSums(const ScaledDot &s) {
  Registers zeros;
  for (size_t i = 0; i < s.rows.size(); ++i)
    for (size_t j = 0; j < s.codes.size(); ++j)
      zeros.push_back(zeroVector(s.layout.vectorType(j)));
  return zeros;
}

/// A unit of groups that have a scale alone.
TileLowering::Registers TileLowering::stepGroups(const ScaledDot &s, Value unit,
                                                 ValueRange acc) {
  prefetchRest(s, unit);
  Registers result(acc);
  SmallVector<Registers> parts;
  for (int64_t g = 0; g < s.groupsOfUnit(); ++g)
    parts.push_back(
        scaledWords(s, {.unit = unit, .word = index(g * s.wordsOfGroup())},
                    s.wordsOfGroup(), zeroSums(s)));
  for (size_t j = 0; j < s.codes.size(); ++j) {
    Registers scales = scalesOfUnit(s, unit, j);
    for (size_t i = 0; i < s.rows.size(); ++i) {
      size_t place = i * s.codes.size() + j;
      for (auto [part, scale] : llvm::zip(parts, scales))
        result[place] =
            math::FmaOp::create(b, loc, part[place], scale, result[place]);
    }
  }
  return result;
}

/// A unit of groups with a minimum.
TileLowering::Registers TileLowering::stepMinima(const ScaledDot &s, Value unit,
                                                 ValueRange acc) {
  prefetchRest(s, unit);
  Registers sums(acc);
  for (int64_t g = 0; g < s.groupsOfUnit(); ++g) {
    ScaledWord word{.unit = unit, .word = index(g * s.wordsOfGroup())};
    for (size_t j = 0; j < s.codes.size(); ++j) {
      word.scales.push_back(scalesOfUnit(s, unit, j)[g]);
      word.minima.push_back(minimaOfUnit(s, unit, j)[g]);
    }
    sums = scaledWords(s, word, s.wordsOfGroup(), sums);
  }
  return sums;
}

/// The whole depth, with one scale a row.
LogicalResult TileLowering::emitRowScaled(tile::DotPackedOp op,
                                          const ScaledDot &s,
                                          int64_t numUnits) {
  Registers zeros = zeroSums(s);
  auto loop =
      scf::ForOp::create(b, loc, index(0), index(numUnits), index(1), zeros);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    scf::YieldOp::create(
        b, loc,
        scaledWords(s, {.unit = loop.getInductionVar(), .word = index(0)},
                    s.unitCols() / kWordCols,
                    Registers(loop.getRegionIterArgs())));
  }
  Registers result(registersOf(op.getAcc()));
  for (auto [j, pointer] : llvm::enumerate(s.scales)) {
    Value scales = loadScales(s, pointer, index(s.matrix.unitsBytes()),
                              s.layout.lengthOf(j));
    if (s.format().element == NumberType::F8E4M3)
      scales = arith::MulFOp::create(
          b, loc, scales,
          arith::ConstantOp::create(
              b, loc,
              DenseElementsAttr::get(cast<VectorType>(scales.getType()),
                                     APFloat(kF8Factor))));
    for (size_t i = 0; i < s.rows.size(); ++i) {
      size_t place = i * s.codes.size() + j;
      result[place] = math::FmaOp::create(b, loc, loop.getResult(place), scales,
                                          result[place]);
    }
  }
  setRegisters(op.getResult(), std::move(result));
  return success();
}

LogicalResult TileLowering::emitDotScaled(tile::DotPackedOp op,
                                          const RegisterLayout &layout) {
  auto type = cast<quant::WeightType>(op.getW().getType());
  ScaledDot s{layout, type.getMatrix(),
              rowPointers(op.getA(), op.getAIndices(), layout),
              /*codes=*/{}, /*scales=*/{}};
  s.codes = panelPointers(op, layout, s.laneBytes());
  s.scales = s.hasPairedScales()
                 ? s.codes
                 : panelPointers(op, layout, s.format().scaleBytes());
  int64_t numUnits = (op.getDepth() + s.unitCols() - 1) / s.unitCols();
  if (op.hasIntegerRows() && !noProducts())
    return op.emitOpError("this target has no dots of rows of integers");
  if (op.hasIntegerRows())
    return emitSteps(
        op.getAcc(), op.getResult(), numUnits,
        [&](Value unit, ValueRange acc) { return stepIntegers(s, unit, acc); });
  if (s.format().isWholeRow())
    return emitRowScaled(op, s, numUnits);
  return emitSteps(op.getAcc(), op.getResult(), numUnits,
                   [&](Value unit, ValueRange acc) {
                     return s.format().hasMinimum ? stepMinima(s, unit, acc)
                                                  : stepGroups(s, unit, acc);
                   });
}

} // namespace g4
