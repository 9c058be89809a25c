//===- QuantizeRows.cpp - Rows of integers, once for all dots -------------===//
//
// Work item: one row. Its norm, where there is one, in a first pass; then its
// columns block by block. An item of a linear that did this itself would do it
// for every 64 columns of y: 40 % of a row's work.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"
#include "dialects/tile/QuantizedRow.h"
#include "runtime/artifact/Packing.h"

namespace g4 {

using namespace mlir;
using tile::QuantizedRow;

/// Columns that the dots read: whole units of packed weights.
static int64_t paddedCols(int64_t cols) {
  return artifact::roundUp(cols, tile::DotPackedOp::kBlock);
}

int64_t QuantizeSpec::numWords() const {
  return QuantizedRow::wordsOf(paddedCols(cols));
}

static SmallVector<Type> paramTypes(OpBuilder &b, const QuantizeSpec &spec) {
  constexpr int64_t kAny = ShapedType::kDynamic;
  SmallVector<Type> types = {
      MemRefType::get({kAny, spec.cols}, b.getF32Type()),
      MemRefType::get({kAny, spec.numWords()}, b.getI32Type())};
  if (spec.hasNorm)
    types.push_back(MemRefType::get({spec.cols}, b.getF32Type()));
  if (spec.hasRowMap)
    types.push_back(wordsType(b));
  return types;
}

tile::KernelOp buildQuantizeRows(OpBuilder &b, Location loc, StringRef name,
                                 const QuantizeSpec &spec,
                                 const TileConfig &config) {
  KernelBuilder k(b, loc, name, paramTypes(b, spec), config);
  unsigned next = 0;
  Value x = k.param(next++), y = k.param(next++);
  Value norm = spec.hasNorm ? k.param(next++) : Value();
  Value source =
      spec.hasRowMap ? k.loadIndex(k.param(next), k.gridX()) : k.gridX();
  auto load = [&](ColumnBlock block) {
    return k.load(x, {.at = {source, block.col}}, 1, block.width);
  };
  Value scale;
  if (norm) {
    Value sum = k.columnSums(spec.cols, 1, [&](ColumnBlock block) {
      Value part = load(block);
      return KernelBuilder::Values{k.mulf(part, part)};
    })[0];
    scale = k.inverseRms(sum, spec.cols, spec.epsilon);
  }
  k.columns(spec.cols, [&](ColumnBlock block) {
    Value part = load(block);
    if (norm)
      part = k.mulf(k.mulf(part, scale),
                    k.load(norm, {.at = {block.col}}, 1, block.width));
    k.quantize(part, y, k.gridX(), block.col);
  });
  if (int64_t padding = paddedCols(spec.cols) - spec.cols)
    k.quantize(k.constant(1, padding, 0.0), y, k.gridX(), k.index(spec.cols));
  return k.finish();
}

} // namespace g4
