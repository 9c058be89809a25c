//===- Kernels.h - The kernels of a transformer step ------------*- C++ -*-===//
//
// One function a kernel: it writes the g4t program for the sizes and the config
// it is given, and says in which order the kernel takes its parameters. The
// numbers in a config are chosen by TargetConfig.cpp for a target; a builder
// accepts any that divide as it says.
//
// Shapes: T rows of the step, K and N channels, Hq query heads, Hkv KV heads, D
// head_dim, P page_size. Activations are f32; `i32[n]` is a memref<?xi32>.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_TILE_KERNELS_KERNELS_H
#define G4_COMPILER_TILE_KERNELS_KERNELS_H

#include "compiler/tile/kernels/KernelBuilder.h"
#include "dialects/graph/Graph.h"

namespace g4 {

/// Rows of a weight that one panel holds, on every target with panels.
inline constexpr int64_t kPanelRows = 16;

struct LinearSpec {
  /// Rank 2 [N, K], or rank 3 [E, N, K] with experts; layout chosen. For
  /// gelu_gated the first half of the rows is the gate: each half is padded to
  /// whole panels, so N is twice a multiple of kPanelRows.
  quant::WeightType weight;
  int64_t inputCols;  // K
  int64_t outputCols; // columns of y
  graph::Epilogue epilogue = graph::Epilogue::None;
  double cap = 0;
  bool hasNorm = false;
  double epsilon = 0;
  /// For gelu_times: up is columns [upOffset, upOffset + outputCols) of rows of
  /// upCols.
  int64_t upCols = 0, upOffset = 0;
  /// Rows of x are taken through a row map.
  bool hasRowMap = false;
  enum class Experts {
    None,
    /// Row a of y is assignment a: expert experts[a], x row a / topK (or a if
    /// xPerAssignment). One row an item.
    Direct,
    /// Rows are assignments grouped by expert, as GroupByExpert orders them.
    Grouped,
  } experts = Experts::None;
  int64_t topK = 1;
  bool xPerAssignment = false;
  /// x comes from buildQuantizeRows(), and the dot is of integers: no norm, no
  /// row map, form Panels.
  bool integerRows = false;

  /// Columns of x as its memory has them.
  int64_t xCols() const;
};

struct LinearConfig {
  TileConfig tile = {};
  /// Rows and columns of y that are accumulated at once. colTile divides the
  /// padded rows of the weight (half of them for gelu_gated).
  int64_t rowTile = 1;
  int64_t colTile = 64;
  /// Column tiles that one work item makes, one after the other, from rows of x
  /// that it puts into scratch once. Divides the number of column tiles.
  int64_t colTilesPerItem = 1;
  enum class Form {
    /// Rows of x in scratch, dots in registers: any layout but mma, any sizes.
    Panels,
    /// Up to 8 rows, w straight from global memory, a warp a slice of the
    /// depth.
    Sliced,
    /// w through scratch in `stages` buffers, rowTile a multiple of 8.
    Staged,
  } form = Form::Panels;
  // For Sliced and Staged: tensor cores, a weight with an mma layout, K a
  // multiple of 64, one column tile an item. tile.layout spreads [slices, 64]
  // and [rowTile, 64] over the threads, a warp a row.
  /// Slices of the depth, each summed by itself; as many as warps.
  int64_t slices = 0;
  /// How [rowTile, colTile] of y lies: for Staged transposed mma fragments.
  mlir::Attribute output = {};
  /// At least 2.
  int64_t stages = 0;
  /// What multiplies in a sliced dot; of Staged it is in `output`.
  const char *intrinsic = kMma16x8x16;
};

/// y = epilogue(linear(norm(x), w)). Grid: row tiles, column tiles over
/// colTilesPerItem.
///
/// Params: x f32[?, K], or i32[?, xCols()] if integerRows; w; y f32[?, N];
/// number of rows (index);
///   norm f32[K] if hasNorm; up f32[?, upCols] for gelu_times;
///   map i32[rows] if hasRowMap;
///   Direct: experts i32[assignments];
///   Grouped: tile_experts, tile_begins, tile_ends i32[tiles],
///            num_tiles i32[1], order i32[assignments], and x rows
///            i32[assignments] unless xPerAssignment.
tile::KernelOp buildLinear(mlir::OpBuilder &b, mlir::Location loc,
                           llvm::StringRef name, const LinearSpec &spec,
                           const LinearConfig &config);

struct QuantizeSpec {
  int64_t cols; // K, a multiple of 32
  bool hasNorm = false;
  double epsilon = 0;
  /// Rows of x are taken through a row map.
  bool hasRowMap = false;

  /// Words of a row of y: of whole units of 64 columns, the rest zeros.
  int64_t numWords() const;
};

/// Rows of norm(x) for a dot of integers, as dialects/tile/QuantizedRow.h has
/// them. Grid: rows of y, 1.
/// Params: x f32[?, K]; y i32[rows, numWords()]; norm f32[K] if hasNorm; map
///   i32[rows] if hasRowMap.
tile::KernelOp buildQuantizeRows(mlir::OpBuilder &b, mlir::Location loc,
                                 llvm::StringRef name, const QuantizeSpec &spec,
                                 const TileConfig &config);

/// Sorts assignments by expert, stable, and cuts each expert's into tiles of at
/// most `rowTile`. One work item.
///
/// Params: experts i32[T, topK]; T (index); then the outputs tile_experts,
///   tile_begins, tile_ends i32[tiles], num_tiles i32[1], order i32[T * topK],
///   tokens i32[T * topK] (order / topK).
tile::KernelOp buildGroupByExpert(mlir::OpBuilder &b, mlir::Location loc,
                                  llvm::StringRef name, int64_t numExperts,
                                  int64_t topK, int64_t rowTile,
                                  const TileConfig &config);

/// y[t, :] = unpack(table[ids[t], :]) * scale. Grid: T, 1.
/// Params: ids i32[T]; table; y f32[T, K].
tile::KernelOp buildEmbed(mlir::OpBuilder &b, mlir::Location loc,
                          llvm::StringRef name, quant::WeightType table,
                          double scale, const TileConfig &config);

/// The packed elements of a synthetic weight, of this format and layout and of
/// any shape. Grid: panels, 1. Params: the weight as a flat memref, of its
/// element type where it is plain, else of i32; the numbers of
/// runtime/artifact/Generator.h.
tile::KernelOp buildGenerate(mlir::OpBuilder &b, mlir::Location loc,
                             llvm::StringRef name, quant::WeightType weight,
                             const TileConfig &config);

/// cos and sin of positions[t] * freqs[i]. Grid: T, 1.
/// Params: positions i32[T]; freqs f32[D/2]; cos, sin f32[T, D/2].
tile::KernelOp buildRopeTable(mlir::OpBuilder &b, mlir::Location loc,
                              llvm::StringRef name, int64_t halfDim,
                              const TileConfig &config);

/// The layout of one cache.
struct CacheSpec {
  int64_t numKvHeads, headDim, pageSize;
  int64_t window;   // 0: all positions
  mlir::Type dtype; // KvFormat.h
  /// Keys lie [P, D] as values do, as all of 8 bits; else [D, P].
  bool keysAsRows = false;
  /// Above 0 keys have only columns i and D/2 + i for i < rotatedPairs, these
  /// at rotatedPairs + i; the values' are taken for the others.
  int64_t rotatedPairs = 0;

  /// Columns of a key that are stored.
  int64_t keyDim() const { return rotatedPairs ? 2 * rotatedPairs : headDim; }
};

struct QkvSpec {
  int64_t numHeads, headDim;
  /// Without keys only the query heads are there.
  bool hasKeys, kEqV;
  double epsilon;
  CacheSpec cache;
  /// Rows of one item, as many as its layout has; above 1 needs keysAsRows.
  int64_t rowTile = 1;
};

/// Norms and rope of the heads of a row; keys and values go to the cache. Where
/// it has rotated pairs alone, the other columns of q are multiplied by k_norm.
/// Grid: ceil(T / rowTile), Hq + Hkv (Hq without keys).
///
/// Params: qkv f32[T, (Hq + ..) * D]; cos, sin f32[T, D/2]; q_norm f32[D];
///   q f32[T, Hq, D]; with keys also k_norm f32[D], keys [pages, Hkv, Dk, P],
///   Dk the cache's keyDim(), values [pages, Hkv, P, D], page table i32[slots *
///   width], width (index), positions i32[T], slots i32[T]; with rowTile > 1
///   also T (index); of a cache of 8 bits the scales of keys and of values
///   f32[pages, Hkv, P].
tile::KernelOp buildQkvPrepare(mlir::OpBuilder &b, mlir::Location loc,
                               llvm::StringRef name, const QkvSpec &spec,
                               const TileConfig &config);

struct AttentionSpec {
  int64_t numHeads;
  double scale;
  CacheSpec cache;
};

struct AttentionConfig {
  TileConfig tile = {};
  /// Rows (tokens) of a query tile, at most; query heads of one KV head that an
  /// item takes (divides Hq / Hkv).
  int64_t queryTile = 1;
  int64_t headTile = 1;
  /// Columns of head_dim in one tile of the output (divides D).
  int64_t valueTile = 64;

  /// Keys of a chunk (a multiple of the page size); 0: on one thread, a page
  /// after the other, from caches with keys [D, P]. With chunks, for caches
  /// with keysAsRows:
  int64_t chunk = 0;
  /// Columns of head_dim that a slice in scratch has (divides D; its bytes are
  /// a multiple of 16). An mma layout: a multiple of 8 * colWarps; blocked: vec
  /// is 1, and a multiple of colThreads. So is the chunk.
  int64_t sliceCols = 0;
  /// Slices in scratch; divides numSlices() of the builder, at least 2.
  int64_t stages = 0;
  /// 0: an item takes all chunks of its rows. Else queryTile is 1, and a tile's
  /// chunks are dealt out to so many items; results of at most partialTiles
  /// tiles are kept.
  int64_t splits = 0;
  int64_t partialTiles = 0;

  /// Rows of scores, padded to what the layout needs.
  int64_t scoreRows() const;
};

/// Softmax attention over the pages of a slot.
/// Grid: query tiles, Hq / headTile (times splits, the fastest).
///
/// Params: q f32[T, Hq, D]; keys; values; page table i32[slots * width]; width
///   (index); positions, slots, visible_ends i32[T]; tile_first_rows,
///   tile_num_rows i32[query tiles]; y f32[T, Hq, D]; with splits also outputs
///   of chunks f32[chunks * partialTiles * Hq, D], their statistics f32[.., 2],
///   and persistent counters i32[partialTiles * Hq / headTile]; of a cache of 8
///   bits the scales of keys and of values f32[pages, Hkv, P].
tile::KernelOp buildAttention(mlir::OpBuilder &b, mlir::Location loc,
                              llvm::StringRef name, const AttentionSpec &spec,
                              const AttentionConfig &config);

struct RouterSpec {
  quant::WeightType proj; // [E, K], f32
  int64_t topK;
  double factor, epsilon;
  double skipBelow = 0; // g4.top_k; 0: nothing is dropped
};

struct RouterConfig {
  TileConfig tile = {};
  /// Experts of one item: a multiple of the panels' rows, or of the rows of
  /// threads.
  int64_t expertTile = 0;
  /// Rows of one item: 1 with panels.
  int64_t rowTile = 1;
  /// Without panels: column blocks whose loads are under way together; divides
  /// their number.
  int64_t blocksAtOnce = 1;
};

/// Routing weights and experts of a row, with proj in panels or row by row.
/// Grid: ceil(T / rowTile), ceil(E / expertTile). A row's bits do not depend on
/// the tiles, but for tile.colBlock.
/// Params: x f32[T, K]; scale f32[K]; proj; per_expert_scale f32[E]; weights
///   f32[T, k]; experts i32[T, k]; logits f32[T, E], persistent counters
///   i32[ceil(T / rowTile)], and T (index).
tile::KernelOp buildRouter(mlir::OpBuilder &b, mlir::Location loc,
                           llvm::StringRef name, const RouterSpec &spec,
                           const RouterConfig &config);

struct LargestSpec {
  int64_t cols;      // of a row
  int64_t blockCols; // of one work item's block of it
  int64_t count;     // taken from a block
  /// Columns are named by numbers that come with them; else by their place.
  bool hasIds = false;

  int64_t numBlocks() const { return (cols + blockCols - 1) / blockCols; }
};

/// The largest numbers of each block of a row, largest first, of equals the
/// lowest id first. A number that is not finite counts as infinity; places
/// beyond the block's numbers have kMinusInfinity. Grid: rows, blocks.
/// Params: x f32[R, cols]; ids i32[R, cols] if hasIds; values f32 and ids i32,
///   [R, blocks * count].
tile::KernelOp buildLargest(mlir::OpBuilder &b, mlir::Location loc,
                            llvm::StringRef name, const LargestSpec &spec,
                            const TileConfig &config);

/// The body of a g4.rows.
/// Grid: rows of the outputs (T, or T * groups for tensors of rank 3), 1.
///
/// Params: the inputs in order (tensors as f32[?, D], weights as f32[D]), then
///   the outputs f32[rows, D].
tile::KernelOp buildRows(mlir::OpBuilder &b, mlir::Location loc,
                         llvm::StringRef name, graph::RowsOp rows,
                         const TileConfig &config);

} // namespace g4

#endif // G4_COMPILER_TILE_KERNELS_KERNELS_H
