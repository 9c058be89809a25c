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

constexpr int64_t kSlices = 8, kWarp = 32;
constexpr int64_t kBlock = tile::DotPackedOp::kBlock;
constexpr int64_t kMaxSlicedRows = 8;
// Items that keep the memory of any GPU busy: two blocks on each of 128 SMs.
constexpr int64_t kManyItems = 256;

static int64_t numHalves(const LinearSpec &spec) {
  return spec.epilogue == graph::Epilogue::GeluGated ? 2 : 1;
}

static int64_t paddedCols(const LinearSpec &spec) {
  return artifact::roundUp(spec.outputCols, kPanelRows);
}

/// Rows of 64 columns, a warp a row.
static TileConfig rowsTile(MLIRContext *context, int64_t numWarps) {
  return {tile::BlockedAttr::get(context, numWarps, kWarp, 2), numWarps * kWarp,
          kBlock};
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
                           int64_t scratchBytes) {
  MLIRContext *context = spec.weight.getContext();
  int64_t items = spec.experts == Experts::Direct ? spec.topK : 1;
  int64_t cols = paddedCols(spec);
  LinearConfig config{
      .tile = rowsTile(context, kSlices), .rowTile = rowTile, .colTile = 16};
  if (cols % 32 == 0 && cols / 32 * items >= kManyItems)
    config.colTile = 32;
  config.form = Form::Sliced;
  config.slices = kSlices;
  while (config.rowTile > 1 && slicedScratch(spec, config) > scratchBytes)
    config.rowTile /= 2;
  config.output = tile::BlockedAttr::get(
      context, kSlices * kWarp / config.colTile, config.colTile, 1);
  return config;
}

// The fewer rows of x, the more a step is bound by the read of w: narrow tiles
// make many blocks, and what is under way in a block is kept at 28 KB and more.
static LinearConfig staged(const LinearSpec &spec, int64_t rowTile) {
  MLIRContext *context = spec.weight.getContext();
  int64_t cols = paddedCols(spec), halves = numHalves(spec);
  bool isGrouped = spec.experts == Experts::Grouped;
  int64_t colTile = 64;
  if (cols >= 8192 || isGrouped)
    colTile = 128;
  else if (rowTile <= 32 && rowTile >= 16)
    colTile = 32;
  colTile = std::max<int64_t>(colTile / halves, rowTile < 16 ? 64 : 32);
  int64_t colWarps = std::min<int64_t>(colTile / 16, rowTile < 16 ? 8 : 4);
  int64_t rowWarps = std::min(8 / colWarps, rowTile / 8);
  LinearConfig config{.tile = rowsTile(context, colWarps * rowWarps),
                      .rowTile = rowTile,
                      .colTile = colTile};
  config.form = Form::Staged;
  config.slices = kSlices;
  config.output = tile::MmaAttr::get(context, rowWarps, colWarps,
                                     /*transposed=*/true);
  // Of one row of w and one block of the depth.
  artifact::PackedMatrix matrix = spec.weight.getMatrix();
  int64_t rowBytes =
      matrix.unitBytes() * kBlock / matrix.packing->cols / matrix.packing->rows;
  int64_t stageBytes = colTile * halves * rowBytes;
  config.stages = std::clamp<int64_t>(32768 / stageBytes + 1, 4, 8);
  return config;
}

LinearConfig TargetConfig::tensorCoreLinear(const LinearSpec &spec,
                                            int64_t rowTile) const {
  if (rowTile <= kMaxSlicedRows && spec.experts != Experts::Grouped)
    return sliced(spec, rowTile, scratchBytes);
  return staged(spec, rowTile);
}

} // namespace g4
