// Two kernels in one launch: each of its items does what the item of one of
// them would do alone, scratch and barriers included.

#include "compiler/plan/SideBySide.h"

#include "compiler/tile/StepMemory.h"
#include "dialects/exec/Exec.h"

#include "gtest/gtest.h"

#include "test/codegen/Everywhere.h"

namespace g4 {
namespace {

using namespace mlir;

constexpr int64_t kCols = 256;
// Items of the first kernel, and those of the second that a recorded launch
// has and that its step has.
constexpr SharedGrid kGrid{.firstX = 2, .firstY = 3, .secondY = 2};
constexpr int64_t kSecondX = 3, kActiveX = 2;

/// y[r, :] = x[r, :] * (sum of x[r, :] + factor) by way of scratch, of row
/// r = i * sizeY + j.
tile::KernelOp buildRowTimesSum(OpBuilder &b, const TileConfig &config,
                                StringRef name, int64_t sizeY, double factor) {
  MLIRContext *context = b.getContext();
  context->loadDialect<exec::G4XDialect>();
  Type rows = MemRefType::get({ShapedType::kDynamic, kCols}, b.getF32Type());
  KernelBuilder k(b, b.getUnknownLoc(), name, {rows, rows}, config);
  Value row = k.add(k.mul(k.gridX(), sizeY), k.gridY()), zero = k.index(0);
  Value staged = k.scratch({1, kCols}, k.f32());
  Value sum = k.columnSums(kCols, 1, [&](ColumnBlock block) {
    Value x = k.load(k.param(0), {.at = {row, block.col}}, 1, block.width);
    k.store(x, staged, {.at = {zero, block.col}});
    return KernelBuilder::Values{x};
  })[0];
  k.barrier();
  k.columns(kCols, [&](ColumnBlock block) {
    Value x = k.load(staged, {.at = {zero, block.col}}, 1, block.width);
    Value times = k.addf(k.constant(1, 1, factor), sum);
    k.store(k.mulf(x, times), k.param(1), {.at = {row, block.col}});
  });
  tile::KernelOp kernel = k.finish();
  readSizesFromMemory(kernel, {exec::OperandAttr::get(context, 0),
                               exec::ResultAttr::get(context, 0)});
  return kernel;
}

tile::KernelOp buildBoth(OpBuilder &b, const TileConfig &config) {
  tile::KernelOp first = buildRowTimesSum(b, config, "first", kGrid.firstY, 1);
  tile::KernelOp second =
      buildRowTimesSum(b, config, "second", kGrid.secondY, -3);
  EXPECT_TRUE(canRunSideBySide(first, second, 4 * kCols * sizeof(float)));
  // An item has scratch for both, and so have two of a unit.
  EXPECT_FALSE(canRunSideBySide(first, second, 4 * kCols * sizeof(float) - 1));
  tile::KernelOp both = buildSideBySide(b, first, second, kGrid);
  EXPECT_EQ(both.getSymName(), "first_beside_second_2x3_2");
  first.erase();
  second.erase();
  return both;
}

/// What the first `numRows` rows become; others stay zero.
std::vector<double> plain(const CaseParam &x, int64_t numRows, double factor) {
  std::vector<double> y(x.content.size());
  for (int64_t row = 0; row < numRows; ++row) {
    double sum = 0;
    for (int64_t c = 0; c < kCols; ++c)
      sum += x.content[row * kCols + c];
    for (int64_t c = 0; c < kCols; ++c)
      y[row * kCols + c] = x.content[row * kCols + c] * (sum + factor);
  }
  return y;
}

TEST(SideBySide, EachItemIsOneOfOneKernelAndItemsThatAreNotActiveWriteNothing) {
  CaseNumbers numbers(7);
  int64_t numFirst = kGrid.numFirst(), numSecond = kSecondX * kGrid.secondY;
  int64_t numActive = kActiveX * kGrid.secondY;
  CaseParam a = numbers.uniform(numFirst * kCols, -1, 1);
  CaseParam b = numbers.uniform(numSecond * kCols, -1, 1);
  expectEverywhere(
      {.name = "both",
       .build = buildBoth,
       .params = {a, CaseNumbers::zeros(numFirst * kCols), b,
                  CaseNumbers::zeros(numSecond * kCols),
                  CaseNumbers::words({double(numFirst + numActive)})},
       .grid = {numFirst + numSecond, 1}},
      {{1, plain(a, numFirst, 1)}, {3, plain(b, numActive, -3)}}, 1e-5);
}

TEST(SideBySide, KernelsOfOtherThreadsOrWithoutTheirConditionStayAlone) {
  auto context = makeKernelContext();
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(UnknownLoc::get(context.get()));
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  auto blocked = [&](int64_t threads) {
    return TileConfig{.layout =
                          tile::BlockedAttr::get(context.get(), 1, threads, 1),
                      .threads = threads,
                      .colBlock = threads};
  };
  constexpr int64_t kScratch = 1 << 16;
  tile::KernelOp narrow = buildRowTimesSum(b, blocked(64), "narrow", 1, 0);
  tile::KernelOp wide = buildRowTimesSum(b, blocked(128), "wide", 1, 0);
  tile::KernelOp other = buildRowTimesSum(b, blocked(64), "other", 1, 0);
  EXPECT_FALSE(canRunSideBySide(narrow, wide, kScratch));
  EXPECT_TRUE(canRunSideBySide(narrow, other, kScratch));
  // A store outside of the condition.
  KernelBuilder k(b, b.getUnknownLoc(), "always", {wordsType(b), wordsType(b)},
                  blocked(64));
  k.single([&] { k.storeIndex(k.index(1), k.param(0), {k.index(0)}); });
  EXPECT_FALSE(canRunSideBySide(narrow, k.finish(), kScratch));
}

} // namespace
} // namespace g4
