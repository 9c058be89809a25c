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

#include <algorithm>

namespace g4 {

using namespace mlir;

namespace {

constexpr int64_t kBlock = tile::DotPackedOp::kBlock;
// Rows of a block in scratch are 16 bytes longer than their content, so that
// the eight rows that ldmatrix reads at once lie in different banks.
constexpr int64_t kBankPadding = 8;
// Rows of x that are read at once.
constexpr int64_t kRowsAtOnce = 4;

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
  void stageBlock(Value block, ArrayRef<Value> rows, ArrayRef<Value> blocks,
                  Values &sums);
  Value dot(Value firstRow);
  Value normFactor();

  int64_t numBlocks() const { return spec_.inputCols / kBlock; }
  int64_t blocksOfSlice() const {
    return tile::DotPackedOp::blocksOfSlice(spec_.inputCols, config_.slices);
  }

  Value numHere_; // rows of the tile that exist; null: one, which does
  // Scratch: [block * rowTile + row, 64 and padding]; [row * slices + slice,
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
  int64_t count = std::min(config_.rowTile, kRowsAtOnce);
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

// A tile has a row for each slice: in step i, block i of each. What is not
// there of the last slices counts as zeros.
void SlicedLinear::stageBlock(Value block, ArrayRef<Value> rows,
                              ArrayRef<Value> blocks, Values &sums) {
  int64_t slices = config_.slices, step = blocksOfSlice();
  bool isWhole = slices * step == numBlocks();
  auto place = [&](Value first, Value bound) {
    KernelBuilder::Place p{.at = {first, k_.index(0)}, .rowStride = step};
    if (!isWhole)
      p.rowBound = bound;
    return p;
  };
  Value norm;
  if (spec_.hasNorm)
    norm = k_.load(norm_, place(block, k_.index(numBlocks())), slices, kBlock);
  Values xs;
  for (Value first : blocks)
    xs.push_back(
        k_.load(x_, place(k_.add(first, block), k_.add(first, numBlocks())),
                slices, kBlock));
  for (auto [i, x] : llvm::enumerate(xs)) {
    if (spec_.hasNorm) {
      sums[i] = k_.addf(sums[i], k_.mulf(x, x));
      x = k_.mulf(x, norm);
    }
    KernelBuilder::Place p =
        place(k_.add(k_.mul(block, config_.rowTile), rows[i]),
              k_.index(numBlocks() * config_.rowTile));
    p.rowStride *= config_.rowTile;
    k_.store(x, a_, p);
  }
}

void SlicedLinear::stageRows(Value firstRow, int64_t count) {
  Values rows, blocks, sums;
  for (int64_t i = 0; i < count; ++i) {
    rows.push_back(k_.add(firstRow, i));
    blocks.push_back(firstBlock(rows.back()));
    if (spec_.hasNorm)
      sums.push_back(k_.constant(config_.slices, kBlock, 0.0));
  }
  for (int64_t i = 0; i < blocksOfSlice(); ++i)
    stageBlock(k_.index(i), rows, blocks, sums);
  for (auto [row, sum] : llvm::zip(rows, sums))
    k_.store(k_.reduce(tile::ReduceKind::Add, sum), squares_,
             {.at = {k_.mul(row, config_.slices), k_.index(0)}});
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
      weightPlace(firstRow, origin), numHere_, spec_.inputCols, config_.slices);
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
