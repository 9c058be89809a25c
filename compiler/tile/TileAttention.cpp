//===- TileAttention.cpp - Rope tables, qkv and attention as kernels ------===//

#include "compiler/tile/GpuAttention.h"
#include "compiler/tile/Tiler.h"
#include "compiler/tile/kernels/KvFormat.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using namespace graph;
using exec::PageTable;
using exec::StepDim;
using exec::StepInput;

KvCacheOp Tiler::cacheNamed(StringRef name) {
  return symbols_.lookup<KvCacheOp>(name);
}

CacheSpec Tiler::cacheSpec(KvCacheOp cache) {
  return {.numKvHeads = int64_t(cache.getNumKvHeads()),
          .headDim = int64_t(cache.getHeadDim()),
          .pageSize = config_.pageSize,
          .window = int64_t(cache.getWindow()),
          .dtype = cache.getDtype(),
          .keysAsRows = config_.chunkedAttention || cache.isQuantized(),
          .rotatedPairs = int64_t(cache.getRotatedPairs().value_or(0))};
}

static const char *kvText(Type dtype) {
  if (dtype.isInteger(8))
    return "i8";
  return isQuantizedKv(dtype) ? "fp8" : elementText(dtype);
}

std::string Tiler::cacheText(const CacheSpec &cache) {
  std::string text =
      llvm::formatv("{0}_kv{1}d{2}p{3}", kvText(cache.dtype), cache.numKvHeads,
                    cache.headDim, cache.pageSize);
  if (cache.window)
    text += "w" + std::to_string(cache.window);
  if (cache.rotatedPairs)
    text += "r" + std::to_string(cache.rotatedPairs);
  return text;
}

/// Keys, values, page table and its width.
static SmallVector<Attribute> cacheParams(KvCacheOp cache) {
  MLIRContext *context = cache.getContext();
  auto name = FlatSymbolRefAttr::get(cache.getSymNameAttr());
  auto table = cache.getWindow() ? PageTable::Window : PageTable::Pages;
  return {exec::CacheKeysAttr::get(context, name),
          exec::CacheValuesAttr::get(context, name),
          exec::TableAttr::get(context, table),
          exec::TableWidthAttr::get(context, table)};
}

/// The scales of keys and values, where the cache has any.
static void appendScales(KvCacheOp cache, SmallVector<Attribute> &params) {
  MLIRContext *context = cache.getContext();
  auto name = FlatSymbolRefAttr::get(cache.getSymNameAttr());
  if (cache.isQuantized())
    params.append({exec::CacheKeyScalesAttr::get(context, name),
                   exec::CacheValueScalesAttr::get(context, name)});
}

/// Cosines and sines for the frequencies that `op` reads, once a step.
std::pair<Value, Value> Tiler::ropeTables(QkvPrepareOp op) {
  auto use = op.getFreqs().getDefiningOp<UseOp>();
  auto &tables = ropeTables_[use.getNameAttr()];
  if (tables.first)
    return tables;
  int64_t half = weightType(op.getFreqs()).getDimSize(0);
  BucketLaunch launch;
  launch.kernel = kernel("rope_table_d" + std::to_string(2 * half),
                         [&](OpBuilder &b, StringRef symbol) {
                           return buildRopeTable(b, op.getLoc(), symbol, half,
                                                 config_.tile);
                         });
  launch.gridX = extent(StepDim::Tokens);
  launch.params = {inputParam(StepInput::Positions), weightParam(op.getFreqs()),
                   resultParam(0), resultParam(1)};
  Type table = RankedTensorType::get({ShapedType::kDynamic, half},
                                     Float32Type::get(context_));
  auto tokens = extent(StepDim::Tokens);
  auto made = dispatchAlike(use, {}, {table, table}, {tokens, tokens}, launch);
  made.setLabel(use.getName());
  return tables = {made.getResult(0), made.getResult(1)};
}

LogicalResult Tiler::tileQkvPrepare(QkvPrepareOp op) {
  if (op.getPositions() != function_.getArgument(1))
    return op.emitOpError("must read the function's positions");
  auto [cos, sin] = ropeTables(op);
  RankedTensorType q = op.getQ().getType();
  QkvSpec spec{.numHeads = q.getDimSize(1),
               .headDim = q.getDimSize(2),
               .hasKeys = op.getCache().has_value(),
               .kEqV = op.getKEqV(),
               .epsilon = op.getEpsilon().convertToDouble(),
               .cache = {}};
  BucketLaunch launch;
  launch.params = {operandParam(0), operandParam(1), operandParam(2),
                   weightParam(op.getQNorm()), resultParam(0)};
  std::string name = llvm::formatv("qkv_h{0}d{1}", spec.numHeads, spec.headDim);
  int64_t numItems = spec.numHeads;
  if (spec.hasKeys) {
    KvCacheOp cache = cacheNamed(*op.getCache());
    spec.cache = cacheSpec(cache);
    numItems += spec.cache.numKvHeads;
    name += "_" + cacheText(spec.cache) + (spec.kEqV ? "_keqv" : "");
    launch.params.push_back(weightParam(op.getKNorm()));
    launch.params.append(cacheParams(cache));
    launch.params.append(
        {inputParam(StepInput::Positions), inputParam(StepInput::Slots)});
  }
  TileConfig tile = config_.headTile(spec.headDim);
  if (auto blocked = dyn_cast_or_null<tile::BlockedAttr>(tile.layout))
    spec.rowTile = blocked.getRowThreads();
  if (spec.rowTile > 1)
    launch.params.push_back(dimParam(StepDim::Tokens));
  if (spec.hasKeys)
    appendScales(cacheNamed(*op.getCache()), launch.params);
  launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
    return buildQkvPrepare(b, op.getLoc(), symbol, spec, tile);
  });
  launch.gridX = extent(StepDim::Tokens, 1, spec.rowTile);
  launch.gridY = times(numItems);
  auto made = dispatchAlike(op, {op.getQkv(), cos, sin}, op->getResultTypes(),
                            extent(StepDim::Tokens), launch);
  op.replaceAllUsesWith(made.getResult(0));
  op.erase();
  return success();
}

AttentionConfig Tiler::attentionConfig(const AttentionSpec &spec,
                                       const BucketConfig &bucket) {
  if (config_.chunkedAttention)
    return gpuAttention(spec, {.queryTile = bucket.queryTile,
                               .splits = bucket.splits,
                               .partialTiles = config_.partialTiles(),
                               .maxScoreRows = bucket.maxScoreRows,
                               .scratchBytes = config_.scratchBytes,
                               .intrinsic = config_.intrinsic,
                               .copiesAsync = config_.copiesAsync});
  int64_t group = spec.numHeads / spec.cache.numKvHeads;
  AttentionConfig config{.tile = config_.dotTile,
                         .queryTile = bucket.queryTile};
  config.headTile = TargetConfig::divisor(
      group, std::max<int64_t>(1, bucket.maxScoreRows / bucket.queryTile));
  int64_t rows = config.headTile * config.queryTile;
  config.valueTile = TargetConfig::divisor(
      spec.cache.headDim,
      std::max<int64_t>(kPanelRows, config_.accumulatorFloats / rows));
  return config;
}

BucketLaunch Tiler::attentionLaunch(AttentionOp op, const AttentionSpec &spec,
                                    const AttentionConfig &config) {
  std::string name = llvm::formatv(
      "attention_h{0}_{1}_q{2}h{3}v{4}", spec.numHeads, cacheText(spec.cache),
      config.queryTile, config.headTile, config.valueTile);
  if (config.splits > 0)
    name += "s" + std::to_string(config.splits);
  BucketLaunch launch;
  launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
    return buildAttention(b, op.getLoc(), symbol, spec, config);
  });
  launch.gridX = extent(StepDim::QueryTiles);
  launch.gridY = times(spec.numHeads / config.headTile *
                       std::max<int64_t>(1, config.splits));
  launch.params = {operandParam(0)};
  launch.params.append(cacheParams(cacheNamed(op.getCache())));
  for (StepInput input :
       {StepInput::Positions, StepInput::Slots, StepInput::VisibleEnds,
        StepInput::TileFirstRows, StepInput::TileNumRows})
    launch.params.push_back(inputParam(input));
  for (int64_t i = 0; i < (config.splits > 0 ? 4 : 1); ++i)
    launch.params.push_back(resultParam(i));
  appendScales(cacheNamed(op.getCache()), launch.params);
  return launch;
}

/// What items that share a row's chunks leave for its last one: outputs,
/// statistics, counters.
void Tiler::addPartials(const AttentionSpec &spec, SmallVector<Type> &types,
                        SmallVector<exec::ExtentAttr> &rows) {
  int64_t numRows = config_.partialTiles() * spec.numHeads;
  int64_t chunk = attentionConfig(spec, config_.buckets.front()).chunk;
  for (int64_t cols : {numRows * spec.cache.headDim, numRows * 2}) {
    types.push_back(RankedTensorType::get({ShapedType::kDynamic, cols},
                                          Float32Type::get(context_)));
    rows.push_back(extent(StepDim::KeyPositions, 1, chunk));
  }
  types.push_back(RankedTensorType::get({ShapedType::kDynamic},
                                        IntegerType::get(context_, 32)));
  rows.push_back(times(numRows));
}

LogicalResult Tiler::tileAttention(AttentionOp op) {
  AttentionSpec spec{.numHeads = op.getQ().getType().getDimSize(1),
                     .scale = op.getScale().convertToDouble(),
                     .cache = cacheSpec(cacheNamed(op.getCache()))};
  SmallVector<BucketLaunch> launches;
  for (const BucketConfig &bucket : config_.buckets)
    launches.push_back(
        attentionLaunch(op, spec, attentionConfig(spec, bucket)));
  SmallVector<Type> types(op->getResultTypes());
  SmallVector<exec::ExtentAttr> rows = {extent(StepDim::Tokens)};
  SmallVector<int64_t> persistent;
  if (config_.partialTiles() > 0) {
    addPartials(spec, types, rows);
    persistent = {3};
  }
  auto made = dispatch(op, op.getQ(), types, rows, launches, persistent);
  op.replaceAllUsesWith(made.getResult(0));
  op.erase();
  return success();
}

} // namespace g4
