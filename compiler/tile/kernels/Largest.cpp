//===- Largest.cpp - The largest numbers of a row -------------------------===//
//
// Work item: one block of a row in registers, then `count` rounds of "take the
// largest, the lowest id among equals, and strike it out". A row of many blocks
// is done in two launches: the largest of each block, then the largest of
// those. On an H200 a round of a block of 4,096 is some 130 instructions a
// thread and four barriers.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"

#include <limits>

namespace g4 {

using namespace mlir;
using tile::ReduceKind;

namespace {

struct LargestBuilder {
  const LargestSpec &spec;
  KernelBuilder &k;
  int64_t width = spec.blockCols;
  Value x = k.param(0);
  Value ids = spec.hasIds ? k.param(1) : Value();
  Value values = k.param(spec.hasIds ? 2 : 1),
        chosen = k.param(spec.hasIds ? 3 : 2);
  Value begin = k.mul(k.gridY(), width); // first column of the block

  KernelBuilder::Place block() {
    KernelBuilder::Place place{.at = {k.gridX(), begin}};
    if (spec.cols % width)
      place.colBound = k.index(spec.cols);
    return place;
  }

  Value columns() {
    Value first = k.splat(1, width, k.toI32(begin));
    return arith::AddIOp::create(k.builder(), k.loc(), first,
                                 k.iota(1, width, 1));
  }

  // What is not finite counts as infinite, so that the host sees it first; what
  // does not exist is below everything.
  Value numbers() {
    OpBuilder &b = k.builder();
    Value all = k.load(x, block(), 1, width);
    Value difference = k.subf(all, all); // 0, or NaN
    Value isFinite =
        arith::CmpFOp::create(b, k.loc(), arith::CmpFPredicate::OEQ, difference,
                              k.constant(1, width, 0.0));
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    all = k.select(isFinite, all, k.constant(1, width, kInfinity));
    if (spec.cols % width == 0)
      return all;
    Value exists = k.compare(arith::CmpIPredicate::slt, columns(),
                             k.constantI32(1, width, spec.cols));
    return k.select(exists, all, k.constant(1, width, kMinusInfinity));
  }

  void takeLargest(Value names) {
    Value none = k.constantI32(1, width, std::numeric_limits<int32_t>::max());
    Value struck = k.constant(1, width, kMinusInfinity);
    Value firstPlace = k.mul(k.gridY(), spec.count);
    k.forLoop(k.index(0), k.index(spec.count), 1, numbers(),
              [&](Value j, ValueRange args) -> KernelBuilder::Values {
                Value left = args[0];
                Value largest = k.reduce(ReduceKind::Max, left);
                Value isLargest = arith::CmpFOp::create(
                    k.builder(), k.loc(), arith::CmpFPredicate::OEQ, left,
                    k.broadcast(largest, 1, width));
                Value id =
                    k.reduce(ReduceKind::Min, k.select(isLargest, names, none));
                Value place = k.add(firstPlace, j);
                k.store(largest, values, {.at = {k.gridX(), place}});
                k.store(id, chosen, {.at = {k.gridX(), place}});
                Value isTaken = k.compare(arith::CmpIPredicate::eq, names,
                                          k.broadcast(id, 1, width));
                return {k.select(isTaken, struck, left)};
              });
  }
};

} // namespace

tile::KernelOp buildLargest(OpBuilder &b, Location loc, StringRef name,
                            const LargestSpec &spec, const TileConfig &config) {
  auto rows = [&](int64_t cols, Type element) {
    return MemRefType::get({ShapedType::kDynamic, cols}, element);
  };
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  SmallVector<Type> params = {rows(spec.cols, f32)};
  if (spec.hasIds)
    params.push_back(rows(spec.cols, i32));
  params.push_back(rows(spec.numBlocks() * spec.count, f32));
  params.push_back(rows(spec.numBlocks() * spec.count, i32));
  KernelBuilder k(b, loc, name, params, config);
  LargestBuilder largest{spec, k};
  largest.takeLargest(
      spec.hasIds ? k.loadI32(largest.ids, largest.block(), 1, spec.blockCols)
                  : largest.columns());
  return k.finish();
}

} // namespace g4
