//===- TargetConfig.cpp - Tile sizes of a target --------------------------===//

#include "compiler/tile/TargetConfig.h"

#include "dialects/tile/QuantizedRow.h"
#include "runtime/artifact/Packing.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using tile::QuantizedRow;

// Accumulators are rowTile * colTile floats. With 32 registers of 16 floats, 16
// of them leave room for the weights' and the activations' vectors; AVX2 has 16
// registers of 8. A gated linear's first result leaves the registers during its
// second dot: once an item, which costs less than dots of half the columns.
// One row is bound by the read of weights. Intel's cores read four panels, four
// streams, at full speed; AMD's from Zen 4 on read one twice as fast as four.
// Several tiles an item share the work on its rows; at 256 columns of 1,024
// bf16 their weights still fit half of an L2 cache, for the next rows. Up to 16
// rows most experts have one: a tile of two would double their dots, and the
// second row of an expert finds the weights of the first in the cache.
TargetConfig TargetConfig::of(tile::TargetAttr target) {
  if (!target.isCpu())
    return ofGpu(target);
  bool wide = target.has("avx512f");
  int64_t unlimited = int64_t{1} << 31;
  TargetConfig config;
  config.pageSize = 32;
  config.oneRowCols = target.has("sse4a") ? 16 : 64;
  config.integerRows = target.getIntegerRows();
  // A dot of bytes by one instruction is as fast with 4 rows as with 8, and of
  // an expert's tiles fewer rows are empty.
  bool hasByteDot = config.integerRows && target.has("avx512vnni");
  int64_t expertRows = hasByteDot ? 4 : 8;
  if (wide) {
    config.accumulatorFloats = 16 * 16;
    config.buckets = {{1, 1, 0, 1, 64, 8, 64},
                      {2, 2, 1, 1, 64, 8, 128},
                      {4, 4, 1, 1, 64, 8, 128},
                      {16, 8, 1, 1, 32, 8, 128},
                      {unlimited, 8, expertRows, 4, 32, 8, 256}};
  } else {
    config.accumulatorFloats = 4 * 16;
    config.buckets = {{1, 1, 0, 1, 64, 2, 64},
                      {2, 2, 1, 1, 32, 2, 128},
                      {16, 4, 1, 1, 16, 2, 128},
                      {unlimited, 4, 4, 1, 16, 2, 256}};
  }
  return config;
}

int64_t TargetConfig::partialTiles() const {
  int64_t most = 0;
  for (const BucketConfig &bucket : buckets)
    if (bucket.splits > 0)
      most = bucket.maxTokens;
  return most;
}

int64_t TargetConfig::divisor(int64_t value, int64_t limit) {
  int64_t best = 1;
  for (int64_t d = 2; d <= std::min(value, limit); ++d)
    if (value % d == 0)
      best = d;
  return best;
}

int64_t TargetConfig::colTile(int64_t cols, int64_t limit) {
  return kPanelRows * divisor(cols / kPanelRows, limit / kPanelRows);
}

quant::LayoutAttr TargetConfig::dotLayout(quant::WeightType weight) const {
  const artifact::WeightFormat &format = weight.getDescription();
  bool wholeBlocks = weight.getNumCols() % tile::DotPackedOp::kBlock == 0;
  // AMD's lanes take 4 bits alone, and a group of 16 is less than the deepest
  // of their instructions.
  bool takesFormat =
      !format.hasHighBits() || intrinsic == findMatrixIntrinsic(kMma16x8x16);
  bool wantsMma = intrinsic && wholeBlocks && takesFormat && format.mmaPacking;
  return quant::LayoutAttr::of(weight.getContext(), wantsMma
                                                        ? *format.mmaPacking
                                                        : *format.panelPacking);
}

bool TargetConfig::wantsIntegerRows(const LinearSpec &spec) const {
  return integerRows && QuantizedRow::suits(spec.weight.getDescription()) &&
         spec.inputCols % QuantizedRow::kGroup == 0;
}

// Items that follow each other have other rows and the same weights: half of an
// L2 cache holds those. Rows of integers are only copied, which costs little in
// items of any size; others are worth more columns than fit. An item of one row
// reads its weights at full speed only after some KiB: short panels come
// several at a time, as long as there are items for several threads.
int64_t TargetConfig::itemCols(const LinearSpec &spec,
                               const BucketConfig &bucket) const {
  constexpr int64_t kHalfOfL2 = 256 * 1024, kLongRead = 100 * 1024;
  constexpr int64_t kLeastItems = 8;
  if (!spec.integerRows)
    return bucket.maxItemCols;
  int64_t panelBytes = spec.weight.getMatrix().panelBytes();
  if (spec.epilogue == graph::Epilogue::GeluGated)
    panelBytes *= 2;
  int64_t panels = std::max<int64_t>(kHalfOfL2 / panelBytes, 1);
  int64_t longRead = std::min(kLongRead / panelBytes * kPanelRows,
                              spec.outputCols / kLeastItems);
  return std::min(std::max(bucket.maxItemCols, longRead), panels * kPanelRows);
}

// 32 experts of 2,816 f32 are 360 KB: one row has items for several threads,
// and the next row finds them in an L2 cache.
RouterConfig TargetConfig::router(const RouterSpec &spec,
                                  const BucketConfig &bucket) const {
  constexpr int64_t kMostExperts = 32;
  if (routerTile.layout)
    return gpuRouter(spec, bucket);
  int64_t experts = artifact::roundUp(spec.proj.getDimSize(0), kPanelRows);
  return {.tile = routerTile, .expertTile = colTile(experts, kMostExperts)};
}

LinearConfig TargetConfig::linear(const LinearSpec &spec, int64_t rowTile,
                                  const BucketConfig &bucket) const {
  if (spec.weight.getLayout().getMma())
    return tensorCoreLinear(spec, rowTile);
  int64_t paddedCols = artifact::roundUp(spec.outputCols, kPanelRows);
  // Several rows of integers take the columns of one register: with more, LLVM
  // keeps the words of x in memory, each as a whole vector.
  int64_t maxCols = spec.integerRows ? kPanelRows : bucket.maxColTile;
  if (rowTile == 1 && oneRowCols > 0)
    maxCols = oneRowCols;
  LinearConfig config{.tile = dotTile,
                      .rowTile = std::min(rowTile, maxPanelRows),
                      .colTile = colTile(paddedCols, maxCols)};
  config.colTilesPerItem =
      divisor(paddedCols / config.colTile,
              std::max<int64_t>(itemCols(spec, bucket) / config.colTile, 1));
  // The rows of x must fit scratch.
  int64_t rowBytes =
      spec.inputCols * spec.weight.getOperandType().getIntOrFloatBitWidth() / 8;
  if (scratchBytes && spec.experts != LinearSpec::Experts::Grouped)
    while (config.rowTile > 1 &&
           config.rowTile * rowBytes > scratchBytes - 4096)
      config.rowTile /= 2;
  return config;
}

} // namespace g4
