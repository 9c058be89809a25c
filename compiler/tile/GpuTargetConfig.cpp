//===- GpuTargetConfig.cpp - Tile sizes of GPUs ---------------------------===//

#include "compiler/tile/TargetConfig.h"

namespace g4 {

using namespace mlir;

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
  config.pageSize = 32;
  config.accumulatorFloats = 16 * 64;
  config.tensorCores = target.getDevice() == "cuda";
  config.scratchBytes = target.getScratchBytes();
  config.maxPanelRows = 8;
  config.buckets = {{1, 8, 1, 1, 64, 1, 64},
                    {8, 8, 1, 1, 64, 1, 64},
                    {32, 32, 8, 1, 64, 1, 64},
                    {128, 64, 16, 8, 64, 8, 128},
                    {unlimited, 64, 32, 8, 64, 8, 128}};
  return config;
}

} // namespace g4
