// Linears with 4-bit weights on emulated tensor cores, in the tiles that CUDA
// targets choose: against the interpreter, and one form against the others.

#include "compiler/tile/TargetConfig.h"

#include "gtest/gtest.h"

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using namespace mlir;
using graph::Epilogue;
using Experts = LinearSpec::Experts;

struct Int4Case {
  const char *name;
  int64_t k, n;
  bool hasNorm = false;
  Epilogue epilogue = Epilogue::None;
};

quant::WeightType weightType(MLIRContext *context, ArrayRef<int64_t> shape) {
  Builder b(context);
  auto format =
      quant::FormatAttr::get(context, b.getIntegerType(4), 32, b.getBF16Type());
  return quant::WeightType::get(
      context, shape, format,
      quant::LayoutAttr::get(context, kPanelRows, 1, 16));
}

LinearSpec specOf(MLIRContext *context, const Int4Case &c) {
  bool gated = c.epilogue == Epilogue::GeluGated;
  int64_t padded = (c.n + kPanelRows - 1) / kPanelRows * kPanelRows;
  return {.weight = weightType(context, {gated ? 2 * padded : c.n, c.k}),
          .inputCols = c.k,
          .outputCols = c.n,
          .epilogue = c.epilogue,
          .hasNorm = c.hasNorm,
          .epsilon = 1e-6};
}

/// As a CUDA target with a lot of shared memory chooses for `rowTile` rows.
LinearConfig configOf(const LinearSpec &spec, int64_t rowTile) {
  TargetConfig target;
  target.tensorCores = true;
  target.scratchBytes = 227 * 1024;
  return target.linear(spec, rowTile, BucketConfig());
}

/// The kernel for tiles of `rowTile` rows; all take the same numbers.
KernelCase kernelOf(const Int4Case &c, int64_t rowTile, int64_t rows) {
  auto context = makeKernelContext();
  LinearSpec spec = specOf(context.get(), c);
  CaseNumbers numbers(5);
  KernelCase kernel;
  kernel.name = c.name;
  kernel.params = {numbers.weight(spec.weight, 0.3),
                   CaseNumbers::zeros(rows * c.n), CaseNumbers::number(rows)};
  kernel.params.insert(kernel.params.begin(),
                       numbers.uniform(rows * c.k, -1, 1));
  if (c.hasNorm)
    kernel.params.push_back(numbers.uniform(c.k, 0.5, 1.5));
  kernel.build = [c, rowTile](OpBuilder &b) {
    LinearSpec own = specOf(b.getContext(), c);
    return buildLinear(b, b.getUnknownLoc(), "linear", own,
                       configOf(own, rowTile));
  };
  LinearConfig config = configOf(spec, rowTile);
  kernel.grid = {(rows + config.rowTile - 1) / config.rowTile,
                 (c.n + config.colTile - 1) / config.colTile};
  return kernel;
}

class GpuInt4Test : public testing::TestWithParam<Int4Case> {};

TEST_P(GpuInt4Test, EqualsTheInterpreterInEveryForm) {
  for (auto [rowTile, rows] :
       {std::pair<int64_t, int64_t>{1, 2}, {8, 5}, {32, 20}, {64, 70}}) {
    KernelCase kernel = kernelOf(GetParam(), rowTile, rows);
    CaseResult meaning = runInterpreted(kernel, Precision::F64);
    CaseResult emulated = runEmulated(kernel, GpuVendor::Nvidia, 32, 1);
    // Rows are rounded to bf16 before the sums; the same ones in both.
    EXPECT_LE(largestError(meaning, emulated), GetParam().hasNorm ? 1e-4 : 1e-6)
        << rowTile;
  }
}

TEST_P(GpuInt4Test, ARowHasTheSameBitsInEveryForm) {
  constexpr int64_t kRows = 11;
  CaseResult one =
      runEmulated(kernelOf(GetParam(), 1, kRows), GpuVendor::Nvidia, 32, 1);
  for (int64_t rowTile : {8, 32, 64})
    EXPECT_EQ(runEmulated(kernelOf(GetParam(), rowTile, kRows),
                          GpuVendor::Nvidia, 32, 2)[2],
              one[2])
        << rowTile;
}

INSTANTIATE_TEST_SUITE_P(
    All, GpuInt4Test,
    testing::Values(Int4Case{"one_unit", 64, 64},
                    Int4Case{"experts_inner", 704, 96, true},
                    Int4Case{"dense_inner", 2112, 48},
                    Int4Case{"gated", 192, 40, true, Epilogue::GeluGated}),
    [](const auto &info) { return std::string(info.param.name); });

// Experts, each assignment by itself and grouped.
TEST(GpuInt4ExpertsTest, GroupedRowsHaveTheBitsOfSingleOnes) {
  constexpr int64_t kExperts = 4, kTopK = 2, kTokens = 9, kK = 128, kN = 64;
  auto context = makeKernelContext();
  auto spec = [&](MLIRContext *ctx, Experts experts) {
    return LinearSpec{.weight = weightType(ctx, {kExperts, kN, kK}),
                      .inputCols = kK,
                      .outputCols = kN,
                      .experts = experts,
                      .topK = kTopK};
  };
  CaseNumbers numbers(6);
  CaseParam x = numbers.uniform(kTokens * kK, -1, 1);
  CaseParam w =
      numbers.weight(weightType(context.get(), {kExperts, kN, kK}), 0.3);
  CaseParam y = CaseNumbers::zeros(kTokens * kTopK * kN);
  std::vector<double> chosen, order, tokens, experts, begins, ends;
  for (int64_t a = 0; a < kTokens * kTopK; ++a)
    chosen.push_back(double((a * 7 + a / 3) % kExperts));
  for (int64_t e = 0; e < kExperts; ++e) {
    begins.push_back(double(order.size()));
    for (int64_t a = 0; a < kTokens * kTopK; ++a)
      if (chosen[a] == double(e)) {
        order.push_back(double(a));
        tokens.push_back(double(a / kTopK));
      }
    experts.push_back(double(e));
    ends.push_back(double(order.size()));
  }
  auto build = [&](Experts form, int64_t rowTile) {
    return [=](OpBuilder &b) {
      LinearSpec own = spec(b.getContext(), form);
      return buildLinear(b, b.getUnknownLoc(), "linear", own,
                         configOf(own, rowTile));
    };
  };
  int64_t cols = configOf(spec(context.get(), Experts::Direct), 1).colTile;
  KernelCase direct{.name = "direct",
                    .build = build(Experts::Direct, 1),
                    .params = {x, w, y, CaseNumbers::number(kTokens * kTopK),
                               CaseNumbers::words(chosen)},
                    .grid = {kTokens * kTopK, (kN + cols - 1) / cols}};
  cols = configOf(spec(context.get(), Experts::Grouped), 16).colTile;
  KernelCase grouped{
      .name = "grouped",
      .build = build(Experts::Grouped, 16),
      .params = {x, w, y, CaseNumbers::number(kTokens * kTopK),
                 CaseNumbers::words(experts), CaseNumbers::words(begins),
                 CaseNumbers::words(ends), CaseNumbers::words({kExperts}),
                 CaseNumbers::words(order), CaseNumbers::words(tokens)},
      .grid = {kExperts + 1, (kN + cols - 1) / cols}};
  CaseResult meaning = runInterpreted(direct, Precision::F64);
  CaseResult one = runEmulated(direct, GpuVendor::Nvidia, 32, 1);
  EXPECT_LE(largestError({meaning[2]}, {one[2]}), 1e-6);
  EXPECT_EQ(runEmulated(grouped, GpuVendor::Nvidia, 32, 1)[2], one[2]);
  EXPECT_LE(
      largestError({runInterpreted(grouped, Precision::F64)[2]}, {one[2]}),
      1e-6);
}

} // namespace
} // namespace g4
