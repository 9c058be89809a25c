// The fused norm+linear kernel on a GPU, in the emulator, with dots in
// registers; those of tensor cores: TensorCoreLinearTest.cpp.

#include "gtest/gtest.h"

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using namespace mlir;

struct GpuLinearCase {
  int64_t rows, k, n;
  int64_t rowTile, colTile;
  int64_t rowThreads, colThreads, vec; // of the accumulators in registers
  const artifact::WeightFormat *format;
};

LinearSpec normLinearSpec(MLIRContext *context, const GpuLinearCase &c) {
  return {.weight = quant::WeightType::get(
              context, {c.n, c.k}, quant::FormatAttr::of(context, *c.format),
              quant::LayoutAttr::of(context, *c.format->panelPacking)),
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

class RegisterLinear
    : public testing::TestWithParam<std::tuple<int, std::string>> {};

TEST_P(RegisterLinear, EqualsTheInterpreter) {
  auto [warpSize, name] = GetParam();
  const artifact::WeightFormat *format = artifact::findFormat(name);
  GpuLinearCase c{.rows = 5,
                  // Seven groups of 32: the last unit of 64 is half full.
                  .k = format->isPlain()     ? 200
                       : format->group == 64 ? 256
                                             : 224,
                  .n = 256,
                  .rowTile = 2,
                  .colTile = 128,
                  .rowThreads = 2,
                  .colThreads = 64,
                  .vec = 2,
                  .format = format};
  auto context = makeKernelContext();
  CaseNumbers numbers(3);
  auto build = [&](OpBuilder &b) {
    MLIRContext *ctx = b.getContext();
    LinearConfig config{.tile = {.layout = tile::BlockedAttr::get(
                                     ctx, c.rowThreads, c.colThreads, c.vec),
                                 .threads = c.rowThreads * c.colThreads,
                                 .colBlock = c.colThreads * c.vec},
                        .rowTile = c.rowTile,
                        .colTile = c.colTile};
    return buildLinear(b, b.getUnknownLoc(), "norm_linear",
                       normLinearSpec(ctx, c), config);
  };
  KernelCase kernel =
      normLinearCase(c, normLinearSpec(context.get(), c), numbers, build);
  CaseResult meaning = runInterpreted(kernel, Precision::F64);
  CaseResult emulated = runEmulated(
      kernel, warpSize == 32 ? GpuVendor::Nvidia : GpuVendor::Amd, warpSize, 1);
  EXPECT_LE(largestError(meaning, emulated),
            normLinearSpec(context.get(), c).weight.getOperandType().isF32()
                ? 1e-6
                : 1e-2);
}

std::vector<std::string> formatNames() {
  std::vector<std::string> names;
  for (const artifact::WeightFormat &format : artifact::weightFormats())
    names.emplace_back(format.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Warps, RegisterLinear,
                         testing::Combine(testing::Values(32, 64),
                                          testing::ValuesIn(formatNames())));

} // namespace
} // namespace g4
