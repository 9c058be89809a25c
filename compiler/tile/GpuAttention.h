//===- GpuAttention.h - Sizes of attention on a GPU -------------*- C++ -*-===//

#ifndef G4_COMPILER_TILE_GPUATTENTION_H
#define G4_COMPILER_TILE_GPUATTENTION_H

#include "compiler/tile/kernels/Kernels.h"

namespace g4 {

/// What decides about the sizes beside the model.
struct GpuAttentionChoice {
  /// Tokens of a query tile.
  int64_t queryTile = 1;
  /// Items that share the chunks of a tile, with queryTile 1; 0: none do.
  int64_t splits = 0;
  int64_t partialTiles = 0;
  /// Rows of scores of one item, at most.
  int64_t maxScoreRows = 16;
  /// Of a block.
  int64_t scratchBytes = int64_t{99} << 10;
  /// What multiplies matrices of bf16; null: nothing does.
  const MatrixIntrinsic *intrinsic = findMatrixIntrinsic(kMma16x8x16);
  /// Copies to scratch go on beside the threads that asked for them.
  bool copiesAsync = true;
};

/// The sizes for attention by chunks. Chunk, and how columns of scores lie over
/// threads, depend on `spec` and the machine alone: so rows have the same bits
/// in all buckets.
AttentionConfig gpuAttention(const AttentionSpec &spec,
                             const GpuAttentionChoice &choice);

/// Bytes of scratch of the kernel, without what sums across warps take.
int64_t scratchOf(const AttentionSpec &spec, const AttentionConfig &config);

} // namespace g4

#endif // G4_COMPILER_TILE_GPUATTENTION_H
