//===- AttentionChunks.cpp - Attention by chunks of keys, for GPUs --------===//
//
// Keys are cut at fixed multiples of `chunk` positions. Of a chunk c a row has
//
//   m_c = max s,  l_c = sum exp(s - m_c),  O_c = sum exp(s - m_c) v
//
// with sums that begin at zero, and the chunks are folded in rising order:
//
//   m' = max(m, m_c)   l' = l exp(m - m') + l_c exp(m_c - m')   O' alike.
//
// So a row has the same bits whether one item takes all chunks (splits = 0), or
// many items take some each and the last one folds them (splits > 0), and
// whatever else is in its tile: a chunk that it does not see changes nothing.
// For that, both forms spread the columns of scores over threads alike.
//
// Keys and values pass through scratch in slices of [chunk, sliceCols],
// `stages` of them in flight: first the keys' slices of a chunk, which add to
// its scores, then the values', each of which gives some columns of O_c.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/AttentionChunks.h"

#include "compiler/tile/kernels/KvFormat.h"

#include "llvm/Support/MathExtras.h"

namespace g4 {

using namespace mlir;
using tile::OperandOrder;
using tile::ReduceKind;

// Rows of scratch are this much longer, so that eight of them, 16 bytes each,
// lie in different banks.
constexpr int64_t kPadBytes = 16;

/// Whether rotated columns do not fill slices of the head.
static bool hasOwnRotatedSlices(const AttentionSpec &spec, int64_t width) {
  int64_t pairs = spec.cache.rotatedPairs;
  return pairs > 0 &&
         (pairs % width != 0 || spec.cache.headDim / 2 % width != 0);
}

int64_t AttentionConfig::scoreRows() const {
  int64_t quantum = 1;
  if (auto mma = dyn_cast_or_null<tile::MmaAttr>(tile.layout))
    quantum = mma.getDescription().rows * mma.getRowWarps();
  else if (auto blocked = dyn_cast_or_null<tile::BlockedAttr>(tile.layout))
    quantum = blocked.getRowThreads();
  return llvm::alignTo(queryTile * headTile, quantum);
}

// Whole keys are cut as values are. Of a cache with rotated pairs alone, a
// slice of rotated columns comes from the keys and any other from the values,
// where slices can be so cut; else all columns of the values take part, times
// queries that are zero where they rotate, and the rotated ones come behind.
SmallVector<ChunkedAttention::KeySlice>
ChunkedAttention::keySlicesOf(const AttentionSpec &spec, int64_t width) {
  int64_t d = spec.cache.headDim, half = d / 2, r = spec.cache.rotatedPairs;
  SmallVector<KeySlice> slices;
  if (hasOwnRotatedSlices(spec, width)) {
    for (int64_t col = 0; col < d; col += width)
      slices.push_back({CacheValues, col, col, width});
    for (int64_t col = 0; col < 2 * r; col += width)
      slices.push_back({Keys, col, d + col, std::min(width, 2 * r - col)});
    // Two stages must divide the slices.
    if ((slices.size() + d / width) % 2 != 0)
      slices.push_back({Keys, 0, 0, 0});
    return slices;
  }
  for (int64_t col = 0; col < d; col += width) {
    bool isKey = r == 0 || col % half < r;
    int64_t keyCol = r == 0 ? col : col / half * r + col % half;
    slices.push_back(
        {isKey ? Keys : CacheValues, isKey ? keyCol : col, col, width});
  }
  return slices;
}

int64_t ChunkedAttention::numSlices(const AttentionSpec &spec,
                                    int64_t sliceCols) {
  return keySlicesOf(spec, sliceCols).size() + spec.cache.headDim / sliceCols;
}

int64_t ChunkedAttention::queryCols(const AttentionSpec &spec,
                                    int64_t sliceCols) {
  return spec.cache.headDim + (hasOwnRotatedSlices(spec, sliceCols)
                                   ? 2 * spec.cache.rotatedPairs
                                   : 0);
}

SmallVector<Type> ChunkedAttention::paramTypes(OpBuilder &b,
                                               const AttentionSpec &spec,
                                               const AttentionConfig &config) {
  constexpr int64_t kAny = ShapedType::kDynamic;
  const CacheSpec &cache = spec.cache;
  Type rows = MemRefType::get({kAny, cache.headDim}, b.getF32Type());
  auto pages = [&](int64_t columns) -> Type {
    return MemRefType::get({kAny, cache.numKvHeads, cache.pageSize, columns},
                           storedKvType(cache.dtype));
  };
  Type words = wordsType(b);
  Type column = MemRefType::get({kAny, 1}, b.getI32Type());
  SmallVector<Type> types = {rows,
                             pages(cache.keyDim()),
                             pages(cache.headDim),
                             words,
                             b.getIndexType(),
                             column,
                             words,
                             column,
                             words,
                             words,
                             rows};
  if (config.splits > 0)
    types.append({rows, MemRefType::get({kAny, 2}, b.getF32Type()), words});
  if (isQuantizedKv(cache.dtype))
    types.append(2, MemRefType::get({kAny, cache.numKvHeads, cache.pageSize, 1},
                                    b.getF32Type()));
  return types;
}

void ChunkedAttention::declareScratch() {
  bool isMma = isa<tile::MmaAttr>(config_.tile.layout);
  OpBuilder &b = k_.builder();
  Type operand = isMma ? Type(b.getBF16Type()) : k_.f32();
  auto padded = [](int64_t cols, Type element) {
    return cols + 8 * kPadBytes / element.getIntOrFloatBitWidth();
  };
  Type stored = isQuantized() ? operand : spec_.cache.dtype;
  queries_ = k_.scratch({numRows(), padded(queryCols(spec_, width()), operand)},
                        operand);
  probabilities_ = k_.scratch({numRows(), padded(chunk(), operand)}, operand);
  stages_ =
      k_.scratch({config_.stages * chunk(), padded(width(), stored)}, stored);
  if (config_.queryTile == 1)
    return;
  rowMap_ = k_.scratch({numRows(), 1}, b.getI32Type());
  tokenMap_ = k_.scratch({numRows(), 1}, b.getI32Type());
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

// Positions rise from row to row, so the first row's window begins first.
void ChunkedAttention::findRange() {
  Value zero = k_.index(0);
  Value position = k_.loadIndex(k_.param(Positions), {firstRow_, zero});
  begin_ = zero;
  if (int64_t window = spec_.cache.window)
    begin_ = k_.max(zero, k_.sub(position, k_.index(window - 1)));
  end_ = k_.loadIndex(k_.param(VisibleEnds), {firstRow_, zero});
  if (config_.queryTile > 1)
    end_ = k_.forLoop(k_.index(1), numTokens_, 1, end_,
                      [&](Value m, ValueRange last) -> Values {
                        Value end = k_.loadIndex(k_.param(VisibleEnds),
                                                 {k_.add(firstRow_, m), zero});
                        return {k_.max(last[0], end)};
                      })[0];
  firstChunk_ = k_.div(begin_, chunk());
  endChunk_ = k_.div(k_.add(end_, chunk() - 1), chunk());
}

void ChunkedAttention::findRows() {
  if (config_.queryTile > 1)
    return findRowsOfTokens();
  begins_ = k_.splat(numRows(), 1, k_.toI32(begin_));
  ends_ = k_.splat(numRows(), 1, k_.toI32(end_));
}

// Row r of scores is head r % headTile of token r / headTile.
void ChunkedAttention::findRowsOfTokens() {
  OpBuilder &b = k_.builder();
  Location loc = k_.loc();
  int64_t rows = numRows();
  Value zero = k_.index(0);
  auto spread = [&](Value index) { return k_.splat(rows, 1, k_.toI32(index)); };
  Value r = k_.iota(rows, 1, 0);
  Value heads = k_.constantI32(rows, 1, config_.headTile);
  Value token = k_.add(arith::DivUIOp::create(b, loc, r, heads).getResult(),
                       spread(firstRow_));
  Value head = k_.add(arith::RemUIOp::create(b, loc, r, heads).getResult(),
                      spread(firstHead_));
  Value place =
      k_.add(k_.mul(token, k_.constantI32(rows, 1, spec_.numHeads)), head);
  k_.store(token, tokenMap_, {.at = {zero, zero}});
  k_.store(place, rowMap_, {.at = {zero, zero}});
  k_.barrier();
  Place tokens{.at = {zero, zero},
               .rowMap = tokenMap_,
               .rowOffset = zero,
               .rowBound = k_.mul(numTokens_, config_.headTile)};
  ends_ = k_.loadI32(k_.param(VisibleEnds), tokens, rows, 1);
  begins_ = k_.constantI32(rows, 1, 0);
  if (int64_t window = spec_.cache.window) {
    Value position = k_.loadI32(k_.param(Positions), tokens, rows, 1);
    begins_ =
        k_.max(begins_, k_.sub(position, k_.constantI32(rows, 1, window - 1)));
  }
}

/// Where the rows of scores lie in q and y, as [T * heads, D].
KernelBuilder::Place ChunkedAttention::rowsAt(Value col) {
  if (config_.queryTile > 1)
    return {.at = {k_.index(0), col},
            .rowMap = rowMap_,
            .rowOffset = k_.index(0),
            .rowBound = k_.mul(numTokens_, config_.headTile)};
  Value first = k_.add(k_.mul(firstRow_, spec_.numHeads), firstHead_);
  return {.at = {first, col}, .rowBound = k_.add(first, config_.headTile)};
}

// Rows that the tile does not have are zeros.
void ChunkedAttention::stageQueries() {
  bool areApart = queryCols(spec_, width()) > headDim();
  k_.forLoop(k_.index(0), k_.index(headDim()), width(), [&](Value col) {
    Value q = k_.load(k_.param(Q), rowsAt(col), numRows(), width());
    if (areApart)
      q = withoutRotated(q, col);
    k_.store(k_.scaled(q, spec_.scale), queries_, {.at = {k_.index(0), col}});
  });
  if (areApart)
    stageRotatedQueries();
}

/// q with zeros in the columns that rotate; its first is `col` of the head.
Value ChunkedAttention::withoutRotated(Value q, Value col) {
  int64_t rows = numRows(), cols = width();
  auto number = [&](int64_t value) {
    return k_.constantI32(rows, cols, value);
  };
  Value column =
      k_.add(k_.splat(rows, cols, k_.toI32(col)), k_.iota(rows, cols, 1));
  Value pair = arith::RemUIOp::create(k_.builder(), k_.loc(), column,
                                      number(headDim() / 2));
  Value rotates = k_.compare(arith::CmpIPredicate::slt, pair,
                             number(spec_.cache.rotatedPairs));
  return k_.select(rotates, k_.constant(rows, cols, 0.0), q);
}

/// The columns that rotate, after all others, in the order of the keys.
void ChunkedAttention::stageRotatedQueries() {
  int64_t r = spec_.cache.rotatedPairs;
  for (int64_t half : {0, 1})
    for (int64_t pair = 0; pair < r; pair += width()) {
      Place from = rowsAt(k_.index(half * headDim() / 2 + pair));
      from.colBound = k_.index(headDim());
      Value q = k_.load(k_.param(Q), from, numRows(), width());
      int64_t first = headDim() + half * r;
      k_.store(k_.scaled(q, spec_.scale), queries_,
               {.at = {k_.index(0), k_.index(first + pair)},
                .colBound = k_.index(first + r)});
    }
}

//===----------------------------------------------------------------------===//
// The slices of a chunk
//===----------------------------------------------------------------------===//

/// For each page of the chunk its number, then how many of its positions count:
/// none of a page that no row sees, whose entry in the table may be anything.
/// What lies after the last visible position may be a former sequence's NaN.
KernelBuilder::Values ChunkedAttention::pagesOf(Value chunk) {
  Values numbers, bounds;
  Value tableWidth = k_.param(Width), zero = k_.index(0);
  for (int64_t p = 0; p < numPages(); ++p) {
    Value position = k_.add(k_.mul(chunk, config_.chunk), p * pageSize());
    Value entry = k_.add(k_.mul(slot_, tableWidth),
                         k_.rem(k_.div(position, pageSize()), tableWidth));
    numbers.push_back(k_.loadIndex(k_.param(Table), entry));
    Value bound = k_.sub(end_, position);
    if (spec_.cache.window)
      bound =
          k_.select(k_.less(begin_, k_.add(position, pageSize())), bound, zero);
    bounds.push_back(bound);
  }
  numbers.append(bounds);
  return numbers;
}

bool ChunkedAttention::isQuantized() const {
  return isQuantizedKv(spec_.cache.dtype);
}

// What the tensor cores or multiply-adds take, at once: there is no copy that
// converts.
void ChunkedAttention::stageQuantized(const KeySlice &from, int64_t firstRow,
                                      ValueRange pages) {
  Value zero = k_.index(0);
  Value scales = k_.param(k_.numParams() - (from.param == Keys ? 2 : 1));
  Value bound = from.cols < width() ? k_.index(from.col + from.cols) : Value();
  for (int64_t p = 0; p < numPages(); ++p) {
    auto place = [&](int64_t col, Value colBound) -> Place {
      return {.at = {pages[p], kvHead_, zero, k_.index(col)},
              .rowBound = pages[numPages() + p],
              .colBound = colBound};
    };
    Value x = loadKv(k_, spec_.cache.dtype, k_.param(from.param),
                     place(from.col, bound), pageSize(), width());
    Value scale = k_.load(scales, place(0, {}), pageSize(), 1);
    k_.store(k_.mulf(x, scale), stages_,
             {.at = {k_.index(firstRow + p * pageSize()), zero}});
  }
}

/// Starts the copies of one slice: those of the scores first, then the values.
void ChunkedAttention::issue(int64_t slice, ValueRange pages) {
  KeySlice from{CacheValues, (slice - numKeySlices()) * width(), 0, width()};
  if (slice < numKeySlices())
    from = keySlices_[slice];
  int64_t first = slice % config_.stages * chunk();
  if (isQuantized() && from.cols > 0)
    return stageQuantized(from, first, pages);
  for (int64_t p = 0; from.cols > 0 && p < numPages(); ++p)
    k_.copyAsync(k_.param(from.param),
                 {pages[p], kvHead_, k_.index(0), k_.index(from.col)}, stages_,
                 {k_.index(first + p * pageSize()), k_.index(0)}, pageSize(),
                 from.cols, pages[numPages() + p]);
}

/// Waits for a slice, and starts the one whose stage has just become free.
void ChunkedAttention::advance(int64_t slice, ValueRange pages,
                               ValueRange nextPages, Value hasNext) {
  k_.waitAsync(config_.stages - 2);
  k_.barrier();
  int64_t ahead = slice + config_.stages - 1;
  if (ahead < numSlices())
    issue(ahead, pages);
  else
    k_.ifTrue(hasNext, [&] { issue(ahead - numSlices(), nextPages); });
  k_.commitAsync();
}

/// Which keys of the chunk each row sees, i1 [R, chunk].
Value ChunkedAttention::visibleMask(Value chunk) {
  int64_t rows = numRows(), cols = config_.chunk;
  Value first = k_.splat(rows, cols, k_.toI32(k_.mul(chunk, cols)));
  Value key = k_.add(first, k_.iota(rows, cols, 1));
  Value above = k_.compare(arith::CmpIPredicate::sge, key,
                           k_.broadcast(begins_, rows, cols));
  Value below = k_.compare(arith::CmpIPredicate::slt, key,
                           k_.broadcast(ends_, rows, cols));
  return arith::AndIOp::create(k_.builder(), k_.loc(), above, below);
}

void ChunkedAttention::visitChunk(Value chunk, ValueRange pages,
                                  ValueRange nextPages, Value hasNext,
                                  const Sink &sink) {
  int64_t rows = numRows(), cols = config_.chunk;
  auto stageOf = [&](int64_t slice) -> Values {
    return {k_.index(slice % config_.stages * cols), k_.index(0)};
  };
  Value scores = k_.constant(rows, cols, 0.0);
  for (int64_t i = 0; i < numKeySlices(); ++i) {
    advance(i, pages, nextPages, hasNext);
    const KeySlice &slice = keySlices_[i];
    if (slice.cols > 0)
      scores = k_.dot(scores, queries_, {k_.index(0), k_.index(slice.queryCol)},
                      stages_, stageOf(i), OperandOrder::NK, slice.cols);
  }
  Value mask = visibleMask(chunk);
  scores = k_.select(mask, scores, k_.constant(rows, cols, kMinusInfinity));
  Value m = k_.reduce(ReduceKind::Max, scores);
  Value p =
      k_.select(mask, k_.exp(k_.subf(scores, m)), k_.constant(rows, cols, 0.0));
  sink.stats(m, k_.reduce(ReduceKind::Add, p));
  k_.store(p, probabilities_, {.at = {k_.index(0), k_.index(0)}});
  for (int64_t i = numKeySlices(); i < numSlices(); ++i) {
    advance(i, pages, nextPages, hasNext);
    Value output = k_.dot(k_.constant(rows, width(), 0.0), probabilities_,
                          {k_.index(0), k_.index(0)}, stages_, stageOf(i),
                          OperandOrder::KN, cols);
    sink.slice(i - numKeySlices(), output);
  }
}

/// Runs `body` for chunks from, from + step .. below endChunk_.
KernelBuilder::Values ChunkedAttention::forChunks(Value from, int64_t step,
                                                  ValueRange inits,
                                                  const Body &body) {
  size_t count = 2 * numPages();
  Values carried = pagesOf(from);
  for (int64_t i = 0; i + 1 < config_.stages; ++i) {
    issue(i, carried);
    k_.commitAsync();
  }
  stageQueries(); // while the first slices are under way
  carried.append(inits.begin(), inits.end());
  Values results = k_.forLoop(
      from, endChunk_, step, carried,
      [&](Value chunk, ValueRange args) -> Values {
        Value next = k_.add(chunk, step);
        Value hasNext = k_.less(next, endChunk_);
        Values results = pagesOf(next);
        Values nextPages = results;
        Visit visit = [&](const Sink &sink) {
          visitChunk(chunk, args.take_front(count), nextPages, hasNext, sink);
        };
        results.append(body(chunk, args.drop_front(count), visit));
        return results;
      });
  return Values(ValueRange(results).drop_front(count));
}

tile::KernelOp ChunkedAttention::build() {
  declareScratch();
  group_ = k_.gridY();
  Value split;
  if (config_.splits > 0) {
    split = k_.rem(k_.gridY(), k_.index(config_.splits));
    group_ = k_.div(k_.gridY(), config_.splits);
  }
  firstRow_ = k_.loadIndex(k_.param(FirstRows), k_.gridX());
  numTokens_ = k_.loadIndex(k_.param(NumRows), k_.gridX());
  slot_ = k_.loadIndex(k_.param(Slots), firstRow_);
  firstHead_ = k_.mul(group_, config_.headTile);
  kvHead_ = k_.div(firstHead_, spec_.numHeads / spec_.cache.numKvHeads);
  findRange();
  auto take = [&] {
    findRows();
    split ? takeSomeChunks(split) : takeAllChunks();
  };
  if (split)
    k_.ifTrue(k_.less(split, k_.sub(endChunk_, firstChunk_)), take);
  else
    take();
  return k_.finish();
}

} // namespace g4
