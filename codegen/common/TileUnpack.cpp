//===- TileUnpack.cpp - Rows of packed weights ----------------------------===//
//
// Embeddings read single rows: a packed row is gathered element by element.
//
//===----------------------------------------------------------------------===//

#include "codegen/common/TileLowering.h"
#include "runtime/artifact/Packing.h"

namespace g4 {

using namespace mlir;

/// A row of a packed weight, known at run time.
struct TileLowering::PackedRow {
  artifact::PackedMatrix matrix;
  Value panel, number; // where its panel begins, and the row's

  const artifact::WeightFormat &format() const { return *matrix.format; }
  const artifact::Packing &packing() const { return *matrix.packing; }
};

TileLowering::PackedRow TileLowering::packedRow(tile::UnpackOp op) {
  auto weight = cast<quant::WeightType>(op.getW().getType());
  artifact::PackedMatrix matrix = weight.getMatrix();
  Value number = scalar(op.getRow());
  Value begin =
      mulIndex(divIndex(number, matrix.packing->rows), matrix.panelBytes());
  return {.matrix = matrix,
          .panel = address(pointerOf(op.getW()), begin, b.getI8Type()),
          .number = number};
}

/// Where the unit of a column begins in the row's panel.
Value TileLowering::unitOf(const PackedRow &row, Value col) {
  return address(
      row.panel,
      mulIndex(divIndex(col, row.packing().cols), row.matrix.unitBytes()),
      b.getI8Type());
}

/// The place in its unit of a row and a column that may be of any unit. Bits
/// that are neighbours in both move together.
Value TileLowering::placeInOrder(const artifact::PlaceOrder &order, Value row,
                                 Value col) {
  Value place = index(0);
  for (const artifact::PlaceOrder::Field &field : order.fields()) {
    Value part = divIndex(field.isRow ? row : col, int64_t{1} << field.number);
    part = remIndex(part, int64_t{1} << field.count);
    place = addIndex(place, mulIndex(part, int64_t{1} << field.at));
  }
  return place;
}

/// Field `place` of fields of 2, 4 or 8 bits after a pointer, as an i32.
Value TileLowering::loadBits(Value pointer, Value place, int64_t bits) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  int64_t perByte = 8 / bits;
  Value byte = loadVector(address(pointer, divIndex(place, perByte), i8), i8,
                          /*alignment=*/1);
  Value word = arith::ExtUIOp::create(b, loc, i32, byte);
  if (perByte == 1)
    return word;
  Value shift = arith::IndexCastOp::create(
      b, loc, i32, mulIndex(remIndex(place, perByte), bits));
  word = arith::ShRUIOp::create(b, loc, word, shift);
  return arith::AndIOp::create(
      b, loc, word,
      arith::ConstantIntOp::create(b, loc, (int64_t{1} << bits) - 1, 32));
}

/// What a code says, before scale and minimum.
Value TileLowering::numberOfCode(const artifact::WeightFormat &format,
                                 Value code) {
  Type f32 = b.getF32Type();
  if (format.bits == 8) {
    Type i8 = b.getI8Type();
    Value byte = splatVector(arith::TruncIOp::create(b, loc, i8, code), 1);
    Value number = vector::ExtractOp::create(
        b, loc, numbersOfBytes(byte, format.element), ArrayRef<int64_t>{0});
    if (format.element != artifact::NumberType::F8E4M3)
      return number;
    return arith::MulFOp::create(
        b, loc, number,
        arith::ConstantOp::create(b, loc, b.getF32FloatAttr(kF8Factor)));
  }
  Value zero = arith::ConstantIntOp::create(
      b, loc, format.hasMinimum ? 0 : int64_t{format.zeroCode}, 32);
  return arith::SIToFPOp::create(b, loc, f32,
                                 arith::SubIOp::create(b, loc, code, zero));
}

Value TileLowering::loadPlain(const PackedRow &row, Value col) {
  Value unit = unitOf(row, col);
  return loadScalarAsF32(unit,
                         placeInOrder(row.packing().codes, row.number, col),
                         quant::typeOf(b.getContext(), row.format().element));
}

Value TileLowering::loadScaled(const PackedRow &row, Value col) {
  const artifact::PackedMatrix &matrix = row.matrix;
  const artifact::WeightFormat &format = row.format();
  const artifact::Packing &packing = row.packing();
  Value unit = unitOf(row, col);
  Value code = loadBits(unit, placeInOrder(packing.codes, row.number, col),
                        format.lowBits());
  if (format.hasHighBits()) {
    Value high = loadBits(addBytes(unit, matrix.lowBytes()),
                          placeInOrder(packing.highBits, row.number, col), 2);
    high = arith::ShLIOp::create(b, loc, high,
                                 arith::ConstantIntOp::create(b, loc, 4, 32));
    code = arith::OrIOp::create(b, loc, code, high);
  }
  Value scales =
      format.isWholeRow()
          ? address(row.panel, index(matrix.unitsBytes()), b.getI8Type())
          : addBytes(unit, matrix.codeBytes());
  Value place = placeInOrder(packing.scales, row.number, col);
  Type scaleType = quant::typeOf(b.getContext(), format.scale);
  Value scale = loadScalarAsF32(scales, place, scaleType);
  Value number = numberOfCode(format, code);
  if (!format.hasMinimum)
    return arith::MulFOp::create(b, loc, number, scale);
  Value minimum =
      loadScalarAsF32(addBytes(scales, matrix.scaleBytes()), place, scaleType);
  return math::FmaOp::create(b, loc, number, scale, minimum);
}

//===----------------------------------------------------------------------===//
// The op
//===----------------------------------------------------------------------===//

/// Element `col` of the row as f32; 0 where `exists` (i1, may be null) is not.
Value TileLowering::loadPacked(const PackedRow &row, Value col, Value exists) {
  if (exists)
    col = arith::SelectOp::create(b, loc, exists, col, index(0));
  Value x = row.format().isPlain() ? loadPlain(row, col) : loadScaled(row, col);
  if (!exists)
    return x;
  return arith::SelectOp::create(
      b, loc, exists, x,
      arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0)));
}

LogicalResult TileLowering::lowerUnpack(tile::UnpackOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getResult());
  if (failed(layout))
    return failure();
  PackedRow row = packedRow(op);
  Value bound = op.getColBound() ? scalar(op.getColBound()) : Value();
  Registers result;
  for (int64_t j = 0; j < layout->colRegisters(); ++j) {
    Value reg = zeroVector(layout->vectorType(j));
    Value first =
        addIndex(scalar(op.getCol()), layout->colOf(j, threadId(), b, loc));
    for (int64_t lane = 0; lane < layout->lengthOf(j); ++lane) {
      Value col = addIndex(first, index(lane)), exists;
      if (bound)
        exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, col,
                                       bound);
      reg = vector::InsertOp::create(b, loc, loadPacked(row, col, exists), reg,
                                     ArrayRef<int64_t>{lane});
    }
    result.push_back(reg);
  }
  setRegisters(op.getResult(), std::move(result));
  return success();
}

} // namespace g4
