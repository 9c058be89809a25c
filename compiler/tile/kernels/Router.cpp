//===- Router.cpp - Which experts a row goes to, in f32 -------------------===//
//
// An item makes the logits of some experts, and the last item of its rows
// (g4t.arrive) goes on with all of them. Of a matrix in panels: norm and scale
// of one row into scratch, and one dot; the next row finds the panels in the
// cache. Of one that lies row by row: some rows, a row of threads an expert at
// a time. Then k rounds of "take the largest, the lowest index among equals,
// and strike it out". The softmax over all experts cancels in the
// renormalisation: with v the chosen logits, weight_j = exp(v_j - v_0) / sum_i
// exp(v_i - v_0) * per_expert_scale. Places below skip_below are dropped after
// that, and the others are divided by the sum of those that stay.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"
#include "runtime/artifact/Packing.h"

namespace g4 {

using namespace mlir;
using tile::ReduceKind;

static bool isRowByRow(quant::WeightType proj) {
  return proj.getLayout().getPanel() == 0;
}

namespace {

struct RouterBuilder {
  const RouterSpec &spec;
  const RouterConfig &config;
  KernelBuilder &k;
  int64_t rowTile = config.rowTile, expertTile = config.expertTile;
  int64_t numExperts = spec.proj.getDimSize(0);
  int64_t numCols = columnsOfLogits();
  int64_t channels = spec.proj.getDimSize(1);
  Value x = k.param(0), scale = k.param(1), proj = k.param(2),
        perExpertScale = k.param(3), weights = k.param(4), experts = k.param(5);
  Value chosen = k.scratch({rowTile, spec.topK}, k.builder().getI32Type());
  Value values = k.scratch({rowTile, spec.topK}, k.f32());
  Value zero = k.index(0);
  Value firstRow = k.mul(k.gridX(), rowTile);
  Value logits = k.param(6), counters = k.param(7), numRows = k.param(8);
  Value firstExpert = k.mul(k.gridY(), expertTile);

  using Values = KernelBuilder::Values;

  bool hasPanels() const { return !isRowByRow(spec.proj); }

  /// Of a tile of all logits: whole panels, or what the threads take at once.
  int64_t columnsOfLogits() const {
    int64_t width = kPanelRows;
    if (auto layout = dyn_cast_or_null<tile::BlockedAttr>(config.tile.layout))
      width = layout.getColThreads() * layout.getVec();
    return artifact::roundUp(numExperts, width);
  }

  Value inputTile(Value row, ColumnBlock block) {
    return k.load(x, {.at = {row, block.col}, .colBound = block.bound}, 1,
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
      Value tile = inputTile(firstRow, block);
      return Values{k.mulf(tile, tile)};
    })[0];
    Value inverse = k.inverseRms(sum, channels, spec.epsilon);
    k.columns(channels, [&](ColumnBlock block) {
      Value tile = k.mulf(inputTile(firstRow, block), inverse);
      k.store(k.mulf(tile, scaleTile(block)), a,
              {.at = {zero, block.col}, .colBound = block.bound});
    });
    k.barrier();
    return a;
  }

  /// Of the item's panels.
  void storeDots() {
    Value zeros = k.constant(1, expertTile, 0.0);
    Value dots = tile::DotPackedOp::create(
        k.builder(), k.loc(), zeros.getType(), zeros, stagedRow(),
        ValueRange{zero, zero}, proj, ValueRange{firstExpert, zero}, channels);
    KernelBuilder::Place place{.at = {firstRow, firstExpert}};
    if (!allExpertsExist())
      place.colBound = k.index(numExperts);
    k.store(dots, logits, place);
  }

  /// Null where all rows of the item exist.
  Value rowBound() { return rowTile > 1 ? numRows : Value(); }
  Value numItemRows() {
    if (rowTile == 1)
      return k.index(1);
    return k.min(k.sub(numRows, firstRow), k.index(rowTile));
  }

  /// Row r of the item, or the last one there is.
  Value rowAt(int64_t r) {
    if (rowTile == 1)
      return firstRow;
    return k.min(k.add(firstRow, r), k.sub(numRows, k.index(1)));
  }

  bool allExpertsExist() const { return numExperts % expertTile == 0; }

  Value weightTile(ColumnBlock block) {
    Value bound = allExpertsExist() ? Value() : k.index(numExperts);
    return k.load(proj,
                  {.at = {firstExpert, block.col},
                   .rowBound = bound,
                   .colBound = block.bound},
                  expertTile, block.width);
  }

  /// Squares of the item's rows, then the products of each row with the
  /// experts: each column's own so far.
  Values addProducts(ColumnBlock block, ValueRange sums) {
    Value rows = k.load(x,
                        {.at = {firstRow, block.col},
                         .rowBound = rowBound(),
                         .colBound = block.bound},
                        rowTile, block.width);
    Value scale = scaleTile(block), weight = weightTile(block);
    Values result = {k.fma(rows, rows, sums[0])};
    for (int64_t r = 0; r < rowTile; ++r) {
      Value row = k.mulf(inputTile(rowAt(r), block), scale);
      result.push_back(k.fma(weight, row, sums[1 + r]));
    }
    return result;
  }

  // However many blocks are under way, a column's chain is the same.
  Values addAllProducts() {
    int64_t width = config.tile.colBlock, whole = channels / width * width;
    Values sums(1 + rowTile, k.constant(expertTile, width, 0.0));
    sums[0] = k.constant(rowTile, width, 0.0);
    auto addBlocks = [&](Value col, ValueRange args) -> Values {
      Values result(args);
      for (int64_t i = 0; i < config.blocksAtOnce; ++i)
        result = addProducts({k.add(col, i * width), width, {}}, result);
      return result;
    };
    if (whole > 0)
      sums = k.forLoop(zero, k.index(whole), width * config.blocksAtOnce, sums,
                       addBlocks);
    if (whole < channels)
      sums = addProducts({k.index(whole), width, k.index(channels)}, sums);
    return sums;
  }

  void storeLogit(Value staged, Value i) {
    Value e = k.rem(i, k.index(expertTile)), r = k.div(i, expertTile);
    Value expert = k.add(firstExpert, e), row = k.add(firstRow, r);
    auto store = [&] {
      memref::StoreOp::create(k.builder(), k.loc(), scalarAt(staged, {e, r}),
                              logits, ValueRange{row, expert});
    };
    if (allExpertsExist())
      return store();
    k.ifTrue(k.less(expert, k.index(numExperts)), store);
  }

  /// The item's logits but for the norm's factor, which is the same for all
  /// channels of a row and comes last: that is returned.
  Value storeSomeLogits() {
    Value staged = k.scratch({expertTile, rowTile}, k.f32());
    Values sums = addAllProducts();
    for (int64_t r = 0; r < rowTile; ++r)
      k.store(k.reduce(ReduceKind::Add, sums[1 + r]), staged,
              {.at = {zero, k.index(r)}});
    k.barrier();
    k.forEach(k.mul(numItemRows(), expertTile),
              [&](Value i) { storeLogit(staged, i); });
    return k.inverseRms(k.reduce(ReduceKind::Add, sums[0]), channels,
                        spec.epsilon);
  }

  Value loadLogits() {
    KernelBuilder::Place place{.at = {firstRow, zero}, .rowBound = rowBound()};
    if (numCols != numExperts)
      place.colBound = k.index(numExperts);
    return k.load(logits, place, rowTile, numCols);
  }

  // Of a row that is not finite an expert still has to exist: its number
  // becomes an address. So nothing is below the value of columns that are
  // struck out, NaN becomes that value (the maximum takes the other operand),
  // and the lowest index of equals is an expert's.
  Value withoutNan(Value all, Value expert) {
    Value least = k.constant(rowTile, numCols, kMinusInfinity);
    all = arith::MaxNumFOp::create(k.builder(), k.loc(), all, least);
    if (numCols == numExperts)
      return all;
    Value exists = k.compare(arith::CmpIPredicate::slt, expert,
                             k.constantI32(rowTile, numCols, numExperts));
    return k.select(exists, all, least);
  }

  /// Takes the j-th largest of each row; what is left.
  Value takeLargest(Value j, Value left, Value expert) {
    Value largest = k.reduce(ReduceKind::Max, left);
    Value isLargest =
        arith::CmpFOp::create(k.builder(), k.loc(), arith::CmpFPredicate::OEQ,
                              left, k.broadcast(largest, rowTile, numCols));
    Value none = k.constantI32(rowTile, numCols, numCols);
    Value index = k.reduce(ReduceKind::Min, k.select(isLargest, expert, none));
    k.store(largest, values, {.at = {zero, j}});
    k.store(index, chosen, {.at = {zero, j}});
    Value isChosen = k.compare(arith::CmpIPredicate::eq, expert,
                               k.broadcast(index, rowTile, numCols));
    return k.select(isChosen, k.constant(rowTile, numCols, kMinusInfinity),
                    left);
  }

  void chooseLargest(Value logits) {
    Value expert = k.iota(rowTile, numCols, 1);
    k.forLoop(zero, k.index(spec.topK), 1, withoutNan(logits, expert),
              [&](Value j, ValueRange left) -> Values {
                return {takeLargest(j, left[0], expert)};
              });
    k.barrier();
  }

  Value scalarAt(Value memory, ValueRange at) {
    return memref::LoadOp::create(k.builder(), k.loc(), memory, at);
  }

  Value unnormalised(Value r, Value j) {
    return k.exp(k.subf(scalarAt(values, {r, j}), scalarAt(values, {r, zero})));
  }

  /// Whether a place is dropped; `all` is the sum of all places.
  Value isSkipped(Value r, Value j, Value all) {
    return arith::CmpFOp::create(
        k.builder(), k.loc(), arith::CmpFPredicate::OLT,
        k.divf(unnormalised(r, j), all), k.scalar(spec.skipBelow));
  }

  /// Of all places of a row, or, where that sum is given, of those that stay.
  Value sumOfPlaces(Value r, Value all = {}) {
    auto add = [&](Value j, ValueRange args) -> Values {
      Value term = unnormalised(r, j);
      if (all)
        term = k.select(isSkipped(r, j, all), k.scalar(0.0), term);
      return {k.addf(args[0], term)};
    };
    return k.forLoop(zero, k.index(spec.topK), 1, k.scalar(0.0), add)[0];
  }

  struct Sums {
    Value all, kept; // the same where nothing is dropped
  };

  void storeWeight(Value r, Value j, const Sums &sums) {
    Value expert = k.loadIndex(chosen, {r, j}), row = k.add(firstRow, r);
    Value share = k.divf(unnormalised(r, j), sums.kept);
    if (spec.skipBelow > 0) {
      Value skipped = isSkipped(r, j, sums.all);
      share = k.select(skipped, k.scalar(0.0), share);
      expert = k.select(skipped, k.loadIndex(chosen, {r, zero}), expert);
    }
    Value weight = k.mulf(share, scalarAt(perExpertScale, expert));
    memref::StoreOp::create(k.builder(), k.loc(), weight, weights,
                            ValueRange{row, j});
    k.storeIndex(expert, experts, {row, j});
  }

  /// A thread a row.
  void storeWeights() {
    k.forEach(numItemRows(), [&](Value r) {
      Value all = sumOfPlaces(r);
      Value kept = spec.skipBelow > 0 ? sumOfPlaces(r, all) : all;
      k.forLoop(zero, k.index(spec.topK), 1,
                [&](Value j) { storeWeight(r, j, {all, kept}); });
    });
  }

  void route() {
    Value inverse;
    if (hasPanels())
      storeDots();
    else
      inverse = storeSomeLogits();
    int64_t numItems = (numExperts + expertTile - 1) / expertTile;
    k.ifTrue(k.arrive(counters, k.gridX(), k.index(numItems)), [&] {
      Value all = loadLogits();
      chooseLargest(inverse ? k.mulf(all, inverse) : all);
      storeWeights();
    });
  }
};

} // namespace

tile::KernelOp buildRouter(OpBuilder &b, Location loc, StringRef name,
                           const RouterSpec &spec, const RouterConfig &config) {
  constexpr int64_t kAny = ShapedType::kDynamic;
  int64_t numExperts = spec.proj.getDimSize(0);
  int64_t channels = spec.proj.getDimSize(1);
  Type f32 = b.getF32Type();
  Type proj = spec.proj;
  if (isRowByRow(spec.proj))
    proj = MemRefType::get({numExperts, channels}, f32);
  SmallVector<Type> types = {MemRefType::get({kAny, channels}, f32),
                             MemRefType::get({channels}, f32),
                             proj,
                             MemRefType::get({numExperts}, f32),
                             MemRefType::get({kAny, spec.topK}, f32),
                             MemRefType::get({kAny, spec.topK}, b.getI32Type()),
                             MemRefType::get({kAny, numExperts}, f32),
                             wordsType(b),
                             b.getIndexType()};
  KernelBuilder k(b, loc, name, types, config.tile);
  RouterBuilder{spec, config, k}.route();
  return k.finish();
}

} // namespace g4
