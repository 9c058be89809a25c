// The fused norm+linear kernel on a GPU, in the emulator, with dots in
// registers; those of tensor cores: TensorCoreLinearTest.cpp.

#include "gtest/gtest.h"

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using namespace mlir;

enum class Weights { F32, BF16, Int4 };

struct GpuLinearCase {
  int64_t rows, k, n;
  int64_t rowTile, colTile;
  int64_t rowThreads, colThreads, vec; // of the accumulators in registers
  Weights weights;
};

LinearSpec normLinearSpec(MLIRContext *context, const GpuLinearCase &c,
                          quant::LayoutAttr layout) {
  Builder b(context);
  Type bf16 = b.getBF16Type(), f32 = b.getF32Type();
  auto format =
      c.weights == Weights::Int4
          ? quant::FormatAttr::get(context, b.getIntegerType(4), 32, bf16)
          : quant::FormatAttr::get(
                context, c.weights == Weights::F32 ? f32 : bf16, 0, Type());
  return {.weight = quant::WeightType::get(context, {c.n, c.k}, format, layout),
          .inputCols = c.k,
          .outputCols = c.n,
          .hasNorm = true,
          .epsilon = 1e-6};
}

KernelCase normLinearCase(const GpuLinearCase &c, LinearSpec spec,
                          CaseNumbers &numbers,
                          std::function<tile::KernelOp(OpBuilder &)> build) {
  return {.name = "norm_linear",
          .build = std::move(build),
          .params = {numbers.uniform(c.rows * c.k, -1, 1),
                     numbers.weight(spec.weight, 0.3),
                     CaseNumbers::zeros(c.rows * c.n),
                     CaseNumbers::number(c.rows),
                     numbers.uniform(c.k, 0.5, 1.5)},
          .grid = {(c.rows + c.rowTile - 1) / c.rowTile,
                   (c.n + c.colTile - 1) / c.colTile}};
}

class RegisterLinear : public testing::TestWithParam<std::tuple<int, Weights>> {
};

TEST_P(RegisterLinear, EqualsTheInterpreter) {
  auto [warpSize, weights] = GetParam();
  bool isF32 = weights == Weights::F32;
  GpuLinearCase c{.rows = 5,
                  // Seven groups of 32: the last unit of 64 is half full.
                  .k = weights == Weights::Int4 ? 224 : 200,
                  .n = 256,
                  .rowTile = 2,
                  .colTile = 128,
                  .rowThreads = 2,
                  .colThreads = 64,
                  .vec = 2,
                  .weights = weights};
  auto context = makeKernelContext();
  CaseNumbers numbers(3);
  auto layout = [&](MLIRContext *ctx) {
    return quant::LayoutAttr::get(ctx, kPanelRows, isF32 ? 1 : 2);
  };
  auto build = [&](OpBuilder &b) {
    MLIRContext *ctx = b.getContext();
    LinearConfig config{.tile = {.layout = tile::BlockedAttr::get(
                                     ctx, c.rowThreads, c.colThreads, c.vec),
                                 .threads = c.rowThreads * c.colThreads,
                                 .colBlock = c.colThreads * c.vec},
                        .rowTile = c.rowTile,
                        .colTile = c.colTile};
    return buildLinear(b, b.getUnknownLoc(), "norm_linear",
                       normLinearSpec(ctx, c, layout(ctx)), config);
  };
  KernelCase kernel =
      normLinearCase(c, normLinearSpec(context.get(), c, layout(context.get())),
                     numbers, build);
  CaseResult meaning = runInterpreted(kernel, Precision::F64);
  CaseResult emulated = runEmulated(
      kernel, warpSize == 32 ? GpuVendor::Nvidia : GpuVendor::Amd, warpSize, 1);
  EXPECT_LE(largestError(meaning, emulated), isF32 ? 1e-6 : 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Warps, RegisterLinear,
                         testing::Combine(testing::Values(32, 64),
                                          testing::Values(Weights::F32,
                                                          Weights::BF16,
                                                          Weights::Int4)));

} // namespace
} // namespace g4
