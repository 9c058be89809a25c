//===- Router.cpp - Which experts a row goes to, in f32 -------------------===//
//
// norm and scale into scratch, one dot for the logits, then k rounds of "take
// the largest, the lowest index among equals, and strike it out". The softmax
// over all experts cancels in the renormalisation: with v the chosen logits,
// weight_j = exp(v_j - v_0) / sum_i exp(v_i - v_0) * per_expert_scale.
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
  KernelBuilder &k;
  int64_t numExperts = spec.proj.getDimSize(0);
  int64_t numCols = artifact::PackedMatrix::roundUp(numExperts, kPanelRows);
  int64_t channels = spec.proj.getDimSize(1);
  Value x = k.param(0), scale = k.param(1), proj = k.param(2),
        perExpertScale = k.param(3), weights = k.param(4), experts = k.param(5);
  Value a = k.scratch({1, channels}, k.f32());
  Value chosen = k.scratch({1, spec.topK}, k.builder().getI32Type());
  Value values = k.scratch({1, spec.topK}, k.f32());
  Value zero = k.index(0);

  Value inputTile(ColumnBlock block) {
    return k.load(x, {.at = {k.gridX(), block.col}, .colBound = block.bound}, 1,
                  block.width);
  }

  void stageRow() {
    Value sum = k.columnSums(channels, 1, [&](ColumnBlock block) {
      Value tile = inputTile(block);
      return KernelBuilder::Values{k.mulf(tile, tile)};
    })[0];
    Value inverse = k.inverseRms(sum, channels, spec.epsilon);
    k.columns(channels, [&](ColumnBlock block) {
      Value channelScale =
          k.scaled(k.load(scale, {.at = {block.col}, .colBound = block.bound},
                          1, block.width),
                   spec.factor);
      k.store(k.mulf(k.mulf(inputTile(block), inverse), channelScale), a,
              {.at = {zero, block.col}, .colBound = block.bound});
    });
    k.barrier();
  }

  // Of a row that is not finite an expert still has to exist: its number
  // becomes an address. So nothing is below the value of columns that are
  // struck out, NaN becomes that value (the maximum takes the other operand),
  // and the lowest index of equals is an expert's.
  Value logits(Value expert) {
    Value zeros = k.constant(1, numCols, 0.0);
    Value all = tile::DotPackedOp::create(
        k.builder(), k.loc(), zeros.getType(), zeros, a, ValueRange{zero, zero},
        proj, ValueRange{zero, zero}, channels);
    Value least = k.constant(1, numCols, kMinusInfinity);
    all = arith::MaxNumFOp::create(k.builder(), k.loc(), all, least);
    if (numCols == numExperts)
      return all;
    Value exists = k.compare(arith::CmpIPredicate::slt, expert,
                             k.constantI32(1, numCols, numExperts));
    return k.select(exists, all, k.constant(1, numCols, kMinusInfinity));
  }

  void chooseLargest() {
    Value expert = k.iota(1, numCols, 1);
    Value none = k.constantI32(1, numCols, numCols);
    k.forLoop(zero, k.index(spec.topK), 1, logits(expert),
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
                           const RouterSpec &spec, const TileConfig &config) {
  constexpr int64_t kAny = ShapedType::kDynamic;
  int64_t channels = spec.proj.getDimSize(1);
  Type f32 = b.getF32Type();
  KernelBuilder k(b, loc, name,
                  {MemRefType::get({kAny, channels}, f32),
                   MemRefType::get({channels}, f32), spec.proj,
                   MemRefType::get({spec.proj.getDimSize(0)}, f32),
                   MemRefType::get({kAny, spec.topK}, f32),
                   MemRefType::get({kAny, spec.topK}, b.getI32Type())},
                  config);
  RouterBuilder router{spec, k};
  router.stageRow();
  router.chooseLargest();
  router.storeWeights();
  return k.finish();
}

} // namespace g4
