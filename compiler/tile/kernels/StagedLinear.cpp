//===- StagedLinear.cpp - norm, linear, epilogue: many rows of x ----------===//
//
// Work item: rowTile rows of y times one tile of columns (two of w for
// gelu_gated). For each block of 64 of the depth:
//   1. The rows of x, read into registers one block ahead, are multiplied by
//   the
//      norm's weight and go to one of two buffers in scratch as bf16.
//   2. w comes to scratch by async copies, stages - 1 blocks ahead, in the
//   order
//      in which the tensor cores take it.
//   3. A dot on both. At the end of a slice of the depth its sum is added to
//   the
//      total.
// Then the norm's factor, the epilogue, the store. Slices, and the sums of
// squares, are those of SlicedLinear.cpp: the same row has the same bits in
// both.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/LinearKernel.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

namespace {

constexpr int64_t kBlock = tile::DotPackedOp::kBlock;
constexpr int64_t kBankPadding = 8; // as in SlicedLinear.cpp
constexpr int64_t kTile = 16;       // rows of w that lie together

class StagedLinear final : public LinearKernel {
public:
  StagedLinear(OpBuilder &b, Location loc, StringRef name,
               const LinearSpec &spec, const LinearConfig &config)
      : LinearKernel(b, loc, name, spec, config, /*inBlocks=*/false) {}

private:
  void declareScratch() override;
  void item() override;
  void copyStage(Value block);
  Values readBlock(Value block);
  Values slice(Value s, ValueRange state);
  Values step(Value block, ValueRange state);
  Value dot(Value acc, Value block, int64_t half);
  Value normFactor(Value squares);
  RankedTensorType accumulator() {
    return RankedTensorType::get({config_.rowTile, config_.colTile}, k_.f32(),
                                 config_.output);
  }
  Value zeroAccumulator();

  int64_t numHalves() const { return isGated() ? 2 : 1; }
  int64_t numBlocks() const { return spec_.inputCols / kBlock; }
  int64_t blocksOfSlice() const {
    return tile::DotPackedOp::blocksOfSlice(spec_.inputCols, config_.slices);
  }
  /// What is read of a block: x, and the norm's weight where there is one.
  int64_t numRead() const { return spec_.hasNorm ? 2 : 1; }

  // Scratch: rows of x of two blocks, stages of rows of tiles of w, factors.
  Value xs_, ws_, squares_;
};

} // namespace

void StagedLinear::declareScratch() {
  Type element = spec_.weight.getOperandType();
  xs_ = k_.scratch({2 * config_.rowTile, kBlock + kBankPadding}, element);
  // Of formats with scales whole units are copied, as bytes.
  artifact::PackedMatrix matrix = spec_.weight.getMatrix();
  bool isPlain = matrix.format->isPlain();
  ws_ = k_.scratch({config_.stages * numHalves() * config_.colTile / kTile,
                    isPlain ? kBlock * kTile : matrix.unitBytes()},
                   isPlain ? element : Type(k_.builder().getI8Type()));
  if (spec_.hasNorm)
    squares_ = k_.scratch({config_.rowTile, 1}, k_.f32());
}

Value StagedLinear::zeroAccumulator() {
  OpBuilder &b = k_.builder();
  return tile::SplatOp::create(
      b, k_.loc(), accumulator(),
      arith::ConstantOp::create(b, k_.loc(), b.getF32FloatAttr(0)));
}

// The state of the loop over slices: what was read of the next block, a total
// for each half of w, and the rows' sums of squares.
void StagedLinear::item() {
  col_ = k_.mul(k_.gridY(), config_.colTile);
  OpBuilder &b = k_.builder();
  for (int64_t i = 0; i < config_.stages - 1; ++i) {
    if (i < numBlocks())
      copyStage(k_.index(i));
    tile::CommitAsyncOp::create(b, k_.loc());
  }
  Values state = readBlock(k_.index(0));
  for (int64_t h = 0; h < numHalves(); ++h)
    state.push_back(zeroAccumulator());
  if (spec_.hasNorm)
    state.push_back(k_.constant(config_.rowTile, 1, 0.0));
  int64_t slices =
      tile::DotPackedOp::usedSlices(spec_.inputCols, config_.slices);
  state = k_.forLoop(k_.index(0), k_.index(slices), 1, state,
                     [&](Value s, ValueRange args) { return slice(s, args); });
  auto totals = ArrayRef<Value>(state).slice(numRead(), numHalves());
  Value z = totals.front(), up = isGated() ? totals.back() : Value();
  if (spec_.hasNorm) {
    Value factor = normFactor(state.back());
    z = k_.mulf(z, factor);
    if (up)
      up = k_.mulf(up, factor);
  }
  k_.useLayout(config_.output);
  storeOutput(epilogue(z, up));
}

/// Rows of w of the column tile, of each half, at this block of the depth.
void StagedLinear::copyStage(Value block) {
  int64_t rows = config_.colTile / kTile;
  Value slot =
      k_.mul(k_.rem(block, k_.index(config_.stages)), numHalves() * rows);
  for (int64_t h = 0; h < numHalves(); ++h) {
    Value row = h == 0 ? col_ : k_.add(col_, gateRows());
    Value bound;
    if (weightRows() / numHalves() % config_.colTile)
      bound = k_.index(weightRows());
    tile::CopyAsyncOp::create(k_.builder(), k_.loc(), w_,
                              weightPlace(row, k_.mul(block, kBlock)), ws_,
                              ValueRange{k_.add(slot, h * rows), k_.index(0)},
                              bound, config_.colTile, kBlock);
  }
}

StagedLinear::Values StagedLinear::readBlock(Value block) {
  Value col = k_.mul(block, kBlock);
  KernelBuilder::Place place{.at = {first_, col}, .rowBound = end_};
  if (Value map = rowMap()) {
    place.rowMap = map;
    place.rowOffset = first_;
    place.at[0] = k_.index(0);
  }
  Values read = {k_.load(x_, place, config_.rowTile, kBlock)};
  if (spec_.hasNorm)
    read.push_back(k_.load(norm_, {.at = {col}}, 1, kBlock));
  return read;
}

StagedLinear::Values StagedLinear::slice(Value s, ValueRange state) {
  int64_t blocks = blocksOfSlice();
  Value first = k_.mul(s, blocks);
  Value end = k_.add(first, blocks);
  if (numBlocks() % blocks)
    end = k_.min(end, k_.index(numBlocks()));
  Values inner(state.take_front(numRead()));
  for (int64_t h = 0; h < numHalves(); ++h)
    inner.push_back(zeroAccumulator());
  if (spec_.hasNorm)
    inner.push_back(k_.constant(config_.rowTile, kBlock, 0.0));
  inner = k_.forLoop(first, end, 1, inner, [&](Value block, ValueRange args) {
    return step(block, args);
  });
  for (int64_t i = numRead(); i < numRead() + numHalves(); ++i)
    inner[i] = k_.addf(state[i], inner[i]);
  if (spec_.hasNorm)
    inner.back() =
        k_.addf(state.back(), k_.reduce(tile::ReduceKind::Add, inner.back()));
  return inner;
}

StagedLinear::Values StagedLinear::step(Value block, ValueRange state) {
  OpBuilder &b = k_.builder();
  Values result(state);
  tile::WaitAsyncOp::create(b, k_.loc(), config_.stages - 2);
  Value x = state[0];
  if (spec_.hasNorm) {
    result.back() = k_.addf(state.back(), k_.mulf(x, x));
    x = k_.mulf(x, state[1]);
  }
  Value buffer = k_.mul(k_.rem(block, k_.index(2)), config_.rowTile);
  k_.store(x, xs_, {.at = {buffer, k_.index(0)}});
  // Behind this barrier the block is there, and all have read the block before,
  // whose buffer of w the next copy overwrites.
  k_.barrier();
  Value later = k_.add(block, config_.stages - 1);
  k_.ifTrue(k_.less(later, k_.index(numBlocks())), [&] { copyStage(later); });
  tile::CommitAsyncOp::create(b, k_.loc());
  // The last block is read again where there is no next.
  Values read = readBlock(k_.min(k_.add(block, 1), k_.index(numBlocks() - 1)));
  std::copy(read.begin(), read.end(), result.begin());
  for (int64_t h = 0; h < numHalves(); ++h)
    result[numRead() + h] = dot(state[numRead() + h], block, h);
  return result;
}

Value StagedLinear::dot(Value acc, Value block, int64_t half) {
  int64_t rows = config_.colTile / kTile;
  Value slot =
      k_.mul(k_.rem(block, k_.index(config_.stages)), numHalves() * rows);
  Value buffer = k_.mul(k_.rem(block, k_.index(2)), config_.rowTile);
  Value origin = k_.index(0);
  auto dot = tile::DotOp::create(k_.builder(), k_.loc(), acc.getType(), acc,
                                 xs_, ValueRange{buffer, origin}, ws_,
                                 ValueRange{k_.add(slot, half * rows), origin},
                                 tile::OperandOrder::Fragments, kBlock);
  if (!spec_.weight.getDescription().isPlain())
    dot.setFormatAttr(spec_.weight.getFormat());
  return dot;
}

// From the layout of the rows of x to that of the result, through scratch.
Value StagedLinear::normFactor(Value squares) {
  KernelBuilder::Place place{.at = {k_.index(0), k_.index(0)}};
  k_.store(squares, squares_, place);
  k_.barrier();
  k_.useLayout(config_.output);
  Value total = k_.load(squares_, place, config_.rowTile, 1);
  return k_.inverseRms(total, spec_.inputCols, spec_.epsilon);
}

tile::KernelOp buildStagedLinear(OpBuilder &b, Location loc, StringRef name,
                                 const LinearSpec &spec,
                                 const LinearConfig &config) {
  return StagedLinear(b, loc, name, spec, config).build();
}

} // namespace g4
