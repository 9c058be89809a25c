//===- GroupByExpert.cpp - Assignments sorted by expert -------------------===//
//
// A counting sort. The assignments are cut into parts, in order; each is
// counted by one thread, in a row of scratch with a place for every expert.
// Sums over an expert's parts and over the experts then say where each part has
// its first of an expert. So the sort is stable and the result a function of
// the routing alone, whatever the number of threads; on one thread there is one
// part.
//
// A thread makes about 2 A / parts dependent steps for A assignments, and one
// for each part.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

namespace {

struct GroupBuilder {
  KernelBuilder &k;
  int64_t numExperts, topK, rowTile, numThreads;
  Value experts = k.param(0), numAssignments = k.mul(k.param(1), topK),
        tileExperts = k.param(2), tileBegins = k.param(3),
        tileEnds = k.param(4), numTiles = k.param(5), order = k.param(6),
        tokens = k.param(7);
  // Odd, so that the same expert of 32 parts is in 32 banks.
  int64_t pitch = numExperts | 1;
  int64_t numParts = chooseParts();
  // Neighbouring experts whose sums one thread makes.
  int64_t numRuns = std::min<int64_t>(numThreads, 32);
  int64_t expertsOfRun = (numExperts + numRuns - 1) / numRuns;
  // Of an expert in a part: how many; then how many are placed up to here.
  Value counts = words(numParts * pitch);
  // Of an expert: how many; then where its first one goes.
  Value totals = words(numExperts);
  Value runRows = words(numRuns), runTiles = words(numRuns);
  Value zero = k.index(0);

  using Values = KernelBuilder::Values;
  using AddExpert = std::function<Values(Value, ValueRange)>;

  /// More parts are shorter, and each is one more to be summed over.
  int64_t chooseParts() const {
    constexpr int64_t kMaxParts = 64, kMaxWords = 10 * 1024;
    int64_t parts = std::min(numThreads, kMaxParts);
    while (parts > 1 && parts * pitch > kMaxWords)
      parts /= 2;
    return parts;
  }

  Value words(int64_t count) {
    return k.scratch({count}, k.builder().getI32Type());
  }

  Value placeOf(Value part, Value expert) {
    return k.add(k.mul(part, pitch), expert);
  }

  void increment(Value memory, Value at, Value old) {
    k.storeIndex(k.add(old, 1), memory, at);
  }

  void forAssignments(Value part, const std::function<void(Value)> &body) {
    Value length = k.div(k.add(numAssignments, numParts - 1), numParts);
    Value begin = k.mul(part, length);
    Value end = k.min(k.add(begin, length), numAssignments);
    k.forLoop(begin, end, 1, body);
  }

  Values forExperts(Value run, ValueRange inits, const AddExpert &body) {
    Value begin = k.mul(run, expertsOfRun);
    Value end = k.min(k.add(begin, expertsOfRun), k.index(numExperts));
    return k.forLoop(begin, end, 1, inits, body);
  }

  void countAssignments() {
    k.forEach(numParts * pitch,
              [&](Value i) { k.storeIndex(zero, counts, i); });
    k.forEach(numParts, [&](Value part) {
      forAssignments(part, [&](Value a) {
        Value at = placeOf(part, k.loadIndex(experts, a));
        increment(counts, at, k.loadIndex(counts, at));
      });
    });
  }

  void addParts() {
    k.forEach(numExperts, [&](Value e) {
      auto addPart = [&](Value part, ValueRange sum) -> Values {
        Value at = placeOf(part, e), count = k.loadIndex(counts, at);
        k.storeIndex(sum[0], counts, at);
        return {k.add(sum[0], count)};
      };
      Value total = k.forLoop(zero, k.index(numParts), 1, zero, addPart)[0];
      k.storeIndex(total, totals, e);
    });
  }

  void addRuns() {
    k.forEach(numRuns, [&](Value run) {
      auto addExpert = [&](Value e, ValueRange sums) -> Values {
        Value rows = k.loadIndex(totals, e);
        Value tiles = k.div(k.add(rows, rowTile - 1), rowTile);
        return {k.add(sums[0], rows), k.add(sums[1], tiles)};
      };
      Values sums = forExperts(run, {zero, zero}, addExpert);
      k.storeIndex(sums[0], runRows, run);
      k.storeIndex(sums[1], runTiles, run);
    });
  }

  /// Rows and tiles of the experts before a run.
  Values beforeRun(Value run) {
    auto add = [&](Value before, ValueRange sums) -> Values {
      return {k.add(sums[0], k.loadIndex(runRows, before)),
              k.add(sums[1], k.loadIndex(runTiles, before))};
    };
    return k.forLoop(zero, run, 1, {zero, zero}, add);
  }

  /// Writes the tiles of an expert's rows; the number of the next tile.
  Value cutExpert(Value e, Value begin, Value end, Value firstTile) {
    auto cut = [&](Value first, ValueRange tile) -> Values {
      k.storeIndex(e, tileExperts, tile[0]);
      k.storeIndex(first, tileBegins, tile[0]);
      k.storeIndex(k.min(k.add(first, rowTile), end), tileEnds, tile[0]);
      return {k.add(tile[0], 1)};
    };
    return k.forLoop(begin, end, rowTile, firstTile, cut)[0];
  }

  void cutTiles() {
    k.forEach(numRuns, [&](Value run) {
      auto cut = [&](Value e, ValueRange next) -> Values {
        Value end = k.add(next[0], k.loadIndex(totals, e));
        k.storeIndex(next[0], totals, e);
        return {end, cutExpert(e, next[0], end, next[1])};
      };
      Values next = numRuns > 1 ? beforeRun(run) : Values{zero, zero};
      Value lastTile = forExperts(run, next, cut)[1];
      Value isLast =
          k.compare(arith::CmpIPredicate::eq, run, k.index(numRuns - 1));
      k.ifTrue(isLast, [&] { k.storeIndex(lastTile, numTiles, zero); });
    });
  }

  void placeAssignments() {
    k.forEach(numParts, [&](Value part) {
      forAssignments(part, [&](Value a) {
        Value e = k.loadIndex(experts, a), at = placeOf(part, e);
        Value before = k.loadIndex(counts, at);
        increment(counts, at, before);
        Value place = k.add(k.loadIndex(totals, e), before);
        k.storeIndex(a, order, place);
        k.storeIndex(k.div(a, topK), tokens, place);
      });
    });
  }
};

} // namespace

tile::KernelOp buildGroupByExpert(OpBuilder &b, Location loc, StringRef name,
                                  int64_t numExperts, int64_t topK,
                                  int64_t rowTile, const TileConfig &config) {
  SmallVector<Type> params(8, wordsType(b));
  params[1] = b.getIndexType();
  KernelBuilder k(b, loc, name, params, config);
  GroupBuilder group{k, numExperts, topK, rowTile, config.threads};
  group.countAssignments();
  group.addParts();
  if (group.numRuns > 1)
    group.addRuns();
  group.cutTiles();
  group.placeAssignments();
  return k.finish();
}

} // namespace g4
