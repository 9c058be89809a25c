//===- KvFormat.cpp - How numbers of a KV cache are stored ----------------===//

#include "compiler/tile/kernels/KvFormat.h"

namespace g4 {

using namespace mlir;

bool isQuantizedKv(Type dtype) { return dtype.getIntOrFloatBitWidth() == 8; }

Type storedKvType(Type dtype) {
  return isQuantizedKv(dtype) ? IntegerType::get(dtype.getContext(), 8) : dtype;
}

double largestStored(Type dtype) { return dtype.isInteger(8) ? 127 : 448; }

namespace {

/// Arithmetic of tiles of 32-bit words.
class Words {
public:
  Words(KernelBuilder &k, Value like)
      : k_(k), type_(cast<RankedTensorType>(like.getType())) {}

  Value constant(int64_t value) {
    return k_.constantI32(type_.getDimSize(0), type_.getDimSize(1), value);
  }
  template <typename Op>
  Value make(Value a, int64_t value) {
    return Op::create(k_.builder(), k_.loc(), a, constant(value));
  }
  template <typename Op>
  Value make(Value a, Value b) {
    return Op::create(k_.builder(), k_.loc(), a, b);
  }
  /// One to another type of the same shape.
  template <typename Op>
  Value convert(Value a, Type element) {
    auto type = k_.tileType(type_.getDimSize(0), type_.getDimSize(1), element);
    return Op::create(k_.builder(), k_.loc(), type, a);
  }

private:
  KernelBuilder &k_;
  RankedTensorType type_;
};

// An e4m3 has its exponent 120 below an f32's, and 20 bits less of mantissa.
// Multiplied by 2^120 or divided, subnormal numbers are right, too.
constexpr double kExponentOffset = 0x1p120;
constexpr int64_t kMantissaShift = 20;

} // namespace

static Value decode(KernelBuilder &k, Type dtype, Value words) {
  Words w(k, words);
  if (dtype.isInteger(8)) {
    Value number =
        w.make<arith::SubIOp>(w.make<arith::XOrIOp>(words, 0x80), 0x80);
    return w.convert<arith::SIToFPOp>(number, k.f32());
  }
  Value sign = w.make<arith::ShLIOp>(w.make<arith::AndIOp>(words, 0x80), 24);
  Value rest =
      w.make<arith::ShLIOp>(w.make<arith::AndIOp>(words, 0x7f), kMantissaShift);
  Value bits = w.make<arith::OrIOp>(sign, rest);
  return k.scaled(w.convert<arith::BitcastOp>(bits, k.f32()), kExponentOffset);
}

static Value encode(KernelBuilder &k, Type dtype, Value x) {
  Type i32 = k.builder().getI32Type();
  Words w(k, x);
  if (dtype.isInteger(8)) {
    // Rounded as positive numbers are: down from a half above.
    auto type = cast<RankedTensorType>(x.getType());
    Value half = k.constant(type.getDimSize(0), type.getDimSize(1), 128.5);
    return w.make<arith::SubIOp>(
        w.convert<arith::FPToSIOp>(k.addf(x, half), i32), 128);
  }
  Value bits =
      w.convert<arith::BitcastOp>(k.scaled(x, 1 / kExponentOffset), i32);
  // To nearest, of two the even one.
  Value odd =
      w.make<arith::AndIOp>(w.make<arith::ShRUIOp>(bits, kMantissaShift), 1);
  Value rounded = w.make<arith::AddIOp>(
      w.make<arith::AddIOp>(bits, (int64_t{1} << (kMantissaShift - 1)) - 1),
      odd);
  Value rest = w.make<arith::AndIOp>(
      w.make<arith::ShRUIOp>(rounded, kMantissaShift), 0x7f);
  Value sign = w.make<arith::AndIOp>(w.make<arith::ShRUIOp>(bits, 24), 0x80);
  return w.make<arith::OrIOp>(rest, sign);
}

Value loadKv(KernelBuilder &k, Type dtype, Value memory,
             const KernelBuilder::Place &place, int64_t rows, int64_t cols) {
  Value bytes = tile::LoadOp::create(
      k.builder(), k.loc(), k.tileType(rows, cols, k.builder().getI8Type()),
      memory, place.at, place.rowMap, place.rowOffset, place.rowBound,
      place.colBound, place.rowStride);
  Words w(k, bytes);
  return decode(k, dtype,
                w.convert<arith::ExtUIOp>(bytes, k.builder().getI32Type()));
}

void storeKv(KernelBuilder &k, Type dtype, Value tile, Value memory,
             const KernelBuilder::Place &place) {
  Words w(k, tile);
  Value bytes = w.convert<arith::TruncIOp>(encode(k, dtype, tile),
                                           k.builder().getI8Type());
  tile::StoreOp::create(k.builder(), k.loc(), bytes, memory, place.at,
                        place.rowMap, place.rowOffset, place.rowBound,
                        place.colBound, /*transposed=*/false, place.rowStride);
}

} // namespace g4
