//===- TileLinear.cpp - Fused linears as kernels --------------------------===//

#include "compiler/tile/Tiler.h"
#include "runtime/artifact/Packing.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <utility>

namespace g4 {

using namespace mlir;
using namespace graph;
using exec::StepDim;
using exec::StepInput;
using Experts = LinearSpec::Experts;

/// Where a linear's rows come from.
struct Tiler::LinearInput {
  Value x;
  /// Rows of x are chosen by this step input.
  bool takesOutputRows = false;
  StepDim rows = StepDim::Tokens;
  /// The whole value that `up` is a slice of, and the slice's offset.
  Value up = {};
  int64_t upOffset = 0;
};

static int64_t lastDim(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

LinearSpec Tiler::linearSpec(FusedLinearOp op, const LinearInput &input) {
  LinearSpec spec{.weight = weightType(op.getW()),
                  .inputCols = lastDim(op.getX()),
                  .outputCols = lastDim(op.getY()),
                  .epilogue = op.getEpilogue()};
  if (op.getCap())
    spec.cap = op.getCap()->convertToDouble();
  if (op.getNorm()) {
    spec.hasNorm = true;
    spec.epsilon = op.getEpsilon()->convertToDouble();
  }
  if (input.up) {
    spec.upCols = lastDim(input.up);
    spec.upOffset = input.upOffset;
  }
  spec.hasRowMap = input.takesOutputRows;
  if (op.getExperts()) {
    spec.topK = lastDim(op.getExperts());
    spec.xPerAssignment = op.getX().getType().getRank() == 3;
  }
  spec.integerRows = config_.wantsIntegerRows(spec);
  return spec;
}

/// The rows of a linear's x as integers; then its spec and its input are those
/// of a linear without a norm and a row map.
Value Tiler::quantizedRows(FusedLinearOp op, LinearSpec &spec,
                           LinearInput &input) {
  QuantizeSpec rows{.cols = spec.inputCols,
                    .hasNorm = std::exchange(spec.hasNorm, false),
                    .epsilon = spec.epsilon,
                    .hasRowMap = std::exchange(spec.hasRowMap, false)};
  std::string name = llvm::formatv("quantize_rows_k{0}", rows.cols);
  if (rows.hasNorm)
    name += "_norm";
  if (rows.hasRowMap)
    name += "_rows";
  BucketLaunch launch;
  launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
    return buildQuantizeRows(b, op.getLoc(), symbol, rows, config_.tile);
  });
  launch.gridX =
      extent(input.rows, spec.xPerAssignment ? spec.topK : int64_t{1});
  launch.params = {operandParam(0), resultParam(0)};
  if (rows.hasNorm)
    launch.params.push_back(weightParam(op.getNorm()));
  if (std::exchange(input.takesOutputRows, false))
    launch.params.push_back(inputParam(StepInput::OutputRows));
  Type words = RankedTensorType::get({ShapedType::kDynamic, rows.numWords()},
                                     IntegerType::get(context_, 32));
  return dispatchAlike(op, input.x, words, launch.gridX, launch).getResult(0);
}

static std::string linearName(const LinearSpec &spec,
                              const LinearConfig &config) {
  std::string name =
      "linear_" + std::string(spec.weight.getDescription().symbol);
  auto add = [&](const std::string &text) { name += "_" + text; };
  if (spec.weight.getRank() == 3)
    add("e" + std::to_string(spec.weight.getDimSize(0)) + "top" +
        std::to_string(spec.topK));
  add("n" + std::to_string(spec.outputCols) + "k" +
      std::to_string(spec.inputCols));
  if (spec.hasNorm)
    add("norm");
  if (spec.epilogue != Epilogue::None)
    add(stringifyEpilogue(spec.epilogue).str());
  if (spec.epilogue == Epilogue::GeluTimes)
    name += std::to_string(spec.upCols) + "at" + std::to_string(spec.upOffset);
  if (spec.hasRowMap)
    add("rows");
  if (spec.xPerAssignment)
    add("each");
  // Rows that are not sorted have tiles of one row as well.
  if (spec.experts == Experts::Grouped && config.rowTile == 1)
    add("grouped");
  add("m" + std::to_string(config.rowTile) + "n" +
      std::to_string(config.colTile));
  if (spec.integerRows)
    add("a8");
  if (config.colTilesPerItem > 1)
    name += "x" + std::to_string(config.colTilesPerItem);
  if (config.form == LinearConfig::Form::Sliced)
    add("sliced");
  if (config.form == LinearConfig::Form::Staged)
    add("staged" + std::to_string(config.stages));
  return name;
}

LinearConfig Tiler::linearConfig(const LinearSpec &spec,
                                 const BucketConfig &bucket) {
  bool hasExperts = spec.experts != Experts::None;
  int64_t rowTile = hasExperts ? expertRowTile(bucket) : bucket.rowTile;
  return config_.linear(spec, rowTile, bucket);
}

// The order of the parameters is buildLinear()'s; operands of the dispatch are
// x, then up, then what the experts need.
SmallVector<Attribute> Tiler::linearParams(FusedLinearOp op,
                                           const LinearSpec &spec,
                                           const LinearInput &input) {
  SmallVector<Attribute> params = {operandParam(0), weightParam(op.getW()),
                                   resultParam(0), dimParam(input.rows)};
  if (spec.hasNorm)
    params.push_back(weightParam(op.getNorm()));
  int64_t next = 1;
  if (input.up)
    params.push_back(operandParam(next++));
  if (input.takesOutputRows)
    params.push_back(inputParam(StepInput::OutputRows));
  if (spec.experts == Experts::Direct)
    params.push_back(operandParam(next));
  // Behind the experts: tile_experts .. order, tokens.
  bool isGrouped = spec.experts == Experts::Grouped;
  int64_t numGroups = spec.xPerAssignment ? 5 : 6;
  for (int64_t i = 1; isGrouped && i <= numGroups; ++i)
    params.push_back(operandParam(next + i));
  return params;
}

BucketLaunch Tiler::linearLaunch(FusedLinearOp op, LinearSpec spec,
                                 const LinearInput &input,
                                 const BucketConfig &bucket) {
  if (op.getExperts())
    spec.experts = usesGroups(bucket) ? Experts::Grouped : Experts::Direct;
  LinearConfig config = linearConfig(spec, bucket);
  BucketLaunch launch;
  launch.kernel =
      kernel(linearName(spec, config), [&](OpBuilder &b, StringRef symbol) {
        return buildLinear(b, op.getLoc(), symbol, spec, config);
      });
  int64_t paddedCols = artifact::roundUp(spec.outputCols, kPanelRows);
  launch.gridY = times(llvm::divideCeil(paddedCols, config.colTile) /
                       config.colTilesPerItem);
  switch (spec.experts) {
  case Experts::None:
    launch.gridX = extent(input.rows, 1, config.rowTile);
    break;
  case Experts::Direct:
    launch.gridX = extent(StepDim::Tokens, spec.topK);
    break;
  case Experts::Grouped:
    // Each expert may have a tile that is not full; tiles of one row are.
    launch.gridX = extent(StepDim::Tokens, spec.topK, config.rowTile,
                          config.rowTile > 1 ? spec.weight.getDimSize(0) : 0);
    break;
  }
  launch.params = linearParams(op, spec, input);
  return launch;
}

LogicalResult Tiler::tileFusedLinear(FusedLinearOp op) {
  LinearInput input{.x = op.getX()};
  if (auto take = op.getX().getDefiningOp<TakeRowsOp>()) {
    if (take.getRows() != function_.getArgument(2) || op.getExperts())
      return op.emitOpError("rows can only be taken by the output rows");
    input.x = take.getX();
    input.takesOutputRows = true;
    input.rows = StepDim::Outputs;
  }
  if (op.getUp()) {
    input.up = op.getUp();
    if (auto slice = op.getUp().getDefiningOp<SliceOp>()) {
      input.up = slice.getX();
      input.upOffset = slice.getOffset();
    }
  }
  LinearSpec spec = linearSpec(op, input);
  if (spec.integerRows)
    input.x = quantizedRows(op, spec, input);
  SmallVector<Value> operands = {input.x};
  if (input.up)
    operands.push_back(input.up);
  if (op.getExperts()) {
    operands.push_back(op.getExperts());
    operands.append(groupByExpert(op));
  }
  SmallVector<BucketLaunch> launches;
  for (const BucketConfig &bucket : config_.buckets)
    launches.push_back(linearLaunch(op, spec, input, bucket));
  auto rows = extent(input.rows);
  auto made = dispatch(op, operands, op->getResultTypes(), rows, launches);
  op.replaceAllUsesWith(made.getResult(0));
  op.erase();
  return success();
}

BucketLaunch Tiler::groupLaunch(FusedLinearOp op, const BucketConfig &bucket) {
  BucketLaunch launch;
  if (!usesGroups(bucket))
    return launch;
  int64_t topK = lastDim(op.getExperts()), rowTile = expertRowTile(bucket);
  int64_t numExperts = weightType(op.getW()).getDimSize(0);
  std::string name =
      llvm::formatv("group_e{0}top{1}_m{2}", numExperts, topK, rowTile);
  launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
    return buildGroupByExpert(b, op.getLoc(), symbol, numExperts, topK, rowTile,
                              config_.tile);
  });
  launch.gridX = launch.gridY = times(1);
  launch.params = {operandParam(0), dimParam(StepDim::Tokens)};
  for (int64_t i = 0; i < 6; ++i)
    launch.params.push_back(resultParam(i));
  return launch;
}

SmallVector<Value> Tiler::groupByExpert(FusedLinearOp op) {
  Value experts = op.getExperts();
  if (SmallVector<Value> known = groups_.lookup(experts); !known.empty())
    return known;
  // Room for the tiles of the bucket that makes the most.
  int64_t smallest = expertRowTile(config_.buckets.back());
  SmallVector<BucketLaunch> launches;
  for (const BucketConfig &bucket : config_.buckets) {
    launches.push_back(groupLaunch(op, bucket));
    if (usesGroups(bucket))
      smallest = std::min(smallest, expertRowTile(bucket));
  }
  Type words = RankedTensorType::get({ShapedType::kDynamic},
                                     IntegerType::get(context_, 32));
  SmallVector<Type> types(6, words);
  int64_t topK = lastDim(experts);
  auto tiles = extent(StepDim::Tokens, topK, smallest,
                      weightType(op.getW()).getDimSize(0));
  auto assignments = extent(StepDim::Tokens, topK);
  auto made = dispatch(
      op, experts, types,
      {tiles, tiles, tiles, times(1), assignments, assignments}, launches);
  return groups_[experts] = SmallVector<Value>(made.getResults());
}

} // namespace g4
