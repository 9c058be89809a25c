// The linear kernel in all its forms: interpreter against plain loops and the
// graph op, compiled code against the interpreter.

#include "gtest/gtest.h"

#include "test/codegen/GraphMeaning.h"

namespace g4 {
namespace {

using namespace mlir;
using Experts = LinearSpec::Experts;

constexpr double kEpsilon = 1e-6;

enum class Weights { F32, BF16, Int4 };

struct LinearCase {
  const char *name;
  int64_t rows, k, n, rowTile, colTile;
  Weights weights = Weights::F32;
  bool hasNorm = false;
  graph::Epilogue epilogue = graph::Epilogue::None;
  int64_t colTilesPerItem = 1;
};

quant::WeightType weightType(MLIRContext *context, ArrayRef<int64_t> shape,
                             Weights weights) {
  Builder b(context);
  bool isF32 = weights == Weights::F32;
  auto format = weights == Weights::Int4
                    ? quant::FormatAttr::get(context, b.getIntegerType(4), 32,
                                             b.getBF16Type())
                    : quant::FormatAttr::get(context,
                                             isF32 ? Type(b.getF32Type())
                                                   : b.getBF16Type(),
                                             0, Type());
  auto layout = quant::LayoutAttr::get(context, kPanelRows, isF32 ? 1 : 2);
  return quant::WeightType::get(context, shape, format, layout);
}

LinearSpec specOf(const LinearCase &c, MLIRContext *context) {
  bool gated = c.epilogue == graph::Epilogue::GeluGated;
  return {.weight =
              weightType(context, {gated ? 2 * c.n : c.n, c.k}, c.weights),
          .inputCols = c.k,
          .outputCols = c.n,
          .epilogue = c.epilogue,
          .cap = 30,
          .hasNorm = c.hasNorm,
          .epsilon = kEpsilon,
          .upCols = c.n + 5,
          .upOffset = 3};
}

KernelCase makeCase(const LinearCase &c, MLIRContext *context,
                    CaseNumbers &numbers) {
  KernelCase result;
  result.name = c.name;
  result.build = [c](OpBuilder &b) {
    return buildLinear(b, b.getUnknownLoc(), "linear",
                       specOf(c, b.getContext()),
                       {.rowTile = c.rowTile,
                        .colTile = c.colTile,
                        .colTilesPerItem = c.colTilesPerItem});
  };
  LinearSpec spec = specOf(c, context);
  result.params = {
      numbers.uniform(c.rows * c.k, -1, 1), numbers.weight(spec.weight, 0.3),
      CaseNumbers::zeros(c.rows * c.n), CaseNumbers::number(c.rows)};
  if (c.hasNorm)
    result.params.push_back(numbers.uniform(c.k, 0.5, 1.5));
  if (c.epilogue == graph::Epilogue::GeluTimes)
    result.params.push_back(numbers.uniform(c.rows * (c.n + 5), -1, 1));
  int64_t itemCols = c.colTile * c.colTilesPerItem;
  result.grid = {(c.rows + c.rowTile - 1) / c.rowTile,
                 (c.n + itemCols - 1) / itemCols};
  return result;
}

double gelu(double z) {
  return 0.5 * z *
         (1 + std::tanh(graph::kGeluSqrt2OverPi *
                        (z + graph::kGeluCubic * z * z * z)));
}

/// The same by plain loops, from the unpacked weight.
std::vector<double> plainLinear(const LinearCase &c, const KernelCase &kernel,
                                const std::vector<double> &w) {
  const std::vector<double> &x = kernel.params[0].content;
  const std::vector<double> &extra =
      kernel.params.size() > 4 ? kernel.params.back().content : x;
  std::vector<double> y(c.rows * c.n);
  for (int64_t t = 0; t < c.rows; ++t) {
    double sum = 0;
    for (int64_t k = 0; k < c.k; ++k)
      sum += x[t * c.k + k] * x[t * c.k + k];
    double scale = 1 / std::sqrt(sum / c.k + kEpsilon);
    auto product = [&](int64_t n) {
      double z = 0;
      for (int64_t k = 0; k < c.k; ++k) {
        double a = x[t * c.k + k];
        z += (c.hasNorm ? a * scale * extra[k] : a) * w[n * c.k + k];
      }
      return z;
    };
    for (int64_t n = 0; n < c.n; ++n) {
      double z = product(n);
      switch (c.epilogue) {
      case graph::Epilogue::None:
        break;
      case graph::Epilogue::GeluGated:
        z = gelu(z) * product(n + c.n);
        break;
      case graph::Epilogue::GeluTimes:
        z = gelu(z) * extra[t * (c.n + 5) + 3 + n];
        break;
      case graph::Epilogue::Softcap:
        z = 30 * std::tanh(z / 30);
        break;
      }
      y[t * c.n + n] = z;
    }
  }
  return y;
}

/// The same by the graph op.
std::vector<double> graphOp(const LinearCase &c, const KernelCase &kernel,
                            const LinearSpec &spec,
                            const std::vector<double> &w) {
  LinearNumbers numbers{kernel.params[0].content, w, {}, {}};
  if (c.hasNorm)
    numbers.norm = kernel.params[4].content;
  if (c.epilogue == graph::Epilogue::GeluTimes)
    for (int64_t i = 0; i < c.rows * c.n; ++i)
      numbers.up.push_back(
          kernel.params.back().content[i / c.n * (c.n + 5) + 3 + i % c.n]);
  return graphLinear(spec, numbers);
}

class LinearTest : public testing::TestWithParam<LinearCase> {};

TEST_P(LinearTest, AgreesWithPlainLoopsTheGraphOpAndCompiledCode) {
  const LinearCase &c = GetParam();
  auto context = makeKernelContext();
  CaseNumbers numbers(1);
  KernelCase kernel = makeCase(c, context.get(), numbers);
  CaseResult meaning = runInterpreted(kernel, Precision::F64);
  std::vector<double> plain = plainLinear(c, kernel, numbers.lastWeight());
  // Weights of bf16 and integers come with activations rounded to bf16.
  double tolerance = c.weights == Weights::F32 ? 1e-6 : 1e-2;
  // The same rounded activations, where no norm's last bit decides the
  // rounding.
  double sumTolerance = c.hasNorm ? tolerance : 1e-6;
  EXPECT_LE(largestError({plain}, {meaning[2]}), tolerance);
  std::vector<double> graph =
      graphOp(c, kernel, specOf(c, context.get()), numbers.lastWeight());
  EXPECT_LE(largestError({graph}, {meaning[2]}), tolerance);
  CaseResult native = runOnCpu(kernel, *nativeCpuTarget());
  for (const CpuTarget &target : allCpuTargets()) {
    if (&target < nativeCpuTarget())
      continue;
    CaseResult compiled = runOnCpu(kernel, target);
    EXPECT_LE(largestError(meaning, compiled), sumTolerance) << target.name;
    // vdpbf16ps or two multiply-adds, 16 lanes or 8: the same bits.
    EXPECT_EQ(compiled[2], native[2]) << target.name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, LinearTest,
    testing::Values(
        LinearCase{"plain", 3, 64, 128, 1, 64},
        LinearCase{"rows", 7, 72, 128, 4, 32},
        LinearCase{"tails", 5, 37, 88, 2, 48},
        LinearCase{"norm", 2, 200, 96, 1, 32, Weights::F32, true},
        LinearCase{"norm_rows", 9, 130, 64, 8, 32, Weights::F32, true},
        LinearCase{"gated", 3, 64, 96, 2, 48, Weights::F32, true,
                   graph::Epilogue::GeluGated},
        LinearCase{"times", 3, 64, 80, 2, 16, Weights::F32, false,
                   graph::Epilogue::GeluTimes},
        LinearCase{"times_tails", 3, 64, 88, 2, 48, Weights::F32, false,
                   graph::Epilogue::GeluTimes},
        LinearCase{"softcap", 2, 64, 109, 2, 16, Weights::F32, true,
                   graph::Epilogue::Softcap},
        LinearCase{"bf16", 3, 64, 128, 1, 64, Weights::BF16, false},
        LinearCase{"bf16_tails", 5, 37, 88, 4, 48, Weights::BF16, true},
        LinearCase{"bf16_gated", 3, 65, 96, 2, 48, Weights::BF16, true,
                   graph::Epilogue::GeluGated},
        LinearCase{"tiles", 9, 130, 109, 4, 16, Weights::F32, true,
                   graph::Epilogue::None, 7},
        LinearCase{"bf16_gated_tiles", 5, 65, 96, 2, 16, Weights::BF16, true,
                   graph::Epilogue::GeluGated, 3},
        LinearCase{"int4", 3, 64, 128, 1, 64, Weights::Int4},
        LinearCase{"int4_half_unit", 5, 96, 88, 4, 48, Weights::Int4, true},
        LinearCase{"int4_experts_inner", 9, 704, 64, 8, 32, Weights::Int4,
                   true},
        LinearCase{"int4_dense_inner", 3, 2112, 48, 2, 16, Weights::Int4,
                   false},
        LinearCase{"int4_gated_tiles", 5, 160, 96, 2, 16, Weights::Int4, true,
                   graph::Epilogue::GeluGated, 3}),
    [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace g4
