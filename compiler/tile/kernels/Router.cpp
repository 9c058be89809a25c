//===- Router.cpp - Which experts a row goes to, in f32 -------------------===//
//
// On one thread norm and scale into scratch and one dot for the logits. On a
// GPU an item makes the logits of some experts, a row of threads each, and the
// last item of a row (g4t.arrive) goes on with all of them. Then k rounds of
// "take the largest, the lowest index among equals, and strike it out". The
// softmax over all experts cancels in the renormalisation: with v the chosen
// logits, weight_j = exp(v_j - v_0) / sum_i exp(v_i - v_0) * per_expert_scale.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"
#include "runtime/artifact/Packing.h"

namespace g4 {

using namespace mlir;
using tile::ReduceKind;

namespace {

struct RouterBuilder {
  const RouterSpec &spec;
  const TileConfig &config;
  int64_t expertTile; // 0: one item makes all logits
  KernelBuilder &k;
  int64_t numExperts = spec.proj.getDimSize(0);
  int64_t numCols = columnsOfLogits();
  int64_t channels = spec.proj.getDimSize(1);
  Value x = k.param(0), scale = k.param(1), proj = k.param(2),
        perExpertScale = k.param(3), weights = k.param(4), experts = k.param(5);
  Value chosen = k.scratch({1, spec.topK}, k.builder().getI32Type());
  Value values = k.scratch({1, spec.topK}, k.f32());
  Value zero = k.index(0);

  /// All threads of a row read logits side by side.
  int64_t vecOfLogits() const { return numExperts % 4 == 0 ? 4 : 1; }
  int64_t columnsOfLogits() const {
    int64_t panel = kPanelRows;
    if (expertTile > 0)
      panel = cast<tile::BlockedAttr>(config.layout).getColThreads() *
              vecOfLogits();
    return artifact::PackedMatrix::roundUp(numExperts, panel);
  }

  Value inputTile(ColumnBlock block) {
    return k.load(x, {.at = {k.gridX(), block.col}, .colBound = block.bound}, 1,
                  block.width);
  }

  Value scaleTile(ColumnBlock block) {
    return k.scaled(k.load(scale, {.at = {block.col}, .colBound = block.bound},
                           1, block.width),
                    spec.factor);
  }

  Value stagedRow() {
    Value a = k.scratch({1, channels}, k.f32());
    Value sum = k.columnSums(channels, 1, [&](ColumnBlock block) {
      Value tile = inputTile(block);
      return KernelBuilder::Values{k.mulf(tile, tile)};
    })[0];
    Value inverse = k.inverseRms(sum, channels, spec.epsilon);
    k.columns(channels, [&](ColumnBlock block) {
      k.store(k.mulf(k.mulf(inputTile(block), inverse), scaleTile(block)), a,
              {.at = {zero, block.col}, .colBound = block.bound});
    });
    k.barrier();
    return a;
  }

  Value allLogits() {
    Value zeros = k.constant(1, numCols, 0.0);
    return tile::DotPackedOp::create(k.builder(), k.loc(), zeros.getType(),
                                     zeros, stagedRow(), ValueRange{zero, zero},
                                     proj, ValueRange{zero, zero}, channels);
  }

  /// The sum of squares of x and its products with the rows of `first` and the
  /// experts behind it, each column's own so far.
  KernelBuilder::Values addProducts(Value first, ColumnBlock block,
                                    ValueRange sums) {
    Value tile = inputTile(block);
    Value rows = k.load(proj,
                        {.at = {first, block.col},
                         .rowBound = k.index(numExperts),
                         .colBound = block.bound},
                        expertTile, block.width);
    return {k.fma(tile, tile, sums[0]),
            k.fma(rows, k.mulf(tile, scaleTile(block)), sums[1])};
  }

  // The norm's factor is the same for all channels: it comes last.
  void storeSomeLogits(Value logits) {
    int64_t width = config.colBlock, whole = channels / width * width;
    Value first = k.mul(k.gridY(), expertTile);
    KernelBuilder::Values sums = {k.constant(1, width, 0.0),
                                  k.constant(expertTile, width, 0.0)};
    if (whole > 0)
      sums = k.forLoop(zero, k.index(whole), width, sums,
                       [&](Value col, ValueRange args) {
                         return addProducts(first, {col, width, {}}, args);
                       });
    if (whole < channels)
      sums =
          addProducts(first, {k.index(whole), width, k.index(channels)}, sums);
    Value inverse = k.inverseRms(k.reduce(ReduceKind::Add, sums[0]), channels,
                                 spec.epsilon);
    Value row = k.mul(k.gridX(), numExperts);
    k.store(k.mulf(k.reduce(ReduceKind::Add, sums[1]), inverse), logits,
            {.at = {k.add(row, first)}, .rowBound = k.add(row, numExperts)});
  }

  Value loadLogits(Value logits) {
    auto layout = cast<tile::BlockedAttr>(config.layout);
    k.setLayout(tile::BlockedAttr::get(k.builder().getContext(),
                                       layout.getRowThreads(),
                                       layout.getColThreads(), vecOfLogits()));
    Value row = k.mul(k.gridX(), numExperts);
    KernelBuilder::Place place{.at = {row}};
    if (numCols != numExperts)
      place.colBound = k.add(row, numExperts);
    return k.load(logits, place, 1, numCols);
  }

  // Of a row that is not finite an expert still has to exist: its number
  // becomes an address. So nothing is below the value of columns that are
  // struck out, NaN becomes that value (the maximum takes the other operand),
  // and the lowest index of equals is an expert's.
  Value withoutNan(Value all, Value expert) {
    Value least = k.constant(1, numCols, kMinusInfinity);
    all = arith::MaxNumFOp::create(k.builder(), k.loc(), all, least);
    if (numCols == numExperts)
      return all;
    Value exists = k.compare(arith::CmpIPredicate::slt, expert,
                             k.constantI32(1, numCols, numExperts));
    return k.select(exists, all, k.constant(1, numCols, kMinusInfinity));
  }

  void chooseLargest(Value logits) {
    Value expert = k.iota(1, numCols, 1);
    Value none = k.constantI32(1, numCols, numCols);
    k.forLoop(zero, k.index(spec.topK), 1, withoutNan(logits, expert),
              [&](Value j, ValueRange args) -> KernelBuilder::Values {
                Value left = args[0];
                Value largest = k.reduce(ReduceKind::Max, left);
                Value isLargest = arith::CmpFOp::create(
                    k.builder(), k.loc(), arith::CmpFPredicate::OEQ, left,
                    k.broadcast(largest, 1, numCols));
                Value index = k.reduce(ReduceKind::Min,
                                       k.select(isLargest, expert, none));
                k.store(largest, values, {.at = {zero, j}});
                k.store(index, chosen, {.at = {zero, j}});
                Value isChosen = k.compare(arith::CmpIPredicate::eq, expert,
                                           k.broadcast(index, 1, numCols));
                return {k.select(isChosen,
                                 k.constant(1, numCols, kMinusInfinity), left)};
              });
    k.barrier();
  }

  Value scalarAt(Value memory, ValueRange at) {
    Value scalar = memref::LoadOp::create(k.builder(), k.loc(), memory, at);
    return k.splat(1, 1, scalar);
  }

  Value unnormalised(Value j) {
    return k.exp(
        k.subf(scalarAt(values, {zero, j}), scalarAt(values, {zero, zero})));
  }

  void storeWeights() {
    Value topK = k.index(spec.topK);
    Value sum = k.forLoop(
        zero, topK, 1, k.constant(1, 1, 0.0), [&](Value j, ValueRange args) {
          return KernelBuilder::Values{k.addf(args[0], unnormalised(j))};
        })[0];
    k.forLoop(zero, topK, 1, [&](Value j) {
      Value expert = k.loadIndex(chosen, {zero, j});
      Value weight = k.mulf(k.divf(unnormalised(j), sum),
                            scalarAt(perExpertScale, expert));
      k.store(weight, weights, {.at = {k.gridX(), j}});
      k.store(k.splat(1, 1, k.toI32(expert)), experts, {.at = {k.gridX(), j}});
    });
  }
};

} // namespace

tile::KernelOp buildRouter(OpBuilder &b, Location loc, StringRef name,
                           const RouterSpec &spec, const TileConfig &config,
                           int64_t expertTile) {
  constexpr int64_t kAny = ShapedType::kDynamic;
  int64_t numExperts = spec.proj.getDimSize(0);
  int64_t channels = spec.proj.getDimSize(1);
  Type f32 = b.getF32Type();
  Type proj = expertTile > 0
                  ? Type(MemRefType::get({numExperts, channels}, f32))
                  : Type(spec.proj);
  SmallVector<Type> types = {
      MemRefType::get({kAny, channels}, f32),
      MemRefType::get({channels}, f32),
      proj,
      MemRefType::get({numExperts}, f32),
      MemRefType::get({kAny, spec.topK}, f32),
      MemRefType::get({kAny, spec.topK}, b.getI32Type())};
  if (expertTile > 0)
    types.append({MemRefType::get({kAny}, f32), wordsType(b)});
  KernelBuilder k(b, loc, name, types, config);
  RouterBuilder router{spec, config, expertTile, k};
  auto choose = [&](Value logits) {
    router.chooseLargest(logits);
    router.storeWeights();
  };
  if (expertTile == 0) {
    choose(router.allLogits());
    return k.finish();
  }
  Value logits = k.param(6);
  router.storeSomeLogits(logits);
  int64_t numItems = (numExperts + expertTile - 1) / expertTile;
  k.ifTrue(k.arrive(k.param(7), k.gridX(), k.index(numItems)),
           [&] { choose(router.loadLogits(logits)); });
  return k.finish();
}

} // namespace g4
