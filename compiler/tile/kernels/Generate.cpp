//===- Generate.cpp - Synthetic weights in packed form --------------------===//
//
// One work item writes the stored elements of one panel in their order, so that
// each thread's stores are 16 bytes side by side, and finds for each place
// which row and column lies there: in every packing the low bits of the place
// are bits of the row or of the column, and the others are the column's high
// bits.
//
// The numbers are those of runtime/artifact/Synthetic.h, bit by bit; the
// parameters are those of runtime/artifact/Generator.h.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"
#include "runtime/artifact/Synthetic.h"

#include "llvm/Support/MathExtras.h"

namespace g4 {

using namespace mlir;

namespace {

/// `count` bits of a place, from bit `from` on: bits of the row or the column,
/// from bit `to` on. The last field has all bits that are left.
struct PlaceBits {
  bool isRow;
  unsigned from, to, count;
};

constexpr unsigned kRest = 32;

SmallVector<PlaceBits> placeBits(quant::LayoutAttr layout) {
  if (layout.getPanel() == 0)
    return {{.isRow = false, .from = 0, .to = 0, .count = kRest}};
  unsigned pair = llvm::Log2_64(layout.getInterleave());
  unsigned rows = llvm::Log2_64(layout.getPanel());
  SmallVector<PlaceBits> bits;
  if (pair > 0)
    bits.push_back({.isRow = false, .from = 0, .to = 0, .count = pair});
  bits.push_back({.isRow = true, .from = pair, .to = 0, .count = rows});
  bits.push_back(
      {.isRow = false, .from = pair + rows, .to = pair, .count = kRest});
  return bits;
}

class GenerateKernel {
public:
  using Value = mlir::Value;

  GenerateKernel(OpBuilder &b, Location loc, StringRef name,
                 quant::FormatAttr format, quant::LayoutAttr layout,
                 const TileConfig &config)
      : layout_(layout), width_(config.colBlock),
        k_(b, loc, name, paramTypes(b, format), config) {}

  tile::KernelOp build();

private:
  // The parameters behind the weight, as Generator.h numbers them.
  enum Number {
    kSeedLow,
    kSeedHigh,
    kCenter,
    kStep,
    kCols,
    kPanelElements,
    kPanelsPerSegment,
    kRowsPerSegment,
    kNumNumbers
  };

  static SmallVector<Type> paramTypes(OpBuilder &b, quant::FormatAttr format) {
    SmallVector<Type> types = {
        MemRefType::get({ShapedType::kDynamic}, format.getElement())};
    types.append(kNumNumbers, b.getIndexType());
    return types;
  }

  Value number(Number which) { return k_.param(1 + which); }
  Value word(Value index) { return k_.splat(1, width_, k_.toI32(index)); }
  Value word(int64_t value) { return k_.constantI32(1, width_, value); }
  Value f32(Number which) {
    Value bits = k_.toI32(number(which));
    return k_.splat(1, width_,
                    arith::BitcastOp::create(b(), loc(), k_.f32(), bits));
  }
  template <typename Op>
  Value make(Value x, Value y) {
    return Op::create(b(), loc(), x, y);
  }
  Value shiftRight(Value x, unsigned bits) {
    return bits ? make<arith::ShRUIOp>(x, word(bits)) : x;
  }
  OpBuilder &b() { return k_.builder(); }
  Location loc() { return k_.loc(); }

  void findPanel();
  void storeBlock(Value place, Value bound);
  Value coordinate(Value place, bool isRow);
  Value mixed(Value x);
  Value bitsAt(Value row, Value col);
  Value valueAt(Value row, Value col);

  quant::LayoutAttr layout_;
  int64_t width_;
  KernelBuilder k_;
  /// Of the panel: its first row among the source's, and how many of its rows
  /// are no padding (more than there are in a full panel).
  Value firstRow_, numRows_;
};

} // namespace

// Segments are padded to whole panels each, so a panel lies in one of them.
void GenerateKernel::findPanel() {
  Value perSegment = number(kPanelsPerSegment);
  Value segment = arith::DivUIOp::create(b(), loc(), k_.gridX(), perSegment);
  Value panel = k_.rem(k_.gridX(), perSegment);
  Value inSegment = k_.mul(panel, std::max<int64_t>(1, layout_.getPanel()));
  numRows_ = k_.sub(number(kRowsPerSegment), inSegment);
  firstRow_ = k_.add(k_.mul(segment, number(kRowsPerSegment)), inSegment);
}

/// The row in its panel, or the column, of each place of a tile; null for a row
/// that is always the panel's one.
GenerateKernel::Value GenerateKernel::coordinate(Value place, bool isRow) {
  Value sum;
  for (const PlaceBits &bits : placeBits(layout_)) {
    if (bits.isRow != isRow)
      continue;
    Value part = shiftRight(place, bits.from);
    if (bits.count != kRest)
      part = make<arith::AndIOp>(part, word((int64_t{1} << bits.count) - 1));
    if (bits.to)
      part = make<arith::ShLIOp>(part, word(bits.to));
    sum = sum ? make<arith::OrIOp>(sum, part) : part;
  }
  return sum;
}

GenerateKernel::Value GenerateKernel::mixed(Value x) {
  auto factor = [&](uint32_t value) {
    return word(static_cast<int32_t>(value));
  };
  x = make<arith::MulIOp>(make<arith::XOrIOp>(x, shiftRight(x, 16)),
                          factor(artifact::kHashFactor1));
  x = make<arith::MulIOp>(make<arith::XOrIOp>(x, shiftRight(x, 15)),
                          factor(artifact::kHashFactor2));
  return make<arith::XOrIOp>(x, shiftRight(x, 16));
}

GenerateKernel::Value GenerateKernel::bitsAt(Value row, Value col) {
  Value key = mixed(make<arith::XOrIOp>(row, word(number(kSeedLow))));
  key = make<arith::XOrIOp>(key, word(number(kSeedHigh)));
  Value spread = make<arith::MulIOp>(
      col, word(static_cast<int32_t>(artifact::kHashColumn)));
  return mixed(make<arith::XOrIOp>(key, spread));
}

GenerateKernel::Value GenerateKernel::valueAt(Value row, Value col) {
  Value odd = make<arith::OrIOp>(
      make<arith::ShRSIOp>(bitsAt(row, col), word(8)), word(1));
  Value whole =
      arith::SIToFPOp::create(b(), loc(), k_.tileType(1, width_), odd);
  return k_.addf(f32(kCenter), k_.mulf(whole, f32(kStep)));
}

/// Stores the elements from `place` of the panel on; those at or beyond `bound`
/// (null: none) are another panel's.
void GenerateKernel::storeBlock(Value place, Value bound) {
  Value places = make<arith::AddIOp>(k_.iota(1, width_, 1), word(place));
  Value row = coordinate(places, /*isRow=*/true);
  Value col = coordinate(places, /*isRow=*/false);
  Value source = word(firstRow_);
  if (row)
    source = make<arith::AddIOp>(source, row);
  Value value = valueAt(source, col);
  Value zero = k_.constant(1, width_, 0.0);
  auto isBelow = [&](Value x, Value limit) {
    return k_.compare(arith::CmpIPredicate::slt, x, word(limit));
  };
  value = k_.select(isBelow(col, number(kCols)), value, zero);
  if (row)
    value = k_.select(isBelow(row, numRows_), value, zero);
  Value begin = k_.mul(k_.gridX(), number(kPanelElements));
  k_.store(value, k_.param(0),
           {.at = {k_.add(begin, place)},
            .colBound = bound ? k_.add(begin, bound) : Value()});
}

tile::KernelOp GenerateKernel::build() {
  findPanel();
  Value all = number(kPanelElements);
  Value whole = k_.sub(all, k_.rem(all, k_.index(width_)));
  k_.forLoop(k_.index(0), whole, width_,
             [&](Value place) { storeBlock(place, {}); });
  k_.ifTrue(k_.less(whole, all), [&] { storeBlock(whole, all); });
  return k_.finish();
}

tile::KernelOp buildGenerate(OpBuilder &b, Location loc, StringRef name,
                             quant::FormatAttr format, quant::LayoutAttr layout,
                             const TileConfig &config) {
  return GenerateKernel(b, loc, name, format, layout, config).build();
}

} // namespace g4
