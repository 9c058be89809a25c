//===- Linear.cpp - norm, linear, epilogue: rows of x in scratch ----------===//
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

#include "compiler/tile/kernels/LinearKernel.h"

namespace g4 {

using namespace mlir;

namespace {

class PanelLinear final : public LinearKernel {
public:
  PanelLinear(OpBuilder &b, Location loc, StringRef name,
              const LinearSpec &spec, const LinearConfig &config)
      : LinearKernel(b, loc, name, spec, config, /*inBlocks=*/false) {}

private:
  void declareScratch() override;
  void item() override;
  void columnTile(Value tile);
  void stageRow(Value m);
  Value inputTile(Value m, ColumnBlock block);
  Value dot(Value firstRow);
  int64_t paddedDepth() const;

  Value a_; // scratch
};

} // namespace

int64_t PanelLinear::paddedDepth() const {
  return artifact::roundUp(spec_.inputCols,
                           spec_.weight.getMatrix().packing->cols);
}

void PanelLinear::declareScratch() {
  a_ = k_.scratch({config_.rowTile, paddedDepth()},
                  spec_.weight.getOperandType());
}

void PanelLinear::item() {
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
  k_.forLoop(k_.index(0), k_.index(numTiles), 1,
             [&](Value i) { columnTile(k_.add(firstTile, i)); });
}

void PanelLinear::columnTile(Value tile) {
  col_ = k_.mul(tile, config_.colTile);
  Value z = dot(col_), up;
  if (isGated())
    up = dot(k_.add(col_, gateRows()));
  storeOutput(epilogue(z, up));
}

// [1, width] of row m of the tile; a row that does not exist gives zeros.
Value PanelLinear::inputTile(Value m, ColumnBlock block) {
  KernelBuilder::Place place;
  place.colBound = block.bound;
  if (config_.rowTile > 1)
    place.rowBound = end_;
  Value row = inputRow(m);
  if (Value map = rowMap()) {
    place.rowMap = map;
    place.rowOffset = row;
    row = k_.index(0);
  }
  place.at = {row, block.col};
  return k_.load(x_, place, 1, block.width);
}

void PanelLinear::stageRow(Value m) {
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
  int64_t padding = paddedDepth() - spec_.inputCols;
  if (padding == 0)
    return;
  k_.columns(padding, [&](ColumnBlock block) {
    KernelBuilder::Place place{.at = {m, k_.add(block.col, spec_.inputCols)}};
    if (block.bound)
      place.colBound = k_.add(block.bound, spec_.inputCols);
    k_.store(k_.constant(1, block.width, 0.0), a_, place);
  });
}

Value PanelLinear::dot(Value firstRow) {
  Value origin = k_.index(0);
  Value zero = k_.constant(config_.rowTile, config_.colTile, 0.0);
  return tile::DotPackedOp::create(k_.builder(), k_.loc(), zero.getType(), zero,
                                   a_, ValueRange{origin, origin}, w_,
                                   weightPlace(firstRow, origin),
                                   spec_.inputCols);
}

tile::KernelOp buildLinear(OpBuilder &b, Location loc, StringRef name,
                           const LinearSpec &spec, const LinearConfig &config) {
  switch (config.form) {
  case LinearConfig::Form::Panels:
    return PanelLinear(b, loc, name, spec, config).build();
  case LinearConfig::Form::Sliced:
    return buildSlicedLinear(b, loc, name, spec, config);
  case LinearConfig::Form::Staged:
    return buildStagedLinear(b, loc, name, spec, config);
  }
  llvm_unreachable("a form that the enum does not have");
}

} // namespace g4
