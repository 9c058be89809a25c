//===- Linear.cpp - norm, linear, epilogue --------------------------------===//
//
// Work item: rowTile rows of y times colTilesPerItem tiles of colTile columns.
//   1. The rows of x go to scratch: normalised where there is a norm, gathered
//      where there is a map or are experts, in the type the dot reads.
//   2. For each tile one dot over the whole depth (two for gelu_gated, with
//      the rows of w of the gate and of the up projection).
//   3. The epilogue, and the store.
// With few rows bound by the read of w: normalising a row is about 5 % of the
// instructions of an item of 64 columns. With many rows bound by the dots: step
// 1 costs what half a tile of 32 columns does, so an item makes several.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"
#include "runtime/artifact/PackedInt4.h"

namespace g4 {

using namespace mlir;
using graph::Epilogue;
using Experts = LinearSpec::Experts;

namespace {

class LinearBuilder {
public:
  LinearBuilder(OpBuilder &b, Location loc, StringRef name,
                const LinearSpec &spec, const LinearConfig &config)
      : spec_(spec), config_(config),
        k_(b, loc, name, paramTypes(b, spec), config.tile) {}

  tile::KernelOp build();

private:
  static SmallVector<Type> paramTypes(OpBuilder &b, const LinearSpec &spec);

  Value next() { return k_.param(nextParam_++); }
  void takeParams();
  void declareScratch();
  void item();
  void columnTile(Value tile);
  void stageRow(Value m);
  Value inputTile(Value m, ColumnBlock block);
  Value dot(Value firstRow);
  Value pipelinedDot(Value acc, Value firstRow);
  void copyStage(Value slot, Value firstRow, Value chunk);
  Value upTile();
  Value epilogue(Value z);
  KernelBuilder::Place outputPlace();
  int64_t paddedDepth() const;
  /// Rows of w between a gate's row and its up projection's.
  int64_t gateRows() const {
    return spec_.weight.getDimSize(spec_.weight.getRank() - 2) / 2;
  }

  const LinearSpec &spec_;
  const LinearConfig &config_;
  KernelBuilder k_;
  unsigned nextParam_ = 0;
  Value x_, w_, y_, numRows_, norm_, up_, map_, experts_;
  Value tileExperts_, tileBegins_, tileEnds_, numTiles_, order_, tokens_;
  Value a_, stages_; // scratch
  // Of the item: first row of its tile (an index into the map or order where
  // there is one), end of the rows, expert, first column.
  Value first_, end_, expert_, col_;
};

} // namespace

static MemRefType matrix(Type element, int64_t cols) {
  return MemRefType::get({ShapedType::kDynamic, cols}, element);
}

SmallVector<Type> LinearBuilder::paramTypes(OpBuilder &b,
                                            const LinearSpec &spec) {
  Type f32 = b.getF32Type();
  Type words = wordsType(b);
  SmallVector<Type> types = {matrix(f32, spec.inputCols), spec.weight,
                             matrix(f32, spec.outputCols), b.getIndexType()};
  if (spec.hasNorm)
    types.push_back(MemRefType::get({spec.inputCols}, f32));
  if (spec.epilogue == Epilogue::GeluTimes)
    types.push_back(matrix(f32, spec.upCols));
  if (spec.hasRowMap || spec.experts == Experts::Direct)
    types.push_back(words);
  if (spec.experts == Experts::Grouped)
    types.append(spec.xPerAssignment ? 5 : 6, words);
  return types;
}

void LinearBuilder::takeParams() {
  x_ = next();
  w_ = next();
  y_ = next();
  numRows_ = next();
  if (spec_.hasNorm)
    norm_ = next();
  if (spec_.epilogue == Epilogue::GeluTimes)
    up_ = next();
  if (spec_.hasRowMap)
    map_ = next();
  if (spec_.experts == Experts::Direct)
    experts_ = next();
  if (spec_.experts != Experts::Grouped)
    return;
  tileExperts_ = next();
  tileBegins_ = next();
  tileEnds_ = next();
  numTiles_ = next();
  order_ = next();
  tokens_ = spec_.xPerAssignment ? order_ : next();
}

int64_t LinearBuilder::paddedDepth() const {
  bool isInt4 = !spec_.weight.getFormat().isPlain();
  return artifact::PackedMatrix::roundUp(
      spec_.inputCols, isInt4 ? artifact::kInt4UnitCols
                              : spec_.weight.getLayout().getInterleave());
}

// Rows of a staged operand are 16 bytes longer than their content, so that the
// eight rows that ldmatrix reads at once lie in different banks.
constexpr int64_t kBankPadding = 8;

void LinearBuilder::declareScratch() {
  Type element = spec_.weight.getOperandType();
  int64_t padding = config_.stages ? kBankPadding : 0;
  a_ = k_.scratch({config_.rowTile, paddedDepth() + padding}, element);
  if (config_.stages)
    stages_ = k_.scratch(
        {config_.stages * config_.colTile, config_.depthTile + padding},
        element);
}

tile::KernelOp LinearBuilder::build() {
  takeParams();
  declareScratch();
  if (spec_.experts == Experts::Grouped) {
    // The grid has room for the worst split; what is left over does nothing.
    Value zero = k_.index(0);
    k_.ifTrue(k_.less(k_.gridX(), k_.loadIndex(numTiles_, zero)), [&] {
      first_ = k_.loadIndex(tileBegins_, k_.gridX());
      end_ = k_.loadIndex(tileEnds_, k_.gridX());
      expert_ = k_.loadIndex(tileExperts_, k_.gridX());
      item();
    });
    return k_.finish();
  }
  first_ = k_.mul(k_.gridX(), config_.rowTile);
  end_ = numRows_;
  if (spec_.experts == Experts::Direct)
    expert_ = k_.loadIndex(experts_, first_);
  item();
  return k_.finish();
}

void LinearBuilder::item() {
  if (config_.rowTile == 1)
    stageRow(k_.index(0));
  else
    k_.forLoop(k_.index(0), k_.index(config_.rowTile), 1,
               [&](Value m) { stageRow(m); });
  k_.barrier();
  int64_t numTiles = config_.colTilesPerItem;
  Value firstTile = k_.mul(k_.gridY(), numTiles);
  if (numTiles == 1)
    return columnTile(firstTile);
  k_.forLoop(k_.index(0), k_.index(numTiles), 1, [&](Value i) {
    if (config_.stages)
      k_.barrier(); // the tile before has read its stages
    columnTile(k_.add(firstTile, i));
  });
}

void LinearBuilder::columnTile(Value tile) {
  col_ = k_.mul(tile, config_.colTile);
  k_.store(epilogue(dot(col_)), y_, outputPlace());
}

// [1, width] of row m of the tile; a row that does not exist gives zeros.
Value LinearBuilder::inputTile(Value m, ColumnBlock block) {
  Value row = k_.add(first_, m);
  KernelBuilder::Place place;
  place.colBound = block.bound;
  if (config_.rowTile > 1)
    place.rowBound = end_;
  if (spec_.experts == Experts::Direct && !spec_.xPerAssignment)
    row = k_.div(row, spec_.topK);
  Value map = map_ ? map_ : tokens_;
  if (map) {
    place.rowMap = map;
    place.rowOffset = row;
    row = k_.index(0);
  }
  place.at = {row, block.col};
  return k_.load(x_, place, 1, block.width);
}

void LinearBuilder::stageRow(Value m) {
  Value scale;
  if (spec_.hasNorm) {
    Value sum = k_.columnSums(spec_.inputCols, 1, [&](ColumnBlock block) {
      Value x = inputTile(m, block);
      return KernelBuilder::Values{k_.mulf(x, x)};
    })[0];
    scale = k_.inverseRms(sum, spec_.inputCols, spec_.epsilon);
  }
  k_.columns(spec_.inputCols, [&](ColumnBlock block) {
    Value x = inputTile(m, block);
    if (scale) {
      KernelBuilder::Place place{.at = {block.col}, .colBound = block.bound};
      x = k_.mulf(k_.mulf(x, scale), k_.load(norm_, place, 1, block.width));
    }
    k_.store(x, a_, {.at = {m, block.col}, .colBound = block.bound});
  });
  if (int64_t padding = paddedDepth() - spec_.inputCols)
    k_.store(k_.constant(1, padding, 0.0), a_,
             {.at = {m, k_.index(spec_.inputCols)}});
}

Value LinearBuilder::dot(Value firstRow) {
  OpBuilder &b = k_.builder();
  Attribute layout = config_.stages ? config_.accumulator : config_.tile.layout;
  auto type = RankedTensorType::get({config_.rowTile, config_.colTile},
                                    k_.f32(), layout);
  Value zero = tile::SplatOp::create(
      b, k_.loc(), type,
      arith::ConstantOp::create(b, k_.loc(), b.getF32FloatAttr(0)));
  if (config_.stages)
    return pipelinedDot(zero, firstRow);
  Value origin = k_.index(0);
  KernelBuilder::Values at = {firstRow, origin};
  if (expert_)
    at.insert(at.begin(), expert_);
  return tile::DotPackedOp::create(b, k_.loc(), type, zero, a_,
                                   ValueRange{origin, origin}, w_, at,
                                   spec_.inputCols);
}

// Copies the weight's rows [firstRow, + colTile) of chunk `chunk` of the depth.
void LinearBuilder::copyStage(Value slot, Value firstRow, Value chunk) {
  OpBuilder &b = k_.builder();
  KernelBuilder::Values at = {firstRow, k_.mul(chunk, config_.depthTile)};
  if (expert_)
    at.insert(at.begin(), expert_);
  int64_t rows = spec_.weight.getDimSize(spec_.weight.getRank() - 2);
  Value bound = rows % config_.colTile ? k_.index(rows) : Value();
  tile::CopyAsyncOp::create(
      b, k_.loc(), w_, at, stages_,
      ValueRange{k_.mul(slot, config_.colTile), k_.index(0)}, bound,
      config_.colTile, config_.depthTile);
}

Value LinearBuilder::pipelinedDot(Value acc, Value firstRow) {
  OpBuilder &b = k_.builder();
  int64_t ahead = config_.stages - 1;
  int64_t numChunks = spec_.inputCols / config_.depthTile;
  Value stages = k_.index(config_.stages), zero = k_.index(0);
  for (int64_t i = 0; i < ahead; ++i) {
    if (i < numChunks)
      copyStage(k_.index(i), firstRow, k_.index(i));
    tile::CommitAsyncOp::create(b, k_.loc());
  }
  return k_.forLoop(
      zero, k_.index(numChunks), 1, acc,
      [&](Value i, ValueRange args) -> KernelBuilder::Values {
        tile::WaitAsyncOp::create(b, k_.loc(), ahead - 1);
        // Behind this barrier the chunk is there, and the buffer that the next
        // copy overwrites has been read by all.
        k_.barrier();
        Value later = k_.add(i, ahead);
        k_.ifTrue(k_.less(later, k_.index(numChunks)),
                  [&] { copyStage(k_.rem(later, stages), firstRow, later); });
        tile::CommitAsyncOp::create(b, k_.loc());
        Value slotRow = k_.mul(k_.rem(i, stages), config_.colTile);
        Value depth = k_.mul(i, config_.depthTile);
        return {tile::DotOp::create(b, k_.loc(), args[0].getType(), args[0], a_,
                                    ValueRange{zero, depth}, stages_,
                                    ValueRange{slotRow, zero},
                                    tile::OperandOrder::NK, config_.depthTile)};
      })[0];
}

KernelBuilder::Place LinearBuilder::outputPlace() {
  KernelBuilder::Place place{.at = {first_, col_}};
  if (spec_.outputCols % config_.colTile)
    place.colBound = k_.index(spec_.outputCols);
  if (config_.rowTile > 1)
    place.rowBound = end_;
  if (order_) {
    place.rowMap = order_;
    place.rowOffset = first_;
    place.at[0] = k_.index(0);
  }
  return place;
}

Value LinearBuilder::upTile() {
  KernelBuilder::Place place = outputPlace();
  place.at[1] = k_.add(place.at[1], spec_.upOffset);
  if (place.colBound)
    place.colBound = k_.add(place.colBound, spec_.upOffset);
  return k_.load(up_, place, config_.rowTile, config_.colTile);
}

Value LinearBuilder::epilogue(Value z) {
  switch (spec_.epilogue) {
  case Epilogue::None:
    return z;
  case Epilogue::GeluGated:
    return k_.geluMul(z, dot(k_.add(col_, gateRows())));
  case Epilogue::GeluTimes:
    return k_.geluMul(z, upTile());
  case Epilogue::Softcap:
    return k_.softcap(z, spec_.cap);
  }
  llvm_unreachable("an epilogue that the enum does not have");
}

tile::KernelOp buildLinear(OpBuilder &b, Location loc, StringRef name,
                           const LinearSpec &spec, const LinearConfig &config) {
  return LinearBuilder(b, loc, name, spec, config).build();
}

} // namespace g4
