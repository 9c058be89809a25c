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
#include "runtime/artifact/PackedInt4.h"
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
  if (layout.getMma()) // as PackedMatrix::inFragment() has them
    return {{.isRow = false, .from = 0, .to = 0, .count = 1},
            {.isRow = true, .from = 1, .to = 3, .count = 1},
            {.isRow = false, .from = 2, .to = 3, .count = 1},
            {.isRow = false, .from = 3, .to = 1, .count = 2},
            {.isRow = true, .from = 5, .to = 0, .count = 3},
            {.isRow = false, .from = 8, .to = 4, .count = kRest}};
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

/// Where a block of threads makes a panel, each of them stores 16 bytes. Rows
/// may begin anywhere: one element each.
TileConfig storeConfig(const TileConfig &config, quant::FormatAttr format,
                       quant::LayoutAttr layout) {
  if (!config.layout)
    return config;
  int64_t bytes = format.getElement().isBF16() ? 2 : 4;
  int64_t vec = layout.getPanel() ? 16 / bytes : 1;
  return {.layout = tile::BlockedAttr::get(format.getContext(), 1,
                                           config.threads, vec),
          .threads = config.threads,
          .colBlock = config.threads * vec};
}

class GenerateKernel {
public:
  using Value = mlir::Value;

  GenerateKernel(OpBuilder &b, Location loc, StringRef name,
                 quant::FormatAttr format, quant::LayoutAttr layout,
                 const TileConfig &config)
      : layout_(layout), isInt4_(!format.isPlain()), width_(config.colBlock),
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
        format.isPlain()
            ? MemRefType::get({ShapedType::kDynamic}, format.getElement())
            : wordsType(b)};
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
  Value plainAt(Value places);
  Value sourceRow(Value row);
  Value isReal(Value row, Value col);
  struct Place {
    Value row, col;
  };
  Place nibblePlace(Value word, int nibble);
  Value nibblesAt(Value unit, Value inUnit);
  Value scalesAt(Value unit, Value inUnit);
  Value int4At(Value places);

  quant::LayoutAttr layout_;
  bool isInt4_;
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

/// i1: whether a place is no padding; a null row is the panel's one.
GenerateKernel::Value GenerateKernel::isReal(Value row, Value col) {
  auto isBelow = [&](Value x, Value limit) {
    return k_.compare(arith::CmpIPredicate::slt, x, word(limit));
  };
  Value real = isBelow(col, number(kCols));
  return row ? make<arith::AndIOp>(real, isBelow(row, numRows_)) : real;
}

/// What a panel of plain numbers has at `places`, as f32.
GenerateKernel::Value GenerateKernel::plainAt(Value places) {
  Value row = coordinate(places, /*isRow=*/true);
  Value col = coordinate(places, /*isRow=*/false);
  return k_.select(isReal(row, col), valueAt(sourceRow(row), col),
                   k_.constant(1, width_, 0.0));
}

GenerateKernel::Value GenerateKernel::sourceRow(Value row) {
  Value first = word(firstRow_);
  return row ? make<arith::AddIOp>(first, row) : first;
}

//===----------------------------------------------------------------------===//
// 4-bit integers: the orders of runtime/artifact/PackedInt4.h
//===----------------------------------------------------------------------===//

/// Row in the panel and column in the unit of nibble `i` of a word of integers.
GenerateKernel::Place GenerateKernel::nibblePlace(Value w, int i) {
  auto bits = [&](unsigned from, unsigned count, unsigned to) {
    Value part = make<arith::AndIOp>(shiftRight(w, from),
                                     word((int64_t{1} << count) - 1));
    return to ? make<arith::ShLIOp>(part, word(to)) : part;
  };
  auto plus = [&](Value x, int64_t y) {
    return y ? make<arith::AddIOp>(x, word(y)) : x;
  };
  if (!layout_.getMma())
    return {.row = bits(0, 4, 0),
            .col = plus(bits(4, 3, 3), i % 4 * 2 + i / 4)};
  Value col = make<arith::OrIOp>(bits(0, 2, 4), bits(2, 2, 1));
  return {.row = plus(bits(4, 3, 0), i % 2 * 8),
          .col = plus(col, i / 2 % 2 * 8 + i / 4)};
}

/// The word of 8 integers at `w` of a unit.
GenerateKernel::Value GenerateKernel::nibblesAt(Value unit, Value w) {
  Value firstCol = make<arith::MulIOp>(unit, word(artifact::kInt4UnitCols));
  Value all;
  for (int i = 0; i < 8; ++i) {
    auto [row, inUnit] = nibblePlace(w, i);
    Value col = make<arith::AddIOp>(firstCol, inUnit);
    Value q = shiftRight(bitsAt(sourceRow(row), col), 28);
    q = k_.select(isReal(row, col), q, word(artifact::kInt4Zero));
    if (i > 0)
      q = make<arith::ShLIOp>(q, word(4 * i));
    all = all ? make<arith::OrIOp>(all, q) : q;
  }
  return all;
}

/// The word of two scales at `w` of a unit's scales.
GenerateKernel::Value GenerateKernel::scalesAt(Value unit, Value w) {
  Value firstGroup = make<arith::ShLIOp>(unit, word(1)), all;
  Value size = word(number(kStep));
  for (int half = 0; half < 2; ++half) {
    Value row = layout_.getMma() ? shiftRight(w, 1) : w;
    Value inUnit =
        layout_.getMma() ? make<arith::AndIOp>(w, word(1)) : word(half);
    if (layout_.getMma() && half)
      row = make<arith::AddIOp>(row, word(8));
    Value group = make<arith::AddIOp>(firstGroup, inUnit);
    Value bits = bitsAt(sourceRow(row), make<arith::XOrIOp>(group, word(-1)));
    Value sign = make<arith::ShLIOp>(shiftRight(bits, 31), word(15));
    Value scale = make<arith::OrIOp>(size, sign);
    Value col = make<arith::MulIOp>(group, word(artifact::kInt4Group));
    scale = k_.select(isReal(row, col), scale, word(int64_t{0}));
    if (half)
      scale = make<arith::ShLIOp>(scale, word(16));
    all = all ? make<arith::OrIOp>(all, scale) : scale;
  }
  return all;
}

/// What a panel of 4-bit integers has at `places`, as words.
GenerateKernel::Value GenerateKernel::int4At(Value places) {
  constexpr int64_t kWords = artifact::kInt4UnitBytes / 4;
  constexpr int64_t kScales = artifact::kInt4ScalesAt / 4;
  Value unit = make<arith::DivUIOp>(places, word(kWords));
  Value inUnit =
      make<arith::SubIOp>(places, make<arith::MulIOp>(unit, word(kWords)));
  Value isScale = k_.compare(arith::CmpIPredicate::sge, inUnit, word(kScales));
  Value scales = scalesAt(unit, make<arith::SubIOp>(inUnit, word(kScales)));
  return k_.select(isScale, scales, nibblesAt(unit, inUnit));
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

/// Stores the elements from `place` of the panel on; those at or beyond `bound`
/// (null: none) are another panel's.
void GenerateKernel::storeBlock(Value place, Value bound) {
  Value places = make<arith::AddIOp>(k_.iota(1, width_, 1), word(place));
  Value stored = isInt4_ ? int4At(places) : plainAt(places);
  Value begin = k_.mul(k_.gridX(), number(kPanelElements));
  k_.store(stored, k_.param(0),
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
  return GenerateKernel(b, loc, name, format, layout,
                        storeConfig(config, format, layout))
      .build();
}

} // namespace g4
