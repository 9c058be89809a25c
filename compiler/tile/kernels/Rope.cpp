//===- Rope.cpp - Tables of rope, and the heads that use them -------------===//
//
// The cosines and sines of a row are the same in all layers of one kind, so a
// step computes them once. A row's query, key and value heads are then one work
// item each: a sum over the head for the norm, one pass that rotates. On a GPU
// an item is the same head of several rows, a warp each.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"

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
  void storeToCache(Value tile, Param param, Value head, Value col,
                    Value colBound);
  using Store = std::function<void(Value tile, Value col, Value bound)>;
  Value headColumn(Value head) { return k_.mul(head, spec_.headDim); }
  Value headTile(Value column, Value col, ColumnBlock block);
  Value inverseRms(Value column);
  void rotate(Value column, Value weight, const Store &store);
  void queryHead(Value head);
  void keyAndValueHead(Value head);

  const QkvSpec &spec_;
  KernelBuilder k_;
  Value firstRow_, numRows_; // numRows_ with row tiles only
  Value page_, place_;       // of the row in the cache
  Value entryMap_, rowMap_;  // with row tiles: scratch
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
    Type cacheRows = MemRefType::get({kAny, d}, cache.dtype);
    types.append(
        {norm, cacheRows, cacheRows, column, b.getIndexType(), column, column});
  }
  if (spec.rowTile > 1)
    types.push_back(b.getIndexType());
  if (!spec.hasKeys || spec.rowTile > 1)
    return types;
  int64_t p = cache.pageSize;
  auto keys = cache.keysAsRows
                  ? MemRefType::get({kAny, numKv, p, d}, cache.dtype)
                  : MemRefType::get({kAny, numKv, d, p}, cache.dtype);
  types.append({norm, keys, MemRefType::get({kAny, numKv, p, d}, cache.dtype),
                wordsType(b), b.getIndexType(), wordsType(b), wordsType(b)});
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

// Norm and rope of one head: the halves of each pair are half a head apart.
void QkvBuilder::rotate(Value column, Value weight, const Store &store) {
  int64_t half = spec_.headDim / 2;
  Value scale = inverseRms(column);
  k_.columns(half, [&](ColumnBlock block) {
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
    Value highBound = block.bound ? k_.add(block.bound, half) : Value();
    store(k_.subf(k_.mulf(a, cos), k_.mulf(c, sin)), block.col, block.bound);
    store(k_.addf(k_.mulf(c, cos), k_.mulf(a, sin)), high, highBound);
  });
}

void QkvBuilder::queryHead(Value head) {
  Value column = headColumn(head);
  rotate(column, k_.param(QNorm), [&](Value tile, Value col, Value bound) {
    k_.store(
        tile, k_.param(Q),
        rowsAt(k_.add(column, col), bound ? k_.add(column, bound) : Value()));
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

/// Columns of the rows' keys or values of a head.
void QkvBuilder::storeToCache(Value tile, Param param, Value head, Value col,
                              Value colBound) {
  if (hasRowTiles())
    return k_.store(tile, k_.param(param),
                    {.at = {k_.index(0), col},
                     .rowMap = rowMap_,
                     .rowOffset = k_.index(0),
                     .rowBound = k_.sub(numRows_, firstRow_),
                     .colBound = colBound});
  bool isPanel = param == Keys && !spec_.cache.keysAsRows;
  KernelBuilder::Values at = {page_, head, isPanel ? col : place_,
                              isPanel ? place_ : col};
  k_.store(tile, k_.param(param), {.at = at, .colBound = colBound}, isPanel);
}

void QkvBuilder::keyAndValueHead(Value head) {
  findPlaces(head);
  rotate(headColumn(k_.add(head, spec_.numHeads)), k_.param(KNorm),
         [&](Value tile, Value col, Value bound) {
           storeToCache(tile, Keys, head, col, bound);
         });
  // Without a projection of their own, values are the raw keys.
  int64_t valueHead =
      spec_.numHeads + (spec_.kEqV ? 0 : spec_.cache.numKvHeads);
  Value values = headColumn(k_.add(head, valueHead));
  Value scale = inverseRms(values);
  k_.columns(spec_.headDim, [&](ColumnBlock block) {
    storeToCache(k_.mulf(headTile(values, block.col, block), scale),
                 ValuesParam, head, block.col, block.bound);
  });
}

tile::KernelOp QkvBuilder::build() {
  Value head = k_.gridY();
  if (hasRowTiles() && spec_.hasKeys) {
    entryMap_ = k_.scratch({rows(), 1}, k_.builder().getI32Type());
    rowMap_ = k_.scratch({rows(), 1}, k_.builder().getI32Type());
  }
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
