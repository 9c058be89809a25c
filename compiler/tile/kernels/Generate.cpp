//===- Generate.cpp - Synthetic weights in packed form --------------------===//
//
// One work item writes the stored elements of one panel in their order, so that
// each thread's stores are 16 bytes side by side, and finds for each place
// which row and column lies there: the low bits of the place are bits of the
// row and the column as the packing orders them, the others are the column's
// high bits. Of formats with scales the elements are words of 32 bits: some
// codes, or some scales.
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

using Field = artifact::PlaceOrder::Field;

/// As the count of a field: all bits that are left.
constexpr unsigned kRest = 32;

/// The row and the column of place `place` of an order.
struct UnitPlace {
  int64_t row = 0, col = 0;
};

UnitPlace placeIn(const artifact::PlaceOrder &order, int64_t place) {
  UnitPlace at;
  for (auto [i, bit] : llvm::enumerate(order.bits()))
    (bit.isRow ? at.row : at.col) |= (place >> i & 1) << bit.number;
  return at;
}

/// Where a block of threads makes a panel, each of them stores 16 bytes. Rows
/// may begin anywhere: one element each.
TileConfig storeConfig(const TileConfig &config, quant::WeightType weight) {
  if (!config.layout)
    return config;
  artifact::PackedMatrix matrix = weight.getMatrix();
  int64_t bytes = matrix.format->isPlain() ? matrix.format->bits / 8 : 4;
  int64_t vec = matrix.packing->rows > 1 ? 16 / bytes : 1;
  return {.layout = tile::BlockedAttr::get(weight.getContext(), 1,
                                           config.threads, vec),
          .threads = config.threads,
          .colBlock = config.threads * vec};
}

class GenerateKernel {
public:
  using Value = mlir::Value;

  GenerateKernel(OpBuilder &b, Location loc, StringRef name,
                 quant::WeightType weight, const TileConfig &config)
      : matrix_(weight.getMatrix()), format_(*matrix_.format),
        packing_(*matrix_.packing), width_(config.colBlock),
        k_(b, loc, name, paramTypes(b, weight), config) {}

  tile::KernelOp build();

private:
  // The parameters after the weight, as Generator.h numbers them.
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

  static SmallVector<Type> paramTypes(OpBuilder &b, quant::WeightType weight) {
    SmallVector<Type> types = {
        weight.getDescription().isPlain()
            ? MemRefType::get({ShapedType::kDynamic}, weight.getElementType())
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
  Value shiftLeft(Value x, unsigned bits) {
    return bits ? make<arith::ShLIOp>(x, word(bits)) : x;
  }
  Value plus(Value x, int64_t y) {
    return y ? make<arith::AddIOp>(x, word(y)) : x;
  }
  OpBuilder &b() { return k_.builder(); }
  Location loc() { return k_.loc(); }

  void findPanel();
  void storeBlock(Value place, Value bound);
  Value coordinate(Value place, ArrayRef<Field> fields, bool isRow);
  Value mixed(Value x);
  Value bitsAt(Value row, Value col);
  Value valueAt(Value row, Value col);
  Value plainAt(Value places);
  Value sourceRow(Value row);
  Value isReal(Value row, Value col);
  struct Place {
    Value row, col;
  };
  Place placeOf(Value word, const artifact::PlaceOrder &order, int64_t perWord,
                int64_t i);
  /// Bits of all codes of a unit, in an order of their own.
  struct CodePart {
    const artifact::PlaceOrder &order;
    int bits, shift = 0;
  };
  Value codesAt(Value unit, Value w, const CodePart &part);
  Value scalesAt(Value unit, Value w, bool isMinimum);
  Value fromWord(Value inUnit, Value begin, Value later, Value before);
  Value wordAt(Value places);

  artifact::PackedMatrix matrix_; // its sizes mean nothing
  const artifact::WeightFormat &format_;
  const artifact::Packing &packing_;
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
  Value inSegment = k_.mul(panel, packing_.rows);
  numRows_ = k_.sub(number(kRowsPerSegment), inSegment);
  firstRow_ = k_.add(k_.mul(segment, number(kRowsPerSegment)), inSegment);
}

/// The bits of the row or the column that a place has; null if there are none.
GenerateKernel::Value
GenerateKernel::coordinate(Value place, ArrayRef<Field> fields, bool isRow) {
  Value sum;
  for (const Field &field : fields) {
    if (field.isRow != isRow)
      continue;
    Value part = shiftRight(place, field.at);
    if (field.count != kRest)
      part = make<arith::AndIOp>(part, word((int64_t{1} << field.count) - 1));
    part = shiftLeft(part, field.number);
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
  std::vector<Field> fields = packing_.codes.fields();
  fields.push_back({.isRow = false,
                    .number = llvm::Log2_64(packing_.cols),
                    .at = static_cast<unsigned>(packing_.codes.bits().size()),
                    .count = kRest});
  Value row = coordinate(places, fields, /*isRow=*/true);
  Value col = coordinate(places, fields, /*isRow=*/false);
  return k_.select(isReal(row, col), valueAt(sourceRow(row), col),
                   k_.constant(1, width_, 0.0));
}

GenerateKernel::Value GenerateKernel::sourceRow(Value row) {
  Value first = word(firstRow_);
  return row ? make<arith::AddIOp>(first, row) : first;
}

//===----------------------------------------------------------------------===//
// Formats with scales: words of codes and of scales
//===----------------------------------------------------------------------===//

/// Row in the panel and column in the unit of number `i` of `perWord` that a
/// word holds, which lie in this order.
GenerateKernel::Place GenerateKernel::placeOf(Value w,
                                              const artifact::PlaceOrder &order,
                                              int64_t perWord, int64_t i) {
  std::vector<Field> fields = order.fields(llvm::Log2_64(perWord));
  UnitPlace first = placeIn(order, i);
  auto part = [&](bool isRow) {
    Value bits = coordinate(w, fields, isRow);
    return bits ? bits : word(int64_t{0});
  };
  return {.row = plus(part(true), first.row),
          .col = plus(part(false), first.col)};
}

/// The word at `w` of a unit's codes, or of a part of their bits.
GenerateKernel::Value GenerateKernel::codesAt(Value unit, Value w,
                                              const CodePart &part) {
  Value firstCol = make<arith::MulIOp>(unit, word(packing_.cols)), all;
  int64_t perWord = 32 / part.bits;
  for (int64_t i = 0; i < perWord; ++i) {
    auto [row, inUnit] = placeOf(w, part.order, perWord, i);
    Value col = make<arith::AddIOp>(firstCol, inUnit);
    Value code = shiftRight(bitsAt(sourceRow(row), col), 32 - format_.bits);
    if (format_.syntheticMask != (1u << format_.bits) - 1)
      code = make<arith::AndIOp>(code, word(int64_t{format_.syntheticMask}));
    code = k_.select(isReal(row, col), code, word(int64_t{format_.zeroCode}));
    code = shiftRight(code, part.shift);
    if (part.bits + part.shift < format_.bits)
      code = make<arith::AndIOp>(code, word((int64_t{1} << part.bits) - 1));
    code = shiftLeft(code, part.bits * i);
    all = all ? make<arith::OrIOp>(all, code) : code;
  }
  return all;
}

/// The word at `w` of a unit's scales, or of its minima: 8 times the scale with
/// the other sign.
GenerateKernel::Value GenerateKernel::scalesAt(Value unit, Value w,
                                               bool isMinimum) {
  Value firstCol = make<arith::MulIOp>(unit, word(packing_.cols)), all;
  Value size = word(number(kStep)), zero = word(int64_t{0});
  if (isMinimum) {
    Value larger = make<arith::AddIOp>(
        size, word(artifact::SyntheticValues::timesEight(format_)));
    size = k_.select(k_.compare(arith::CmpIPredicate::eq, size, zero), zero,
                     larger);
  }
  int64_t perWord = 4 / format_.scaleBytes(), bits = 32 / perWord;
  for (int64_t i = 0; i < perWord; ++i) {
    auto [row, inUnit] = placeOf(w, packing_.scales, perWord, i);
    Value col = make<arith::AddIOp>(firstCol, inUnit);
    Value group = format_.hasGroups()
                      ? shiftRight(col, llvm::Log2_64(format_.group))
                      : zero;
    Value random = bitsAt(sourceRow(row), make<arith::XOrIOp>(group, word(-1)));
    Value sign = shiftRight(random, 31);
    if (isMinimum)
      sign = make<arith::XOrIOp>(sign, word(1));
    Value scale = make<arith::OrIOp>(size, shiftLeft(sign, bits - 1));
    scale = k_.select(isReal(row, col), scale, zero);
    scale = shiftLeft(scale, bits * i);
    all = all ? make<arith::OrIOp>(all, scale) : scale;
  }
  return all;
}

/// `later` from word `begin` on, `before` in the words before it.
GenerateKernel::Value GenerateKernel::fromWord(Value inUnit, Value begin,
                                               Value later, Value before) {
  Value isLater = k_.compare(arith::CmpIPredicate::sge, inUnit, begin);
  return k_.select(isLater, later, before);
}

/// What a panel of a format with scales has at `places`.
GenerateKernel::Value GenerateKernel::wordAt(Value places) {
  int64_t words = matrix_.unitBytes() / 4;
  Value unit = make<arith::DivUIOp>(places, word(words));
  Value inUnit =
      make<arith::SubIOp>(places, make<arith::MulIOp>(unit, word(words)));
  Value stored = codesAt(unit, inUnit,
                         {.order = packing_.codes, .bits = format_.lowBits()});
  auto add = [&](int64_t begin, auto at) {
    Value first = word(begin / 4);
    Value later = at(make<arith::SubIOp>(inUnit, first));
    stored = fromWord(inUnit, first, later, stored);
  };
  if (format_.hasHighBits())
    add(matrix_.lowBytes(), [&](Value w) {
      return codesAt(unit, w,
                     {.order = packing_.highBits, .bits = 2, .shift = 4});
    });
  if (format_.hasGroups())
    add(matrix_.codeBytes(),
        [&](Value w) { return scalesAt(unit, w, /*isMinimum=*/false); });
  if (format_.hasMinimum)
    add(matrix_.codeBytes() + matrix_.scaleBytes(),
        [&](Value w) { return scalesAt(unit, w, /*isMinimum=*/true); });
  if (!format_.isWholeRow())
    return stored;
  Value first =
      word(k_.sub(number(kPanelElements), k_.index(matrix_.scaleBytes() / 4)));
  return fromWord(places, first,
                  scalesAt(word(int64_t{0}), make<arith::SubIOp>(places, first),
                           /*isMinimum=*/false),
                  stored);
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

/// Stores the elements from `place` of the panel on; those at or beyond `bound`
/// (null: none) are another panel's.
void GenerateKernel::storeBlock(Value place, Value bound) {
  Value places = make<arith::AddIOp>(k_.iota(1, width_, 1), word(place));
  Value stored = format_.isPlain() ? plainAt(places) : wordAt(places);
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
                             quant::WeightType weight,
                             const TileConfig &config) {
  return GenerateKernel(b, loc, name, weight, storeConfig(config, weight))
      .build();
}

} // namespace g4
