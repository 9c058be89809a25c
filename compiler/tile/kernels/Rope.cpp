//===- Rope.cpp - Tables of rope, and the heads that use them -------------===//
//
// The cosines and sines of a row are the same in all layers of one kind, so a
// step computes them once. A row's query, key and value heads are then one work
// item each: a sum over the head for the norm, one pass that rotates. On a GPU
// an item is the same head of several rows, a warp each.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"
#include "compiler/tile/kernels/KvFormat.h"

namespace g4 {

using namespace mlir;

tile::KernelOp buildRopeTable(OpBuilder &b, Location loc, StringRef name,
                              int64_t halfDim, const TileConfig &config) {
  Type freqs = MemRefType::get({halfDim}, b.getF32Type());
  Type table = MemRefType::get({ShapedType::kDynamic, halfDim}, b.getF32Type());
  KernelBuilder k(b, loc, name, {wordsType(b), freqs, table, table}, config);
  Value word = memref::LoadOp::create(k.builder(), loc, k.param(0), k.gridX());
  Value position = arith::SIToFPOp::create(k.builder(), loc, k.f32(), word);
  k.columns(halfDim, [&](ColumnBlock block) {
    Value freq =
        k.load(k.param(1), {.at = {block.col}, .colBound = block.bound}, 1,
               block.width);
    Value theta = k.mulf(freq, k.splat(1, block.width, position));
    KernelBuilder::Place place{.at = {k.gridX(), block.col},
                               .colBound = block.bound};
    k.store(math::CosOp::create(k.builder(), loc, theta), k.param(2), place);
    k.store(math::SinOp::create(k.builder(), loc, theta), k.param(3), place);
  });
  return k.finish();
}

namespace {

class QkvBuilder {
public:
  QkvBuilder(OpBuilder &b, Location loc, StringRef name, const QkvSpec &spec,
             const TileConfig &config)
      : spec_(spec), k_(b, loc, name, paramTypes(b, spec), config) {}

  tile::KernelOp build();

private:
  enum Param {
    Qkv,
    Cos,
    Sin,
    QNorm,
    Q,
    KNorm,
    Keys,
    ValuesParam,
    Table,
    Width,
    Positions,
    Slots,
    NumRows,
    NumRowsWithoutKeys = KNorm
  };

  static SmallVector<Type> paramTypes(OpBuilder &b, const QkvSpec &spec);

  int64_t rows() const { return spec_.rowTile; }
  bool hasRowTiles() const { return spec_.rowTile > 1; }
  KernelBuilder::Place rowsAt(Value col, Value colBound);
  void findPlaces(Value head);
  KernelBuilder::Place placeInCache(Value head, Value row, Value col);
  void storeToCache(Value tile, Param param, Value head, Value col,
                    Value colBound);
  void quantizeHead(Param param, Value scales, int64_t cols, Value head);
  /// Columns [col, col + ..) of the first (0) or second (1) half of a head,
  /// those below the bound, which may be null.
  struct Columns {
    int64_t half;
    Value col, bound;
  };
  using Store = std::function<void(Value tile, const Columns &columns)>;
  Value headColumn(Value head) { return k_.mul(head, spec_.headDim); }
  Value headTile(Value column, Value col, ColumnBlock block);
  Value inverseRms(Value column);
  void rotate(Value column, Value weight, int64_t numPairs, const Store &store);
  Value keyNormWhereUnrotated(const Columns &columns, int64_t width);
  void queryHead(Value head);
  void keyAndValueHead(Value head);

  const QkvSpec &spec_;
  KernelBuilder k_;
  Value firstRow_, numRows_; // numRows_ with row tiles only
  Value page_, place_;       // of the row in the cache
  Value entryMap_, rowMap_;  // with row tiles: scratch
  Value staged_;             // scratch: a head whose scale is not known yet
};

} // namespace

SmallVector<Type> QkvBuilder::paramTypes(OpBuilder &b, const QkvSpec &spec) {
  constexpr int64_t kAny = ShapedType::kDynamic;
  const CacheSpec &cache = spec.cache;
  int64_t d = spec.headDim, numKv = spec.hasKeys ? cache.numKvHeads : 0;
  int64_t heads = spec.numHeads + numKv * (spec.kEqV ? 1 : 2);
  Type f32 = b.getF32Type();
  Type table = MemRefType::get({kAny, d / 2}, f32);
  Type norm = MemRefType::get({d}, f32);
  SmallVector<Type> types = {MemRefType::get({kAny, heads * d}, f32), table,
                             table, norm,
                             MemRefType::get({kAny, spec.numHeads * d}, f32)};
  Type column = MemRefType::get({kAny, 1}, b.getI32Type());
  if (spec.hasKeys && spec.rowTile > 1) {
    auto cacheRows = [&](int64_t columns) {
      return MemRefType::get({kAny, columns}, storedKvType(cache.dtype));
    };
    types.append({norm, cacheRows(cache.keyDim()), cacheRows(d), column,
                  b.getIndexType(), column, column});
  }
  if (spec.rowTile > 1)
    types.push_back(b.getIndexType());
  bool hasScales = spec.hasKeys && isQuantizedKv(cache.dtype);
  if (hasScales && spec.rowTile > 1)
    types.append(2, MemRefType::get({kAny, 1}, f32));
  if (!spec.hasKeys || spec.rowTile > 1)
    return types;
  int64_t p = cache.pageSize;
  int64_t keyDim = cache.keyDim();
  Type stored = storedKvType(cache.dtype);
  auto keys = cache.keysAsRows
                  ? MemRefType::get({kAny, numKv, p, keyDim}, stored)
                  : MemRefType::get({kAny, numKv, keyDim, p}, stored);
  types.append({norm, keys, MemRefType::get({kAny, numKv, p, d}, stored),
                wordsType(b), b.getIndexType(), wordsType(b), wordsType(b)});
  if (hasScales)
    types.append(2, MemRefType::get({kAny, numKv, p, 1}, f32));
  return types;
}

KernelBuilder::Place QkvBuilder::rowsAt(Value col, Value colBound) {
  return {.at = {firstRow_, col}, .rowBound = numRows_, .colBound = colBound};
}

/// Columns [col, ..) of the head that begins at `column` of the row.
Value QkvBuilder::headTile(Value column, Value col, ColumnBlock block) {
  Value bound;
  if (block.bound)
    bound = k_.add(k_.add(column, k_.sub(col, block.col)), block.bound);
  return k_.load(k_.param(Qkv), rowsAt(k_.add(column, col), bound), rows(),
                 block.width);
}

Value QkvBuilder::inverseRms(Value column) {
  Value sum = k_.columnSums(
      spec_.headDim, 1,
      [&](ColumnBlock block) {
        Value x = headTile(column, block.col, block);
        return KernelBuilder::Values{k_.mulf(x, x)};
      },
      rows())[0];
  return k_.inverseRms(sum, spec_.headDim, spec_.epsilon);
}

// Norm and rope of the first pairs of one head: the halves of each pair are
// half a head apart.
void QkvBuilder::rotate(Value column, Value weight, int64_t numPairs,
                        const Store &store) {
  int64_t half = spec_.headDim / 2;
  Value scale = inverseRms(column);
  k_.columns(numPairs, [&](ColumnBlock block) {
    auto vector = [&](Value memory, Value offset) {
      KernelBuilder::Place place{.at = {k_.add(offset, block.col)}};
      if (block.bound)
        place.colBound = k_.add(offset, block.bound);
      return k_.load(memory, place, 1, block.width);
    };
    auto table = [&](Param param) {
      return k_.load(k_.param(param), rowsAt(block.col, block.bound), rows(),
                     block.width);
    };
    Value high = k_.add(block.col, half);
    Value a = k_.mulf(k_.mulf(headTile(column, block.col, block), scale),
                      vector(weight, k_.index(0)));
    Value c = k_.mulf(k_.mulf(headTile(column, high, block), scale),
                      vector(weight, k_.index(half)));
    Value cos = table(Cos), sin = table(Sin);
    store(k_.subf(k_.mulf(a, cos), k_.mulf(c, sin)),
          {0, block.col, block.bound});
    store(k_.addf(k_.mulf(c, cos), k_.mulf(a, sin)),
          {1, block.col, block.bound});
  });
}

/// k_norm at the columns that do not rotate, 1 at the others: [1, width].
Value QkvBuilder::keyNormWhereUnrotated(const Columns &columns, int64_t width) {
  Value offset = k_.index(columns.half * spec_.headDim / 2);
  KernelBuilder::Place place{.at = {k_.add(offset, columns.col)}};
  if (columns.bound)
    place.colBound = k_.add(offset, columns.bound);
  Value norm = k_.load(k_.param(KNorm), place, 1, width);
  Value pair =
      k_.add(k_.splat(1, width, k_.toI32(columns.col)), k_.iota(1, width, 1));
  Value rotates =
      k_.compare(arith::CmpIPredicate::slt, pair,
                 k_.constantI32(1, width, spec_.cache.rotatedPairs));
  return k_.select(rotates, k_.constant(1, width, 1.0), norm);
}

void QkvBuilder::queryHead(Value head) {
  int64_t half = spec_.headDim / 2;
  bool foldsKeyNorm = spec_.hasKeys && spec_.cache.rotatedPairs > 0;
  rotate(headColumn(head), k_.param(QNorm), half,
         [&](Value tile, const Columns &columns) {
           Value first = k_.add(headColumn(head), columns.half * half);
           int64_t width = cast<RankedTensorType>(tile.getType()).getDimSize(1);
           if (foldsKeyNorm)
             tile = k_.mulf(tile, keyNormWhereUnrotated(columns, width));
           Value bound = columns.bound ? k_.add(first, columns.bound) : Value();
           k_.store(tile, k_.param(Q),
                    rowsAt(k_.add(first, columns.col), bound));
         });
}

/// Where the rows' positions lie in the cache.
void QkvBuilder::findPlaces(Value head) {
  int64_t p = spec_.cache.pageSize;
  Value width = k_.param(Width), zero = k_.index(0);
  if (!hasRowTiles()) {
    Value position = k_.loadIndex(k_.param(Positions), firstRow_);
    Value entry =
        k_.add(k_.mul(k_.loadIndex(k_.param(Slots), firstRow_), width),
               k_.rem(k_.div(position, p), width));
    page_ = k_.loadIndex(k_.param(Table), entry);
    place_ = k_.rem(position, k_.index(p));
    return;
  }
  auto word = [&](Value index) { return k_.splat(rows(), 1, k_.toI32(index)); };
  auto number = [&](int64_t value) { return k_.constantI32(rows(), 1, value); };
  auto divided = [&](Value a, Value b) -> Value {
    return arith::DivUIOp::create(k_.builder(), k_.loc(), a, b);
  };
  Value position = k_.loadI32(k_.param(Positions), rowsAt(zero, {}), rows(), 1);
  Value slot = k_.loadI32(k_.param(Slots), rowsAt(zero, {}), rows(), 1);
  Value entry = k_.add(k_.mul(slot, word(width)),
                       k_.rem(divided(position, number(p)), word(width)));
  k_.store(entry, entryMap_, {.at = {zero, zero}});
  k_.barrier();
  Value page = k_.loadI32(k_.param(Table),
                          {.at = {zero, zero},
                           .rowMap = entryMap_,
                           .rowOffset = zero,
                           .rowBound = k_.sub(numRows_, firstRow_)},
                          rows(), 1);
  Value block =
      k_.add(k_.mul(page, number(spec_.cache.numKvHeads)), word(head));
  k_.store(k_.add(k_.mul(block, number(p)), k_.rem(position, number(p))),
           rowMap_, {.at = {zero, zero}});
  k_.barrier();
}

/// Where the rows' keys, values or scales of a head lie.
KernelBuilder::Place QkvBuilder::placeInCache(Value head, Value row,
                                              Value col) {
  if (!hasRowTiles())
    return {.at = {page_, head, row, col}};
  return {.at = {k_.index(0), col},
          .rowMap = rowMap_,
          .rowOffset = k_.index(0),
          .rowBound = k_.sub(numRows_, firstRow_)};
}

/// Columns of the rows' keys or values of a head; of a cache of 8 bits they
/// wait for the rest of the head.
void QkvBuilder::storeToCache(Value tile, Param param, Value head, Value col,
                              Value colBound) {
  if (staged_)
    return k_.store(tile, staged_,
                    {.at = {k_.index(0), col}, .colBound = colBound});
  bool isPanel = param == Keys && !spec_.cache.keysAsRows;
  KernelBuilder::Place place = isPanel ? placeInCache(head, col, place_)
                                       : placeInCache(head, place_, col);
  place.colBound = colBound;
  k_.store(tile, k_.param(param), place, isPanel);
}

/// The staged columns to the cache, by their largest magnitude.
void QkvBuilder::quantizeHead(Param param, Value scales, int64_t cols,
                              Value head) {
  Type dtype = spec_.cache.dtype;
  double largest = largestStored(dtype);
  auto staged = [&](ColumnBlock block) {
    return k_.load(staged_,
                   {.at = {k_.index(0), block.col}, .colBound = block.bound},
                   rows(), block.width);
  };
  k_.barrier();
  Value most = k_.columnMagnitude(cols, staged, rows());
  k_.store(k_.scaled(most, 1 / largest), scales,
           placeInCache(head, place_, k_.index(0)));
  // A head of zeros has the scale 0 and stores zeros.
  Value inverse = k_.divf(k_.constant(rows(), 1, largest),
                          k_.maxf(most, k_.constant(rows(), 1, 1e-30)));
  k_.columns(cols, [&](ColumnBlock block) {
    KernelBuilder::Place place = placeInCache(head, place_, block.col);
    place.colBound = block.bound;
    storeKv(k_, dtype, k_.mulf(staged(block), inverse), k_.param(param), place);
  });
  k_.barrier();
}

void QkvBuilder::keyAndValueHead(Value head) {
  findPlaces(head);
  int64_t numPairs = spec_.cache.keyDim() / 2;
  rotate(headColumn(k_.add(head, spec_.numHeads)), k_.param(KNorm), numPairs,
         [&](Value tile, const Columns &columns) {
           Value first = k_.index(columns.half * numPairs);
           Value bound = columns.bound ? k_.add(first, columns.bound) : Value();
           storeToCache(tile, Keys, head, k_.add(first, columns.col), bound);
         });
  unsigned numParams = k_.numParams();
  if (staged_)
    quantizeHead(Keys, k_.param(numParams - 2), spec_.cache.keyDim(), head);
  // Without a projection of their own, values are the raw keys.
  int64_t valueHead =
      spec_.numHeads + (spec_.kEqV ? 0 : spec_.cache.numKvHeads);
  Value values = headColumn(k_.add(head, valueHead));
  Value scale = inverseRms(values);
  k_.columns(spec_.headDim, [&](ColumnBlock block) {
    storeToCache(k_.mulf(headTile(values, block.col, block), scale),
                 ValuesParam, head, block.col, block.bound);
  });
  if (staged_)
    quantizeHead(ValuesParam, k_.param(numParams - 1), spec_.headDim, head);
}

tile::KernelOp QkvBuilder::build() {
  Value head = k_.gridY();
  if (hasRowTiles() && spec_.hasKeys) {
    entryMap_ = k_.scratch({rows(), 1}, k_.builder().getI32Type());
    rowMap_ = k_.scratch({rows(), 1}, k_.builder().getI32Type());
  }
  if (spec_.hasKeys && isQuantizedKv(spec_.cache.dtype))
    staged_ = k_.scratch({rows(), spec_.headDim}, k_.f32());
  firstRow_ = k_.mul(k_.gridX(), spec_.rowTile);
  if (hasRowTiles())
    numRows_ = k_.param(spec_.hasKeys ? NumRows : NumRowsWithoutKeys);
  if (!spec_.hasKeys) {
    queryHead(head);
    return k_.finish();
  }
  Value numHeads = k_.index(spec_.numHeads);
  k_.ifElse(
      k_.less(head, numHeads), [&] { queryHead(head); },
      [&] { keyAndValueHead(k_.sub(head, numHeads)); });
  return k_.finish();
}

tile::KernelOp buildQkvPrepare(OpBuilder &b, Location loc, StringRef name,
                               const QkvSpec &spec, const TileConfig &config) {
  return QkvBuilder(b, loc, name, spec, config).build();
}

} // namespace g4
