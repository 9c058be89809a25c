//===- GpuLinearConfig.cpp - Tiles of linears on tensor cores -------------===//
//
// Up to 8 rows are Sliced, more are Staged (compiler/tile/kernels/Kernels.h).
// Both cut K in 8 slices, so that a row has the same bits in both.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/TargetConfig.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using Experts = LinearSpec::Experts;
using Form = LinearConfig::Form;

constexpr int64_t kSlices = 8;
constexpr int64_t kBlock = tile::DotPackedOp::kBlock;
constexpr int64_t kMaxSlicedRows = 8;
// Of a block of x, that a thread copies through its registers.
constexpr int64_t kMaxHeldNumbers = 16;
// Sums across warps, the rows' factors.
constexpr int64_t kReservedBytes = int64_t{3} << 10;
// Items that keep the memory of any GPU busy: two blocks on each of 128 SMs.
constexpr int64_t kManyItems = 256;

static int64_t numHalves(const LinearSpec &spec) {
  return spec.epilogue == graph::Epilogue::GeluGated ? 2 : 1;
}

static int64_t paddedCols(const LinearSpec &spec) {
  return artifact::roundUp(spec.outputCols, kPanelRows);
}

/// Rows of 64 columns, a warp a row.
static TileConfig rowsTile(MLIRContext *context, int64_t numWarps,
                           int64_t warpSize) {
  return {
      tile::BlockedAttr::get(context, numWarps, warpSize, kBlock / warpSize),
      numWarps * warpSize, kBlock};
}

/// Bytes of scratch of a Sliced kernel.
static int64_t slicedScratch(const LinearSpec &spec,
                             const LinearConfig &config) {
  int64_t rows = config.rowTile;
  int64_t x = spec.inputCols / kBlock * rows * (kBlock + 8) * 2;
  int64_t sums = kSlices * rows * (config.colTile + 4) * 4 * numHalves(spec);
  int64_t squares = rows * kSlices * 4;
  return x + sums + squares + 4 * 128; // each begins at 128 bytes
}

// A block reads 16 or 32 rows of w: as many as leave a block for each half of
// an SM, since each block turns all of its rows of x to bf16.
static LinearConfig sliced(const LinearSpec &spec, int64_t rowTile,
                           const TargetConfig &target) {
  MLIRContext *context = spec.weight.getContext();
  const MatrixIntrinsic &intrinsic = *target.intrinsic;
  int64_t items = spec.experts == Experts::Direct ? spec.topK : 1;
  int64_t cols = paddedCols(spec), warpSize = intrinsic.numLanes();
  LinearConfig config{.tile = rowsTile(context, kSlices, warpSize),
                      .rowTile = rowTile,
                      .colTile = 16};
  bool wantsPair =
      cols / 32 * items >= kManyItems || intrinsic.weightPanels() == 2;
  if (cols % 32 == 0 && wantsPair)
    config.colTile = 32;
  config.form = Form::Sliced;
  config.intrinsic = intrinsic.name;
  config.slices = kSlices;
  while (config.rowTile > 1 &&
         slicedScratch(spec, config) > target.scratchBytes)
    config.rowTile /= 2;
  config.output = tile::BlockedAttr::get(
      context, kSlices * warpSize / config.colTile, config.colTile, 1);
  return config;
}

// The fewer rows of x, the more a step is bound by the read of w: narrow tiles
// make many blocks, and what is under way in a block is kept at 28 KB and more.
// Codes of 6 bits, whose sums are scaled twice as often as those of 4, have no
// registers for 128 columns. Where copies are done at once, one stage is read
// and one written, and threads hold in registers what they copy: tiles are wide
// enough for many threads, and of 64 columns at most where registers are few.
static LinearConfig staged(const LinearSpec &spec, int64_t rowTile,
                           const TargetConfig &target) {
  MLIRContext *context = spec.weight.getContext();
  const MatrixIntrinsic &intrinsic = *target.intrinsic;
  int64_t cols = paddedCols(spec), halves = numHalves(spec);
  bool isGrouped = spec.experts == Experts::Grouped;
  int64_t colTile = 64;
  bool isWide = cols >= 8192 || isGrouped;
  bool hasFewRegisters = !target.copiesAsync && target.laneRegisters <= 256;
  if (isWide)
    colTile = spec.weight.getDescription().hasHighBits() || hasFewRegisters
                  ? 64
                  : 128;
  else if (rowTile <= 32 && rowTile >= 16)
    colTile = 32;
  colTile = std::max<int64_t>(colTile / halves, rowTile < 16 ? 64 : 32);
  int64_t weightRows = intrinsic.rows * intrinsic.weightPanels();
  int64_t maxColWarps = rowTile < 16 ? 8 : 4, colWarps = 0, rowWarps = 0;
  auto chooseWarps = [&] {
    colWarps = std::min(colTile / weightRows, maxColWarps);
    rowWarps = std::min(8 / colWarps, rowTile / intrinsic.cols);
  };
  auto heldNumbers = [&] {
    return rowTile * kBlock / (colWarps * rowWarps * intrinsic.numLanes());
  };
  chooseWarps();
  while (!target.copiesAsync && heldNumbers() > kMaxHeldNumbers &&
         colWarps < maxColWarps) {
    colTile *= 2;
    chooseWarps();
  }
  LinearConfig config{
      .tile = rowsTile(context, colWarps * rowWarps, intrinsic.numLanes()),
      .rowTile = rowTile,
      .colTile = colTile};
  config.form = Form::Staged;
  config.slices = kSlices;
  config.output = tile::MmaAttr::get(context, rowWarps, colWarps,
                                     /*transposed=*/true, intrinsic.name);
  // Of one row of w and one block of the depth.
  artifact::PackedMatrix matrix = spec.weight.getMatrix();
  int64_t rowBytes =
      matrix.unitBytes() * kBlock / matrix.packing->cols / matrix.packing->rows;
  int64_t stageBytes = colTile * halves * rowBytes;
  config.stages = target.copiesAsync
                      ? std::clamp<int64_t>(32768 / stageBytes + 1, 4, 8)
                      : 2;
  int64_t xBytes = 2 * rowTile * (kBlock + 8) * 2;
  while (config.stages > 2 &&
         config.stages * stageBytes + xBytes + kReservedBytes >
             target.scratchBytes)
    --config.stages;
  return config;
}

LinearConfig TargetConfig::tensorCoreLinear(const LinearSpec &spec,
                                            int64_t rowTile) const {
  if (rowTile <= kMaxSlicedRows && spec.experts != Experts::Grouped)
    return sliced(spec, rowTile, *this);
  return staged(spec, rowTile, *this);
}

} // namespace g4
