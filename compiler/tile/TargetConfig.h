//===- TargetConfig.h - Tile sizes of a target ------------------*- C++ -*-===//
//
// The numbers that the tile phase chooses for a target, in one place. They are
// read from the target's attribute alone, so that the phase can be tested on
// IR.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_TILE_TARGETCONFIG_H
#define G4_COMPILER_TILE_TARGETCONFIG_H

#include "compiler/tile/kernels/Kernels.h"

#include <vector>

namespace g4 {

/// Kernels for steps of up to maxTokens rows.
struct BucketConfig {
  int64_t maxTokens;
  /// Rows of a linear's tile, of an expert's, and of a query tile. An expert
  /// has few of the rows: with 8 rows, 8 of 128 experts each, mostly one. Rows
  /// are sorted by expert, but with 0 each goes to its experts by itself.
  int64_t rowTile, expertRowTile, queryTile;
  /// Columns of a linear's tile, and rows of scores in attention, at most.
  int64_t maxColTile, maxScoreRows;
  /// Columns of a linear that one work item makes at most.
  int64_t maxItemCols;
  /// Items that share the chunks of a query tile; 0: none (GpuAttention.h).
  int64_t splits = 0;
  /// Rows of one item of a GPU's router.
  int64_t routerRows = 1;
};

struct TargetConfig {
  /// Of work on rows, and of dots (linears, attention, the router).
  TileConfig tile, dotTile;
  /// Kernels read the step's sizes from memory: StepMemory.h.
  bool sizesInMemory = false;
  std::vector<BucketConfig> buckets; // by rising maxTokens
  /// What multiplies matrices: weights of bf16 and i4 lie for it, and linears
  /// are GpuLinearConfig.cpp's. Null: nothing does.
  const MatrixIntrinsic *intrinsic = nullptr;
  /// Copies to shared memory go on beside the threads that asked for them.
  bool copiesAsync = false;
  /// Lanes of a warp; 1 on a CPU.
  int64_t warpSize = 1;
  /// Registers of 32 bits that a lane of a GPU can have.
  int64_t laneRegisters = 0;
  /// Shared memory of a block; 0: no limit.
  int64_t scratchBytes = 0;
  /// Columns of a linear's tile of one row; 0: as many as with more rows.
  int64_t oneRowCols = 0;
  /// Rows of a linear's tile that dots in registers can have.
  int64_t maxPanelRows = int64_t{1} << 31;
  /// The program gives the largest logits of a row besides all of them: where
  /// the host would have to copy a row to look at it.
  bool hasCandidates = false;
  /// Linears with integer weights read rows of integers where K has whole
  /// groups of them.
  bool integerRows = false;
  /// Positions of one page of a KV cache.
  int64_t pageSize;
  /// Columns of head_dim that attention accumulates at once, times rows.
  int64_t accumulatorFloats;
  /// Attention by chunks of keys, from caches with keys as rows: a GPU's.
  bool chunkedAttention = false;
  /// The router's tiles; without a layout its matrix lies in panels.
  TileConfig routerTile = {};

  /// Tiles of work on rows of so many columns: where threads can, a row lies in
  /// registers at once, and no access needs a mask.
  TileConfig rowTile(int64_t cols) const;
  /// Tiles of work on heads of so many columns, whose halves are read side by
  /// side: a warp a row, so that sums need no barrier.
  TileConfig headTile(int64_t headDim) const;

  /// Query tiles whose chunks are shared, at most.
  int64_t partialTiles() const;

  static TargetConfig of(tile::TargetAttr target);
  /// The same for GPUs: GpuTargetConfig.cpp.
  static TargetConfig ofGpu(tile::TargetAttr target);

  /// The largest multiple of kPanelRows that divides `cols` and is at most
  /// `limit`; `cols` is a multiple of kPanelRows.
  static int64_t colTile(int64_t cols, int64_t limit);
  /// The largest divisor of `value` that is at most `limit`.
  static int64_t divisor(int64_t value, int64_t limit);

  /// How a weight lies for the dots of this target.
  quant::LayoutAttr dotLayout(quant::WeightType weight) const;
  /// Columns of one item of a linear at most.
  int64_t itemCols(const LinearSpec &spec, const BucketConfig &bucket) const;
  /// Whether a linear's dot is one of integers.
  bool wantsIntegerRows(const LinearSpec &spec) const;
  /// The form and the tiles of a linear, for tiles of at most `rowTile` rows;
  /// exactly as many for grouped experts.
  LinearConfig linear(const LinearSpec &spec, int64_t rowTile,
                      const BucketConfig &bucket) const;
  RouterConfig router(const RouterSpec &spec, const BucketConfig &bucket) const;
  /// The same where rows of threads share the experts: GpuTargetConfig.cpp.
  RouterConfig gpuRouter(const RouterSpec &spec,
                         const BucketConfig &bucket) const;
  /// The same for a weight with an mma layout: GpuLinearConfig.cpp.
  LinearConfig tensorCoreLinear(const LinearSpec &spec, int64_t rowTile) const;
};

} // namespace g4

#endif // G4_COMPILER_TILE_TARGETCONFIG_H
