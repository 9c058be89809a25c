//===- GpuTargetConfig.cpp - Tile sizes of GPUs ---------------------------===//

#include "compiler/tile/TargetConfig.h"

namespace g4 {

using namespace mlir;

// Rows are walked by a block of four warps, 8 bytes a thread at a time. Dots in
// registers have 16 columns, a panel, side by side in threads, and 8 rows.
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
  config.buckets = {{1, 1, 1, 1, 64, 1, 64},
                    {8, 8, 1, 1, 64, 1, 64},
                    {64, 8, 8, 1, 64, 1, 64},
                    {unlimited, 8, 8, 8, 64, 8, 128}};
  return config;
}

} // namespace g4
