//===- SlicedLinear.cpp - norm, linear, epilogue: up to 8 rows of x -------===//
//
// Work item: at most 8 rows of y times one tile of columns, a slice of the
// depth a warp.
//   1. The rows of x go to scratch as bf16, times the norm's weight where there
//      is a norm, in blocks of 64 columns; the sums of their squares, slice by
//      slice, go beside them. Each warp reads the columns of its slice.
//   2. One sliced dot (two for gelu_gated) reads w straight from global memory.
//   3. The norm's factor (a number a row, so it may follow the dot), the
//      epilogue, and the store.
// Bound by the read of w. Everything is summed in the order of
// StagedLinear.cpp: the same row has the same bits in both.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/LinearKernel.h"

namespace g4 {

using namespace mlir;

namespace {

constexpr int64_t kBlock = tile::DotPackedOp::kBlock;
// Rows of a block in scratch are 16 bytes longer than their content, so that
// the eight rows that ldmatrix reads at once lie in different banks.
constexpr int64_t kBankPadding = 8;
// Blocks of x that a thread has in registers at once, two numbers each.
constexpr int64_t kBlocksAtOnce = 32;

class SlicedLinear final : public LinearKernel {
public:
  SlicedLinear(OpBuilder &b, Location loc, StringRef name,
               const LinearSpec &spec, const LinearConfig &config)
      : LinearKernel(b, loc, name, spec, config, /*inBlocks=*/true) {}

private:
  void declareScratch() override;
  void item() override;
  void stageAll();
  void stageRows(Value firstRow, int64_t count);
  Value firstBlock(Value m);
  KernelBuilder::Place blockPlace(Value first, int64_t i, int64_t rowsOfBlock);
  Values readBlocks(Value memory, Value first);
  void stageBlocks(Value row, const Values &xs, const Values &norms);
  Value dot(Value firstRow);
  Value normFactor();

  int64_t numBlocks() const { return spec_.inputCols / kBlock; }
  int64_t blocksOfSlice() const {
    return tile::DotPackedOp::blocksOfSlice(spec_.inputCols, config_.slices);
  }

  Value numHere_; // rows of the tile that exist; null: one, which does
  // Scratch: [block * rowTile + row, 64 and padding], [row * slices + slice,
  // 1].
  Value a_, squares_;
};

} // namespace

void SlicedLinear::declareScratch() {
  a_ = k_.scratch({numBlocks() * config_.rowTile, kBlock + kBankPadding},
                  spec_.weight.getOperandType());
  if (spec_.hasNorm)
    squares_ = k_.scratch({config_.rowTile * config_.slices, 1}, k_.f32());
}

void SlicedLinear::item() {
  int64_t rows = config_.rowTile;
  if (rows > 1)
    numHere_ = k_.min(k_.sub(end_, first_), k_.index(rows));
  if (rows == 1)
    stageRows(k_.index(0), 1);
  else
    k_.ifElse(
        k_.less(numHere_, k_.index(2)), [&] { stageRows(k_.index(0), 1); },
        [&] { stageAll(); });
  k_.barrier();
  col_ = k_.mul(k_.gridY(), config_.colTile);
  Value z = dot(col_), up;
  if (isGated())
    up = dot(k_.add(col_, gateRows()));
  k_.useLayout(config_.output);
  if (spec_.hasNorm) {
    Value factor = normFactor();
    z = k_.mulf(z, factor);
    if (up)
      up = k_.mulf(up, factor);
  }
  storeOutput(epilogue(z, up));
}

void SlicedLinear::stageAll() {
  int64_t count = config_.rowTile;
  while (count > 1 && count * blocksOfSlice() > kBlocksAtOnce)
    count /= 2;
  k_.forLoop(k_.index(0), numHere_, count,
             [&](Value m) { stageRows(m, count); });
}

/// Row m of the tile in x, in blocks of its columns. Rows beyond the last
/// repeat it: the read needs no condition, and nobody uses what becomes of
/// them.
Value SlicedLinear::firstBlock(Value m) {
  if (numHere_)
    m = k_.min(m, k_.sub(numHere_, k_.index(1)));
  Value row = inputRow(m);
  if (Value map = rowMap())
    row = k_.loadIndex(map, row);
  return k_.mul(row, numBlocks());
}

/// A tile with a row for each slice: block i of each, of blocks that begin at
/// `first`; those of the last slices that are not there count as zeros.
KernelBuilder::Place SlicedLinear::blockPlace(Value first, int64_t i,
                                              int64_t rowsOfBlock) {
  int64_t step = blocksOfSlice();
  KernelBuilder::Place place{
      .at = {k_.add(first, i * rowsOfBlock), k_.index(0)},
      .rowStride = step * rowsOfBlock};
  if ((config_.slices - 1) * step + i >= numBlocks())
    place.rowBound = k_.add(first, numBlocks() * rowsOfBlock);
  return place;
}

/// One row's blocks, of x or of the norm's weight.
SlicedLinear::Values SlicedLinear::readBlocks(Value memory, Value first) {
  Values blocks;
  for (int64_t i = 0; i < blocksOfSlice(); ++i)
    blocks.push_back(k_.load(memory, blockPlace(first, i, /*rowsOfBlock=*/1),
                             config_.slices, kBlock));
  return blocks;
}

void SlicedLinear::stageBlocks(Value row, const Values &xs,
                               const Values &norms) {
  Value squares;
  for (auto [i, x] : llvm::enumerate(xs)) {
    Value staged = x;
    if (spec_.hasNorm) {
      Value square = k_.mulf(x, x);
      Value before =
          squares ? squares : k_.constant(config_.slices, kBlock, 0.0);
      squares = k_.addf(before, square);
      staged = k_.mulf(x, norms[i]);
    }
    k_.store(staged, a_, blockPlace(row, int64_t(i), config_.rowTile));
  }
  if (squares)
    k_.store(k_.reduce(tile::ReduceKind::Add, squares), squares_,
             {.at = {k_.mul(row, config_.slices), k_.index(0)}});
}

// All reads come first: what bounds this step is how long one of them takes.
void SlicedLinear::stageRows(Value firstRow, int64_t count) {
  Values norms;
  SmallVector<Values> rows;
  if (spec_.hasNorm)
    norms = readBlocks(norm_, k_.index(0));
  for (int64_t i = 0; i < count; ++i)
    rows.push_back(readBlocks(x_, firstBlock(k_.add(firstRow, i))));
  for (int64_t i = 0; i < count; ++i)
    stageBlocks(k_.add(firstRow, i), rows[i], norms);
}

Value SlicedLinear::dot(Value firstRow) {
  auto type = RankedTensorType::get({config_.rowTile, config_.colTile},
                                    k_.f32(), config_.output);
  OpBuilder &b = k_.builder();
  Value zero = tile::SplatOp::create(
      b, k_.loc(), type,
      arith::ConstantOp::create(b, k_.loc(), b.getF32FloatAttr(0)));
  Value origin = k_.index(0);
  return tile::DotPackedOp::create(
      b, k_.loc(), type, zero, a_, ValueRange{origin, origin}, w_,
      weightPlace(firstRow, origin), numHere_, spec_.inputCols, config_.slices,
      config_.intrinsic);
}

/// (mean of the squares + epsilon)^(-1/2) of each row, [rowTile, 1].
Value SlicedLinear::normFactor() {
  int64_t slices = config_.slices;
  Value total = k_.constant(config_.rowTile, 1, 0.0);
  for (int64_t s = 0;
       s < tile::DotPackedOp::usedSlices(spec_.inputCols, slices); ++s) {
    KernelBuilder::Place place{.at = {k_.index(s), k_.index(0)},
                               .rowStride = slices};
    if (numHere_)
      place.rowBound = k_.mul(numHere_, slices);
    total = k_.addf(total, k_.load(squares_, place, config_.rowTile, 1));
  }
  return k_.inverseRms(total, spec_.inputCols, spec_.epsilon);
}

tile::KernelOp buildSlicedLinear(OpBuilder &b, Location loc, StringRef name,
                                 const LinearSpec &spec,
                                 const LinearConfig &config) {
  return SlicedLinear(b, loc, name, spec, config).build();
}

} // namespace g4
