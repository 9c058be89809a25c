// g4t.arrive: the last item of a row adds up what all items of the row left.

#include "gtest/gtest.h"

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using namespace mlir;

constexpr int64_t kRows = 3, kItems = 5, kWidth = 64;

/// parts[row, item, :] = row + item; the last item of a row: sums[row, :] =
/// their sum in order.
KernelCase sumOfItems(bool onGpu) {
  auto build = [onGpu](OpBuilder &b) {
    TileConfig tile;
    if (onGpu)
      tile = {.layout = tile::BlockedAttr::get(b.getContext(), 1, 64, 1),
              .threads = 64,
              .colBlock = kWidth};
    Type memory =
        MemRefType::get({ShapedType::kDynamic, kWidth}, b.getF32Type());
    KernelBuilder k(b, b.getUnknownLoc(), "sum", {memory, memory, wordsType(b)},
                    tile);
    Value zero = k.index(0), row = k.gridX();
    Value first = k.mul(row, kItems);
    Value number = arith::SIToFPOp::create(k.builder(), k.loc(), k.f32(),
                                           k.toI32(k.add(row, k.gridY())));
    k.store(k.splat(1, kWidth, number), k.param(0),
            {.at = {k.add(first, k.gridY()), zero}});
    k.ifTrue(k.arrive(k.param(2), row, k.index(kItems)), [&] {
      Value sum = k.forLoop(
          zero, k.index(kItems), 1, k.constant(1, kWidth, 0.0),
          [&](Value i, ValueRange args) -> KernelBuilder::Values {
            Value part =
                k.load(k.param(0), {.at = {k.add(first, i), zero}}, 1, kWidth);
            return {k.addf(args[0], part)};
          })[0];
      k.store(sum, k.param(1), {.at = {row, zero}});
    });
    return k.finish();
  };
  return {.name = "sum_of_items",
          .build = build,
          .params = {CaseNumbers::zeros(kRows * kItems * kWidth),
                     CaseNumbers::zeros(kRows * kWidth),
                     CaseNumbers::zeros(kRows, Element::I32)},
          .grid = {kRows, kItems}};
}

void expectSums(const CaseResult &result, const char *who) {
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t c = 0; c < kWidth; ++c)
      EXPECT_EQ(result[1][row * kWidth + c], 5.0 * double(row) + 10) << who;
  EXPECT_EQ(result[2], std::vector<double>(kRows)) << who << ": counters";
}

TEST(Arrive, TheLastItemSeesWhatAllLeft) {
  expectSums(runInterpreted(sumOfItems(false), Precision::F32), "interpreter");
  expectSums(runOnCpu(sumOfItems(false), *nativeCpuTarget()), "CPU");
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    expectSums(runEmulated(sumOfItems(true), GpuVendor::Nvidia, 32, seed),
               "warps of 32");
    expectSums(runEmulated(sumOfItems(true), GpuVendor::Amd, 64, seed),
               "warps of 64");
  }
}

} // namespace
} // namespace g4
