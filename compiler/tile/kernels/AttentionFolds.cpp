//===- AttentionFolds.cpp - What becomes of the chunks of attention -------===//
//
// One formula folds a chunk's maximum, sum and output into those so far, in
// both forms: by the item that has all chunks, or by the last of the items that
// have some.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/AttentionChunks.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

// Chunks that the last item loads before it folds the first of them, and the
// registers that their outputs may take.
constexpr int64_t kMaxFoldAhead = 4, kFoldRegisters = 32;

ChunkedAttention::Fold ChunkedAttention::fold(Value m, Value l, Value chunkM,
                                              Value chunkL) {
  Fold f;
  f.m = k_.maxf(m, chunkM);
  f.old = k_.exp(k_.subf(m, f.m));
  f.fresh = k_.exp(k_.subf(chunkM, f.m));
  f.l = k_.addf(k_.mulf(l, f.old), k_.mulf(chunkL, f.fresh));
  return f;
}

Value ChunkedAttention::foldOutput(Value output, Value chunkOutput,
                                   const Fold &fold) {
  return k_.addf(k_.mulf(output, fold.old), k_.mulf(chunkOutput, fold.fresh));
}

void ChunkedAttention::takeAllChunks() {
  int64_t rows = numRows();
  Values inits = {k_.constant(rows, 1, kMinusInfinity),
                  k_.constant(rows, 1, 0.0)};
  inits.append(numValueSlices(), k_.constant(rows, width(), 0.0));
  Values results = forChunks(
      firstChunk_, 1, inits, [&](Value, ValueRange args, const Visit &visit) {
        Fold f;
        Values next(2);
        visit({.stats =
                   [&](Value m, Value l) {
                     f = fold(args[0], args[1], m, l);
                     next[0] = f.m;
                     next[1] = f.l;
                   },
               .slice =
                   [&](int64_t slice, Value output) {
                     next.push_back(foldOutput(args[2 + slice], output, f));
                   }});
        return next;
      });
  Value inverse = k_.divf(k_.constant(rows, 1, 1.0), results[1]);
  for (int64_t i = 0; i < numValueSlices(); ++i)
    k_.store(k_.mulf(results[2 + i], inverse), k_.param(Y),
             rowsAt(k_.index(i * width())));
}

/// The first row of an item's results for a chunk.
Value ChunkedAttention::partialRow(Value chunk) {
  Value tile = k_.add(k_.mul(chunk, config_.partialTiles), k_.gridX());
  return k_.add(k_.mul(tile, spec_.numHeads), firstHead_);
}

void ChunkedAttention::storePartial(Value chunk, const Visit &visit) {
  Value first = partialRow(chunk), bound = k_.add(first, config_.headTile);
  auto store = [&](Value tile, Param param, int64_t col) {
    k_.store(tile, k_.param(param),
             {.at = {first, k_.index(col)}, .rowBound = bound});
  };
  visit({.stats =
             [&](Value m, Value l) {
               store(m, PartialStats, 0);
               store(l, PartialStats, 1);
             },
         .slice =
             [&](int64_t slice, Value output) {
               store(output, Partials, slice * width());
             }});
}

void ChunkedAttention::takeSomeChunks(Value split) {
  forChunks(k_.add(firstChunk_, split), config_.splits, {},
            [&](Value chunk, ValueRange, const Visit &visit) -> Values {
              storePartial(chunk, visit);
              return {};
            });
  Value count =
      k_.min(k_.sub(endChunk_, firstChunk_), k_.index(config_.splits));
  int64_t numGroups = spec_.numHeads / config_.headTile;
  Value counter = k_.add(k_.mul(k_.gridX(), numGroups), group_);
  k_.ifTrue(k_.arrive(k_.param(Counters), counter, count),
            [&] { foldPartials(); });
}

/// Threads side by side along the heads' rows, 16 bytes each where D allows.
Attribute ChunkedAttention::foldLayout(int64_t &rows) {
  int64_t threads = config_.tile.threads;
  int64_t rowThreads =
      std::min<int64_t>(threads, llvm::PowerOf2Ceil(config_.headTile));
  int64_t vec = 4;
  while (headDim() % vec != 0)
    vec /= 2;
  int64_t colThreads = threads / rowThreads;
  while (headDim() % (colThreads * vec) != 0)
    colThreads /= 2;
  rowThreads = threads / colThreads;
  rows = llvm::alignTo(config_.headTile, rowThreads);
  return tile::BlockedAttr::get(k_.builder().getContext(), rowThreads,
                                colThreads, vec);
}

void ChunkedAttention::foldPartials() {
  int64_t rows = 0, d = headDim();
  Value zero = k_.index(0);
  k_.setLayout(foldLayout(rows));
  int64_t perThread = std::max<int64_t>(1, rows * d / config_.tile.threads);
  int64_t ahead =
      std::clamp<int64_t>(kFoldRegisters / perThread, 1, kMaxFoldAhead);
  Value none = k_.constant(rows, 1, kMinusInfinity);
  auto visit = [&](Value first, ValueRange args) -> Values {
    Values ms, ls, outputs;
    for (int64_t i = 0; i < ahead; ++i) {
      Value number = k_.add(first, i), place = partialRow(number);
      Value exists = k_.less(number, endChunk_);
      Value bound = k_.select(exists, k_.add(place, config_.headTile), zero);
      auto load = [&](Param param, int64_t col, int64_t cols) {
        return k_.load(k_.param(param),
                       {.at = {place, k_.index(col)}, .rowBound = bound}, rows,
                       cols);
      };
      Value isThere = k_.compare(arith::CmpIPredicate::slt,
                                 k_.splat(rows, 1, k_.toI32(number)),
                                 k_.splat(rows, 1, k_.toI32(endChunk_)));
      ms.push_back(k_.select(isThere, load(PartialStats, 0, 1), none));
      ls.push_back(load(PartialStats, 1, 1));
      outputs.push_back(load(Partials, 0, d));
    }
    Value m = args[0], l = args[1], output = args[2];
    for (int64_t i = 0; i < ahead; ++i) {
      Fold f = fold(m, l, ms[i], ls[i]);
      output = foldOutput(output, outputs[i], f);
      m = f.m;
      l = f.l;
    }
    return {m, l, output};
  };
  Values folded = k_.forLoop(
      firstChunk_, endChunk_, ahead,
      ValueRange{none, k_.constant(rows, 1, 0.0), k_.constant(rows, d, 0.0)},
      visit);
  Value inverse = k_.divf(k_.constant(rows, 1, 1.0), folded[1]);
  k_.store(k_.mulf(folded[2], inverse), k_.param(Y), rowsAt(zero));
}

} // namespace g4
