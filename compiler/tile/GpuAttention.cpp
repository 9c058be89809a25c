//===- GpuAttention.cpp - Sizes of attention on a GPU ---------------------===//
//
// Decode is bound by the read of keys and values, so in a step of few tokens a
// sequence's chunks are dealt to up to `splits` items. Chunks are small: folds
// cost little where few heads share a KV head. Of a global layer, 8 heads of
// 512 columns, they read a quarter of what the chunks did; chunks of 128 would
// halve that, but then 16 rows of a prefill spill on sm_80. In f32, on
// multiply-adds, it is the short chunk and the wide slice that spill.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/GpuAttention.h"

#include "compiler/tile/TargetConfig.h"
#include "compiler/tile/kernels/AttentionChunks.h"
#include "compiler/tile/kernels/KvFormat.h"

#include <algorithm>
#include <numeric>

namespace g4 {

using namespace mlir;

constexpr int64_t kChunk = 64, kLongChunk = 192, kColThreads = 32;
// What long chunks of f32 need: with less, the chunk stays short.
constexpr int64_t kLongChunkScratch = int64_t{96} << 10;
// An item with few chunks has most of them under way at once.
constexpr int64_t kMaxSliceCols = 64, kLongSliceCols = 32, kMaxStages = 4,
                  kMaxSplitStages = 8;
constexpr int64_t kCopyBytes = 16; // of an asynchronous copy
// Sums across warps, row maps.
constexpr int64_t kReservedBytes = int64_t{3} << 10;

/// Warps that share the columns of scores and of the output, whatever the rows
/// are: 16 rows of the output take 32 registers a thread. Of scores there are
/// no more columns than a short chunk has.
static int64_t colWarps(const AttentionSpec &spec,
                        const MatrixIntrinsic &intrinsic) {
  return std::min<int64_t>(spec.cache.headDim > 256 ? 8 : 4,
                           kChunk / intrinsic.cols);
}

/// Rows of scores beyond which a block of 256 threads, each with 255 registers
/// at most, spills when it has all chunks.
static int64_t maxRows(const AttentionSpec &spec) {
  return spec.cache.headDim > 256 ? 16 : 32;
}

/// Columns of the fragments that a row of warps has.
static int64_t colsOfWarps(const AttentionSpec &spec,
                           const MatrixIntrinsic &intrinsic) {
  return intrinsic.cols * colWarps(spec, intrinsic);
}

static bool usesMma(const AttentionSpec &spec,
                    const GpuAttentionChoice &choice) {
  return choice.intrinsic && !spec.cache.dtype.isF32() &&
         spec.cache.headDim % colsOfWarps(spec, *choice.intrinsic) == 0;
}

int64_t scratchOf(const AttentionSpec &spec, const AttentionConfig &config) {
  bool isMma = isa<tile::MmaAttr>(config.tile.layout);
  int64_t operand = isMma ? 2 : 4, rows = config.scoreRows();
  bool isHalf =
      spec.cache.dtype.isBF16() || (isMma && isQuantizedKv(spec.cache.dtype));
  int64_t stored = isHalf ? 2 : 4;
  int64_t queryCols = ChunkedAttention::queryCols(spec, config.sliceCols);
  int64_t rowBytes = (queryCols + config.chunk) * operand + 32;
  int64_t stageBytes = config.chunk * (config.sliceCols * stored + 16);
  return rows * rowBytes + config.stages * stageBytes;
}

/// Threads of the item: columns as `spec` says.
static TileConfig tileOf(const AttentionSpec &spec,
                         const GpuAttentionChoice &choice, int64_t rows,
                         int64_t colThreads) {
  MLIRContext *context = spec.cache.dtype.getContext();
  TileConfig tile;
  if (usesMma(spec, choice)) {
    const MatrixIntrinsic &intrinsic = *choice.intrinsic;
    int64_t rowWarps = rows > intrinsic.rows ? 2 : 1;
    int64_t warps = colWarps(spec, intrinsic);
    tile.layout = tile::MmaAttr::get(context, rowWarps, warps,
                                     /*transposed=*/false, intrinsic.name);
    tile.threads = rowWarps * warps * intrinsic.numLanes();
    return tile;
  }
  tile.threads = rows > 16 ? 256 : 128;
  tile.layout =
      tile::BlockedAttr::get(context, tile.threads / colThreads, colThreads, 1);
  return tile;
}

/// Where copies are done at once, a stage is read, and one written.
static int64_t mostStages(const AttentionConfig &config,
                          const GpuAttentionChoice &choice) {
  if (!choice.copiesAsync)
    return 2;
  return config.splits > 0 ? kMaxSplitStages : kMaxStages;
}

/// Heads, threads and stages for slices of `config.sliceCols`, with few heads
/// where many do not fit. Returns whether the scratch does.
static bool fit(AttentionConfig &config, const AttentionSpec &spec,
                const GpuAttentionChoice &choice) {
  auto fits = [&] {
    return scratchOf(spec, config) + kReservedBytes <= choice.scratchBytes;
  };
  int64_t group = spec.numHeads / spec.cache.numKvHeads;
  int64_t numSlices = ChunkedAttention::numSlices(spec, config.sliceCols);
  int64_t colThreads =
      std::gcd(std::gcd(config.sliceCols, kColThreads), config.chunk);
  for (int64_t most = std::min(choice.maxScoreRows, maxRows(spec));;
       most /= 2) {
    config.headTile = TargetConfig::divisor(
        group, std::max<int64_t>(1, most / config.queryTile));
    config.tile =
        tileOf(spec, choice, config.queryTile * config.headTile, colThreads);
    config.stages = mostStages(config, choice);
    while (config.stages > 2 && (numSlices % config.stages != 0 || !fits()))
      --config.stages;
    if (fits() || config.headTile == 1)
      return fits();
  }
}

AttentionConfig gpuAttention(const AttentionSpec &spec,
                             const GpuAttentionChoice &choice) {
  const CacheSpec &cache = spec.cache;
  bool isMma = usesMma(spec, choice);
  bool isGlobalF32 = !isMma && cache.window == 0;
  bool isLong = isGlobalF32 && choice.scratchBytes >= kLongChunkScratch;
  AttentionConfig config{
      .queryTile = choice.queryTile,
      .chunk = std::lcm(cache.pageSize, isLong ? kLongChunk : kChunk),
      .splits = choice.splits,
      .partialTiles = choice.partialTiles};
  // No row sees more chunks of a window, but for blocks of an image.
  if (cache.window)
    config.splits = std::min(
        config.splits, (cache.window + config.chunk - 1) / config.chunk + 1);
  // Numbers of 8 bits are staged as f32 where there is no mma.
  int64_t bytes = cache.dtype.isBF16() ? 2 : 4;
  int64_t unit = isMma ? colsOfWarps(spec, *choice.intrinsic)
                       : std::gcd(cache.headDim, kCopyBytes / bytes);
  int64_t numUnits = cache.headDim / unit;
  for (int64_t most = (isGlobalF32 ? kLongSliceCols : kMaxSliceCols) / unit;
       most > 0; most /= 2) {
    config.sliceCols = unit * TargetConfig::divisor(numUnits, most);
    if (fit(config, spec, choice))
      break;
  }
  return config;
}

} // namespace g4
