//===- Attention.cpp - Softmax attention over the pages of a slot ---------===//
//
// Work item: up to queryTile rows of one sequence times headTile query heads of
// one KV head, together R = queryTile * headTile rows of scores. It walks the
// pages that any of its rows sees, in rising order of position, with an online
// softmax (Milakov & Gimelshein 2018, arXiv:1805.02867): per row a maximum m, a
// sum l and the output O, all f32, O in scratch.
//
// A row's result is the same whatever else is in its tile: pages are cut at
// multiples of pageSize, a page that the row does not see changes nothing
// (exp(0) = 1 times the old, plus zeros), and everything else is per row.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/AttentionChunks.h"
#include "compiler/tile/kernels/Kernels.h"
#include "compiler/tile/kernels/KvFormat.h"

#include <numeric>

namespace g4 {

using namespace mlir;
using tile::ReduceKind;

namespace {

class AttentionBuilder {
public:
  AttentionBuilder(OpBuilder &b, Location loc, StringRef name,
                   const AttentionSpec &spec, const AttentionConfig &config)
      : spec_(spec), config_(config),
        k_(b, loc, name, paramTypes(b, spec), config.tile) {}

  tile::KernelOp build();

private:
  using enum ChunkedAttention::Param;
  using Param = ChunkedAttention::Param;

  static SmallVector<Type> paramTypes(OpBuilder &b, const AttentionSpec &spec);

  void declareScratch();
  void forRows(const std::function<void(Value m, Value row)> &body);
  void stageQueries();
  void findRange();
  Value pageOf(Value position);
  Value visibleMask(Value position);
  /// Rows of keys or values: in the cache, or in scratch where they are staged.
  struct Rows {
    Value memory;
    KernelBuilder::Values before; // indices before those of row and column
  };
  /// Columns [from, to) of rows times those of the queries from queryCol on.
  struct RowPart {
    Rows rows;
    int64_t from, to, queryCol;
  };
  bool isQuantized() const { return isQuantizedKv(spec_.cache.dtype); }
  Rows rowsOf(Value page, Param param);
  SmallVector<RowPart> rowParts(Value page);
  void stageRows(Value page, Value position);
  Value addPanel(Value page, Value scores);
  void sumRows(Value page, Value position);
  Value pageScores(Value page, Value position);
  Value maskedScores(Value page, Value position, Value mask);
  KernelBuilder::Values visitPage(Value position, ValueRange stats);
  void accumulateValues(Value page, Value position, Value alpha);
  void storeOutput();

  int64_t numRows() const { return config_.queryTile * config_.headTile; }
  int64_t pageSize() const { return spec_.cache.pageSize; }
  int64_t headDim() const { return spec_.cache.headDim; }

  const AttentionSpec &spec_;
  const AttentionConfig &config_;
  KernelBuilder k_;
  // Scratch: scaled queries, scores of a page, output, sums; per row of scores
  // the first position it sees and the first it does not; the largest of those.
  Value queries_, scores_, output_, sums_, begins_, ends_, lastEnd_;
  Value keyRows_, valueRows_; // of a page of 8 bits, as f32
  Value firstRow_, numTokens_, slot_, firstHead_, kvHead_;
  Value begin_, end_; // positions to visit
};

} // namespace

SmallVector<Type> AttentionBuilder::paramTypes(OpBuilder &b,
                                               const AttentionSpec &spec) {
  constexpr int64_t kAny = ShapedType::kDynamic;
  const CacheSpec &cache = spec.cache;
  int64_t d = cache.headDim, p = cache.pageSize, h = cache.numKvHeads;
  Type rows = MemRefType::get({kAny, spec.numHeads, d}, b.getF32Type());
  Type words = wordsType(b), stored = storedKvType(cache.dtype);
  Type keys = cache.keysAsRows
                  ? MemRefType::get({kAny, h, p, cache.keyDim()}, stored)
                  : MemRefType::get({kAny, h, cache.keyDim(), p}, stored);
  SmallVector<Type> types = {rows,
                             keys,
                             MemRefType::get({kAny, h, p, d}, stored),
                             words,
                             b.getIndexType(),
                             words,
                             words,
                             words,
                             words,
                             words,
                             rows};
  if (isQuantizedKv(cache.dtype))
    types.append(2, MemRefType::get({kAny, h, p, 1}, b.getF32Type()));
  return types;
}

void AttentionBuilder::declareScratch() {
  Type f32 = k_.f32(), i32 = k_.builder().getI32Type();
  queries_ = k_.scratch({numRows(), headDim()}, f32);
  scores_ = k_.scratch({numRows(), pageSize()}, f32);
  output_ = k_.scratch({numRows(), headDim()}, f32);
  sums_ = k_.scratch({numRows(), 1}, f32);
  begins_ = k_.scratch({numRows(), 1}, i32);
  ends_ = k_.scratch({numRows(), 1}, i32);
  lastEnd_ = k_.scratch({1}, i32);
  if (!isQuantized())
    return;
  keyRows_ = k_.scratch({pageSize(), spec_.cache.keyDim()}, f32);
  valueRows_ = k_.scratch({pageSize(), headDim()}, f32);
}

/// For each row (token) of the tile: m is its number in the tile.
void AttentionBuilder::forRows(
    const std::function<void(Value m, Value row)> &body) {
  if (config_.queryTile == 1)
    return body(k_.index(0), firstRow_);
  k_.forLoop(k_.index(0), numTokens_, 1,
             [&](Value m) { body(m, k_.add(firstRow_, m)); });
}

// Rows that the tile does not have keep whatever scratch holds; nothing of
// theirs is stored, and zeros keep their numbers finite.
void AttentionBuilder::stageQueries() {
  if (config_.queryTile > 1)
    k_.columns(headDim(), [&](ColumnBlock block) {
      k_.store(k_.constant(numRows(), block.width, 0.0), queries_,
               {.at = {k_.index(0), block.col}, .colBound = block.bound});
    });
  k_.barrier();
  forRows([&](Value m, Value row) {
    k_.columns(headDim(), [&](ColumnBlock block) {
      Value q =
          k_.load(k_.param(Q),
                  {.at = {row, firstHead_, block.col}, .colBound = block.bound},
                  config_.headTile, block.width);
      k_.store(k_.scaled(q, spec_.scale), queries_,
               {.at = {k_.mul(m, config_.headTile), block.col},
                .colBound = block.bound});
    });
  });
}

// The window of each row, and the pages that the tile has to visit.
void AttentionBuilder::findRange() {
  Value zero = k_.index(0);
  k_.single([&] {
    if (config_.queryTile > 1)
      k_.forLoop(zero, k_.index(numRows()), 1, [&](Value r) {
        k_.storeIndex(zero, begins_, {r, zero});
        k_.storeIndex(zero, ends_, {r, zero});
      });
    k_.storeIndex(zero, lastEnd_, zero);
    forRows([&](Value m, Value row) {
      Value position = k_.loadIndex(k_.param(Positions), row);
      Value end = k_.loadIndex(k_.param(VisibleEnds), row);
      Value begin = zero;
      if (int64_t window = spec_.cache.window)
        begin = k_.max(zero, k_.sub(position, k_.index(window - 1)));
      Value base = k_.mul(m, config_.headTile);
      k_.forLoop(zero, k_.index(config_.headTile), 1, [&](Value h) {
        k_.storeIndex(begin, begins_, {k_.add(base, h), zero});
        k_.storeIndex(end, ends_, {k_.add(base, h), zero});
      });
      k_.storeIndex(k_.max(k_.loadIndex(lastEnd_, zero), end), lastEnd_, zero);
    });
  });
  k_.barrier();
  // Positions rise from row to row, so the first row's window begins first.
  begin_ = k_.mul(k_.div(k_.loadIndex(begins_, {zero, zero}), pageSize()),
                  pageSize());
  end_ = k_.loadIndex(lastEnd_, zero);
}

Value AttentionBuilder::pageOf(Value position) {
  Value width = k_.param(Width);
  Value entry =
      k_.add(k_.mul(slot_, width), k_.rem(k_.div(position, pageSize()), width));
  return k_.loadIndex(k_.param(Table), entry);
}

/// Which keys of the page at `position` each row sees, i1 [R, P].
Value AttentionBuilder::visibleMask(Value position) {
  int64_t rows = numRows(), cols = pageSize();
  Value first = k_.splat(rows, cols, k_.toI32(position));
  Value key = arith::AddIOp::create(k_.builder(), k_.loc(), first,
                                    k_.iota(rows, cols, 1));
  auto bounds = [&](Value memory) {
    Value zero = k_.index(0);
    return k_.broadcast(k_.loadI32(memory, {.at = {zero, zero}}, rows, 1), rows,
                        cols);
  };
  Value above = k_.compare(arith::CmpIPredicate::sge, key, bounds(begins_));
  Value below = k_.compare(arith::CmpIPredicate::slt, key, bounds(ends_));
  return arith::AndIOp::create(k_.builder(), k_.loc(), above, below);
}

AttentionBuilder::Rows AttentionBuilder::rowsOf(Value page, Param param) {
  if (isQuantized())
    return {param == Keys ? keyRows_ : valueRows_, {}};
  return {k_.param(param), {page, kvHead_}};
}

/// Keys and values of a page of 8 bits times their scales, up to the last
/// position that a row sees.
void AttentionBuilder::stageRows(Value page, Value position) {
  unsigned firstScales = k_.numParams() - 2;
  Value count = k_.min(k_.index(pageSize()), k_.sub(end_, position));
  Value zero = k_.index(0);
  k_.forLoop(zero, count, 1, [&](Value row) {
    for (Param param : {Keys, CacheValues}) {
      bool isKey = param == Keys;
      Value scale = k_.load(k_.param(firstScales + (isKey ? 0 : 1)),
                            {.at = {page, kvHead_, row, zero}}, 1, 1);
      int64_t cols = isKey ? spec_.cache.keyDim() : headDim();
      k_.columns(cols, [&](ColumnBlock block) {
        Value x = loadKv(
            k_, spec_.cache.dtype, k_.param(param),
            {.at = {page, kvHead_, row, block.col}, .colBound = block.bound}, 1,
            block.width);
        k_.store(k_.mulf(x, scale), isKey ? keyRows_ : valueRows_,
                 {.at = {row, block.col}, .colBound = block.bound});
      });
    }
  });
  k_.barrier();
}

/// Of which rows a score is summed, in order.
SmallVector<AttentionBuilder::RowPart> AttentionBuilder::rowParts(Value page) {
  int64_t d = headDim(), half = d / 2, pairs = spec_.cache.rotatedPairs;
  SmallVector<RowPart> parts;
  if (pairs > 0)
    for (int64_t first : {int64_t{0}, half})
      parts.push_back({rowsOf(page, CacheValues), first + pairs, first + half,
                       first + pairs});
  if (!spec_.cache.keysAsRows)
    return parts;
  if (pairs == 0)
    parts.push_back({rowsOf(page, Keys), 0, d, 0});
  for (int64_t i = 0; pairs > 0 && i < 2; ++i)
    parts.push_back({rowsOf(page, Keys), i * pairs, (i + 1) * pairs, i * half});
  return parts;
}

/// What keys in a panel add to scores: whole ones, or their rotated pairs.
Value AttentionBuilder::addPanel(Value page, Value scores) {
  Value zero = k_.index(0);
  int64_t half = headDim() / 2, pairs = spec_.cache.rotatedPairs;
  auto dot = [&](Value sum, int64_t queryCol, int64_t first, int64_t depth) {
    return k_.dot(sum, queries_, {zero, k_.index(queryCol)}, k_.param(Keys),
                  {page, kvHead_, k_.index(first), zero},
                  tile::OperandOrder::KN, depth);
  };
  if (pairs == 0)
    return dot(scores, 0, 0, headDim());
  for (int64_t i : {0, 1})
    scores = dot(scores, i * half, i * pairs, pairs);
  return scores;
}

// With keys or values that lie in rows, each score is a sum of some chains,
// side by side in a vector, by itself; they go to scratch. Scores after the
// last position that a row sees may be anything: they are masked.
void AttentionBuilder::sumRows(Value page, Value position) {
  constexpr int64_t kChains = 8; // the same on all targets
  Value zero = k_.index(0);
  auto addPart = [&](Value row, const RowPart &part, Value total) {
    int64_t width = std::gcd(kChains, part.to - part.from);
    auto multiply = [&](Value col, ValueRange sum) -> KernelBuilder::Values {
      KernelBuilder::Values at = part.rows.before;
      at.append({row, k_.add(col, part.from)});
      Value x = k_.load(part.rows.memory, {.at = at}, 1, width);
      Value q = k_.load(queries_, {.at = {zero, k_.add(col, part.queryCol)}},
                        numRows(), width);
      return {k_.fma(q, k_.broadcast(x, numRows(), width), sum[0])};
    };
    Value sum = k_.forLoop(zero, k_.index(part.to - part.from), width,
                           k_.constant(numRows(), width, 0.0), multiply)[0];
    sum = k_.reduce(ReduceKind::Add, sum);
    return total ? k_.addf(total, sum) : sum;
  };
  SmallVector<RowPart> parts = rowParts(page);
  Value count = k_.min(k_.index(pageSize()), k_.sub(end_, position));
  k_.forLoop(zero, count, 1, [&](Value row) {
    Value total;
    for (const RowPart &part : parts)
      total = addPart(row, part, total);
    k_.store(total, scores_, {.at = {zero, row}});
  });
  k_.barrier();
}

Value AttentionBuilder::pageScores(Value page, Value position) {
  Value zero = k_.index(0);
  Value scores = k_.constant(numRows(), pageSize(), 0.0);
  if (spec_.cache.keysAsRows || spec_.cache.rotatedPairs) {
    sumRows(page, position);
    scores = k_.load(scores_, {.at = {zero, zero}}, numRows(), pageSize());
  }
  return spec_.cache.keysAsRows ? scores : addPanel(page, scores);
}

Value AttentionBuilder::maskedScores(Value page, Value position, Value mask) {
  Value scores = pageScores(page, position);
  k_.barrier(); // scratch of the scores is written again
  return k_.select(mask, scores,
                   k_.constant(numRows(), pageSize(), kMinusInfinity));
}

// O = O * alpha + P V, a few columns of the head at a time. Behind the last
// position that a row sees, memory may hold a former sequence's NaN: it is not
// even multiplied by zero.
void AttentionBuilder::accumulateValues(Value page, Value position,
                                        Value alpha) {
  Value zero = k_.index(0), written = k_.sub(end_, position);
  Rows rows = rowsOf(page, CacheValues);
  k_.forLoop(zero, k_.index(headDim()), config_.valueTile, [&](Value col) {
    Value old = k_.mulf(
        k_.load(output_, {.at = {zero, col}}, numRows(), config_.valueTile),
        alpha);
    KernelBuilder::Values at = rows.before;
    at.append({zero, col});
    Value sum = tile::DotOp::create(k_.builder(), k_.loc(), old.getType(), old,
                                    scores_, ValueRange{zero, zero},
                                    rows.memory, at, tile::OperandOrder::KN,
                                    pageSize(), written, quant::FormatAttr());
    k_.store(sum, output_, {.at = {zero, col}});
  });
}

KernelBuilder::Values AttentionBuilder::visitPage(Value position,
                                                  ValueRange stats) {
  int64_t rows = numRows(), cols = pageSize();
  Value page = pageOf(position), mask = visibleMask(position);
  if (isQuantized())
    stageRows(page, position);
  Value s = maskedScores(page, position, mask);
  Value m = k_.maxf(stats[0], k_.reduce(ReduceKind::Max, s));
  Value p =
      k_.select(mask, k_.exp(k_.subf(s, m)), k_.constant(rows, cols, 0.0));
  Value alpha = k_.exp(k_.subf(stats[0], m));
  Value l = k_.addf(k_.mulf(stats[1], alpha), k_.reduce(ReduceKind::Add, p));
  k_.store(p, scores_, {.at = {k_.index(0), k_.index(0)}});
  k_.barrier();
  accumulateValues(page, position, alpha);
  k_.barrier();
  return {m, l};
}

void AttentionBuilder::storeOutput() {
  Value zero = k_.index(0);
  forRows([&](Value m, Value row) {
    Value base = k_.mul(m, config_.headTile);
    Value l = k_.load(sums_, {.at = {base, zero}}, config_.headTile, 1);
    Value inverse = k_.divf(k_.constant(config_.headTile, 1, 1.0), l);
    k_.columns(headDim(), [&](ColumnBlock block) {
      Value o =
          k_.load(output_, {.at = {base, block.col}, .colBound = block.bound},
                  config_.headTile, block.width);
      k_.store(k_.mulf(o, inverse), k_.param(Y),
               {.at = {row, firstHead_, block.col}, .colBound = block.bound});
    });
  });
}

tile::KernelOp AttentionBuilder::build() {
  int64_t group = spec_.numHeads / spec_.cache.numKvHeads;
  declareScratch();
  Value zero = k_.index(0);
  firstRow_ = k_.loadIndex(k_.param(FirstRows), k_.gridX());
  numTokens_ = k_.loadIndex(k_.param(NumRows), k_.gridX());
  slot_ = k_.loadIndex(k_.param(Slots), firstRow_);
  firstHead_ = k_.mul(k_.gridY(), config_.headTile);
  kvHead_ = k_.div(firstHead_, group);
  stageQueries();
  findRange();
  k_.columns(headDim(), [&](ColumnBlock block) {
    k_.store(k_.constant(numRows(), block.width, 0.0), output_,
             {.at = {zero, block.col}, .colBound = block.bound});
  });
  k_.barrier();
  auto stats = k_.forLoop(begin_, end_, pageSize(),
                          ValueRange{k_.constant(numRows(), 1, kMinusInfinity),
                                     k_.constant(numRows(), 1, 0.0)},
                          [&](Value position, ValueRange args) {
                            return visitPage(position, args);
                          });
  k_.store(stats[1], sums_, {.at = {zero, zero}});
  k_.barrier();
  storeOutput();
  return k_.finish();
}

tile::KernelOp buildAttention(OpBuilder &b, Location loc, StringRef name,
                              const AttentionSpec &spec,
                              const AttentionConfig &config) {
  if (config.chunk > 0)
    return ChunkedAttention(b, loc, name, spec, config).build();
  return AttentionBuilder(b, loc, name, spec, config).build();
}

} // namespace g4
