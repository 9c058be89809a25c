//===- GroupByExpert.cpp - Assignments sorted by expert -------------------===//
//
// A counting sort by one thread: A assignments and E experts are a few thousand
// steps, once a layer. Stable, so that the order of rows is a function of the
// routing alone.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"

namespace g4 {

using namespace mlir;

namespace {

struct GroupBuilder {
  KernelBuilder &k;
  int64_t numExperts, topK, rowTile;
  Value experts = k.param(0), numAssignments = k.mul(k.param(1), topK),
        tileExperts = k.param(2), tileBegins = k.param(3),
        tileEnds = k.param(4), numTiles = k.param(5), order = k.param(6),
        tokens = k.param(7);
  // How many assignments each expert has; then where its next one goes.
  Value counts = k.scratch({numExperts}, k.builder().getI32Type());

  void countAssignments() {
    Value zero = k.index(0);
    k.forLoop(zero, k.index(numExperts), 1,
              [&](Value e) { k.storeIndex(zero, counts, e); });
    k.forLoop(zero, numAssignments, 1, [&](Value a) {
      Value e = k.loadIndex(experts, a);
      k.storeIndex(k.add(k.loadIndex(counts, e), 1), counts, e);
    });
  }

  void cutTiles() {
    Value zero = k.index(0);
    auto totals = k.forLoop(
        zero, k.index(numExperts), 1, ValueRange{zero, zero},
        [&](Value e, ValueRange args) -> KernelBuilder::Values {
          Value begin = args[0], end = k.add(begin, k.loadIndex(counts, e));
          k.storeIndex(begin, counts, e);
          Value tile = k.forLoop(
              begin, end, rowTile, args[1],
              [&](Value first, ValueRange inner) -> KernelBuilder::Values {
                Value last = k.add(first, rowTile);
                Value full = k.less(last, end);
                Value tileEnd = k.select(full, last, end);
                k.storeIndex(e, tileExperts, inner[0]);
                k.storeIndex(first, tileBegins, inner[0]);
                k.storeIndex(tileEnd, tileEnds, inner[0]);
                return {k.add(inner[0], 1)};
              })[0];
          return {end, tile};
        });
    k.storeIndex(totals[1], numTiles, zero);
  }

  void placeAssignments() {
    k.forLoop(k.index(0), numAssignments, 1, [&](Value a) {
      Value e = k.loadIndex(experts, a), place = k.loadIndex(counts, e);
      k.storeIndex(k.add(place, 1), counts, e);
      k.storeIndex(a, order, place);
      k.storeIndex(k.div(a, topK), tokens, place);
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
  GroupBuilder group{k, numExperts, topK, rowTile};
  k.single([&] {
    group.countAssignments();
    group.cutTiles();
    group.placeAssignments();
  });
  return k.finish();
}

} // namespace g4
