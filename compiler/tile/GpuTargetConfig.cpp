//===- GpuTargetConfig.cpp - Tile sizes of GPUs ---------------------------===//

#include "compiler/tile/TargetConfig.h"

#include <numeric>

namespace g4 {

using namespace mlir;

/// CUDA C++ Programming Guide, "Technical Specifications per Compute
/// Capability"; AMD's ISA documents on VGPRs: half of CDNA's are for
/// accumulation.
static int64_t registersOfLane(tile::TargetAttr target) {
  if (target.getDevice() == "cuda")
    return 255;
  bool isCdna = target.getWarpSize() == 64;
  return isCdna ? 512 : 256;
}

// Rows are walked by a block of four warps, 8 bytes a thread at a time. Dots in
// registers have 16 columns, a panel, side by side in threads, and 8 rows. Of a
// step of 32 rows 8 of 128 experts have each about 2, of one of 128 rows 8.
TargetConfig TargetConfig::ofGpu(tile::TargetAttr target) {
  constexpr int64_t kThreads = 128;
  auto blocked = [&](int64_t rows, int64_t cols, int64_t vec) {
    return tile::BlockedAttr::get(target.getContext(), rows, cols, vec);
  };
  int64_t unlimited = int64_t{1} << 31;
  TargetConfig config;
  config.tile = {blocked(1, kThreads, 2), kThreads, 2 * kThreads};
  config.dotTile = {blocked(8, kPanelRows, 1), kThreads, 4 * kPanelRows};
  config.sizesInMemory = true;
  config.chunkedAttention = true;
  // A warp reads 512 bytes of an expert's row at a time.
  config.routerTile = {blocked(8, 32, 4), 256, 4 * 32};
  config.hasCandidates = true;
  config.pageSize = 64;
  config.accumulatorFloats = 16 * 64;
  config.intrinsic = findMatrixIntrinsic(target.getIntrinsic().str());
  config.copiesAsync = target.getDevice() == "cuda";
  config.warpSize = target.getWarpSize();
  config.laneRegisters = registersOfLane(target);
  config.scratchBytes = target.getScratchBytes();
  config.maxPanelRows = 8;
  // Tiles of an expert's rows are whole columns of the intrinsic.
  int64_t expertRows = config.intrinsic ? config.intrinsic->cols : 8;
  config.buckets = {{1, 8, 0, 1, 64, 16, 64, 64},
                    {8, 8, 0, 1, 64, 16, 64, 64},
                    {32, 32, expertRows, 1, 64, 16, 64, 0, 4},
                    {128, 64, 16, 1, 64, 16, 128, 0, 4},
                    {unlimited, 64, 32, 16, 64, 32, 128, 0, 4}};
  return config;
}

// One row is bound by latency: many loads under way, many items. Many rows are
// bound by the reads of L1 and L2: two experts a warp share each row, and the
// rows share the experts; what is under way has to leave room for two blocks an
// SM, 128 registers a thread.
RouterConfig TargetConfig::gpuRouter(const RouterSpec &spec,
                                     const BucketConfig &bucket) const {
  constexpr int64_t kLoads = 12;
  auto layout = cast<tile::BlockedAttr>(routerTile.layout);
  int64_t blocks = spec.proj.getDimSize(1) / routerTile.colBlock;
  int64_t expertsOfWarp = bucket.routerRows > 1 ? 2 : 1;
  return {.tile = routerTile,
          .expertTile = expertsOfWarp * layout.getRowThreads(),
          .rowTile = bucket.routerRows,
          .blocksAtOnce = divisor(blocks, kLoads / bucket.routerRows)};
}

TileConfig TargetConfig::rowTile(int64_t cols) const {
  constexpr int64_t kMaxRegisters = 16;
  auto layout = dyn_cast_or_null<tile::BlockedAttr>(tile.layout);
  if (!layout)
    return tile;
  for (int64_t vec : {4, 2, 1}) {
    int64_t width = layout.getColThreads() * vec;
    if (cols % width != 0)
      continue;
    TileConfig result = tile;
    result.layout = tile::BlockedAttr::get(layout.getContext(), 1,
                                           layout.getColThreads(), vec);
    result.colBlock = width * divisor(cols / width, kMaxRegisters);
    return result;
  }
  return tile;
}

TileConfig TargetConfig::headTile(int64_t headDim) const {
  auto layout = dyn_cast_or_null<tile::BlockedAttr>(tile.layout);
  int64_t half = headDim / 2;
  if (!layout || half % 4 != 0)
    return tile;
  int64_t colThreads = std::gcd(half / 4, warpSize);
  TileConfig result = tile;
  result.layout = tile::BlockedAttr::get(
      layout.getContext(), tile.threads / colThreads, colThreads, 4);
  result.colBlock = 4 * colThreads * divisor(half / (4 * colThreads), 4);
  return result;
}

} // namespace g4
