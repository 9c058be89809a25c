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

  static SmallVector<Type> paramTypes(OpBuilder &b, const AttentionSpec &spec);

  void declareScratch();
  void forRows(const std::function<void(Value m, Value row)> &body);
  void stageQueries();
  void findRange();
  Value pageOf(Value position);
  Value visibleMask(Value position);
  Value maskedScores(Value page, Value mask);
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
  Type words = wordsType(b);
  return {rows,
          MemRefType::get({kAny, h, d, p}, cache.dtype),
          MemRefType::get({kAny, h, p, d}, cache.dtype),
          words,
          b.getIndexType(),
          words,
          words,
          words,
          words,
          words,
          rows};
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

Value AttentionBuilder::maskedScores(Value page, Value mask) {
  OpBuilder &b = k_.builder();
  Value zero = k_.index(0);
  Value zeros = k_.constant(numRows(), pageSize(), 0.0);
  Value dot = tile::DotOp::create(b, k_.loc(), zeros.getType(), zeros, queries_,
                                  ValueRange{zero, zero}, k_.param(Keys),
                                  ValueRange{page, kvHead_, zero, zero},
                                  tile::OperandOrder::KN, headDim());
  return k_.select(mask, dot,
                   k_.constant(numRows(), pageSize(), kMinusInfinity));
}

// O = O * alpha + P V, a few columns of the head at a time. Behind the last
// position that a row sees, memory may hold a former sequence's NaN: it is not
// even multiplied by zero.
void AttentionBuilder::accumulateValues(Value page, Value position,
                                        Value alpha) {
  Value zero = k_.index(0), written = k_.sub(end_, position);
  k_.forLoop(zero, k_.index(headDim()), config_.valueTile, [&](Value col) {
    Value old = k_.mulf(
        k_.load(output_, {.at = {zero, col}}, numRows(), config_.valueTile),
        alpha);
    Value sum = tile::DotOp::create(
        k_.builder(), k_.loc(), old.getType(), old, scores_,
        ValueRange{zero, zero}, k_.param(CacheValues),
        ValueRange{page, kvHead_, zero, col}, tile::OperandOrder::KN,
        pageSize(), written, quant::FormatAttr());
    k_.store(sum, output_, {.at = {zero, col}});
  });
}

KernelBuilder::Values AttentionBuilder::visitPage(Value position,
                                                  ValueRange stats) {
  int64_t rows = numRows(), cols = pageSize();
  Value page = pageOf(position), mask = visibleMask(position);
  Value s = maskedScores(page, mask);
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
