//===- TileLinear.cpp - Fused linears as kernels --------------------------===//

#include "compiler/tile/Tiler.h"
#include "runtime/artifact/Packing.h"

#include "llvm/Support/FormatVariadic.h"

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

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t lastDim(Value value) { return typeOf(value).getShape().back(); }

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
    spec.xPerAssignment = typeOf(op.getX()).getRank() == 3;
  }
  return spec;
}

static std::string linearName(const LinearSpec &spec,
                              const LinearConfig &config) {
  std::string name =
      "linear_" +
      std::string(spec.weight.getElementType().isF32() ? "f32" : "bf16");
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
  add("m" + std::to_string(config.rowTile) + "n" +
      std::to_string(config.colTile));
  if (config.colTilesPerItem > 1)
    name += "x" + std::to_string(config.colTilesPerItem);
  return name;
}

// The order of the parameters is buildLinear()'s; operands of the dispatch are
// x, then up, then what the experts need.
BucketLaunch Tiler::linearLaunch(FusedLinearOp op, LinearSpec spec,
                                 const LinearInput &input,
                                 const BucketConfig &bucket) {
  bool grouped = op.getExperts() && usesGroups(bucket);
  if (op.getExperts())
    spec.experts = grouped ? Experts::Grouped : Experts::Direct;
  int64_t rowTile = op.getExperts() ? bucket.expertRowTile : bucket.rowTile;
  int64_t paddedCols =
      artifact::PackedMatrix::roundUp(spec.outputCols, kPanelRows);
  LinearConfig config{.tile = config_.tile,
                      .rowTile = rowTile,
                      .colTile =
                          TargetConfig::colTile(paddedCols, bucket.maxColTile)};
  int64_t numColTiles = paddedCols / config.colTile;
  config.colTilesPerItem = TargetConfig::divisor(
      numColTiles, std::max<int64_t>(bucket.maxItemCols / config.colTile, 1));
  BucketLaunch launch;
  launch.kernel =
      kernel(linearName(spec, config), [&](OpBuilder &b, StringRef symbol) {
        return buildLinear(b, op.getLoc(), symbol, spec, config);
      });
  launch.gridY = times(numColTiles / config.colTilesPerItem);
  launch.gridX = extent(input.rows, 1, rowTile);
  if (op.getExperts())
    launch.gridX = grouped ? extent(StepDim::Tokens, spec.topK, rowTile,
                                    spec.weight.getDimSize(0))
                           : extent(StepDim::Tokens, spec.topK);
  launch.params = {operandParam(0), weightParam(op.getW()), resultParam(0),
                   dimParam(input.rows)};
  if (op.getNorm())
    launch.params.push_back(weightParam(op.getNorm()));
  int64_t next = 1;
  if (input.up)
    launch.params.push_back(operandParam(next++));
  if (input.takesOutputRows)
    launch.params.push_back(inputParam(StepInput::OutputRows));
  if (op.getExperts() && !grouped)
    launch.params.push_back(operandParam(next));
  // Behind the experts: tile_experts .. order, tokens.
  int64_t numGroups = spec.xPerAssignment ? 5 : 6;
  for (int64_t i = 1; grouped && i <= numGroups; ++i)
    launch.params.push_back(operandParam(next + i));
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
  SmallVector<Value> operands = {input.x};
  if (op.getUp()) {
    input.up = op.getUp();
    if (auto slice = op.getUp().getDefiningOp<SliceOp>()) {
      input.up = slice.getX();
      input.upOffset = slice.getOffset();
    }
    operands.push_back(input.up);
  }
  if (op.getExperts()) {
    operands.push_back(op.getExperts());
    operands.append(groupByExpert(op));
  }
  LinearSpec spec = linearSpec(op, input);
  SmallVector<BucketLaunch> launches;
  for (const BucketConfig &bucket : config_.buckets)
    launches.push_back(linearLaunch(op, spec, input, bucket));
  auto rows = extent(input.rows);
  auto made = dispatch(op, operands, op->getResultTypes(), rows, launches);
  op.replaceAllUsesWith(made.getResult(0));
  op.erase();
  return success();
}

SmallVector<Value> Tiler::groupByExpert(FusedLinearOp op) {
  Value experts = op.getExperts();
  if (SmallVector<Value> known = groups_.lookup(experts); !known.empty())
    return known;
  int64_t topK = lastDim(experts),
          numExperts = weightType(op.getW()).getDimSize(0);
  // Room for the tiles of the bucket that makes the most.
  int64_t smallest = 0;
  SmallVector<BucketLaunch> launches;
  for (const BucketConfig &bucket : config_.buckets) {
    BucketLaunch launch;
    if (usesGroups(bucket)) {
      int64_t rowTile = bucket.expertRowTile;
      if (!smallest || rowTile < smallest)
        smallest = rowTile;
      std::string name =
          llvm::formatv("group_e{0}top{1}_m{2}", numExperts, topK, rowTile);
      launch.kernel = kernel(name, [&](OpBuilder &b, StringRef symbol) {
        return buildGroupByExpert(b, op.getLoc(), symbol, numExperts, topK,
                                  rowTile, config_.tile);
      });
      launch.gridX = launch.gridY = times(1);
      launch.params = {operandParam(0), dimParam(StepDim::Tokens)};
      for (int64_t i = 0; i < 6; ++i)
        launch.params.push_back(resultParam(i));
    }
    launches.push_back(launch);
  }
  Type words = RankedTensorType::get({ShapedType::kDynamic},
                                     IntegerType::get(context_, 32));
  SmallVector<Type> types(6, words);
  auto tiles =
      extent(StepDim::Tokens, topK, std::max<int64_t>(smallest, 1), numExperts);
  auto assignments = extent(StepDim::Tokens, topK);
  auto made = dispatch(
      op, experts, types,
      {tiles, tiles, tiles, times(1), assignments, assignments}, launches);
  return groups_[experts] = SmallVector<Value>(made.getResults());
}

} // namespace g4
