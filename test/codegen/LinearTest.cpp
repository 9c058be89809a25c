// The linear kernel in all its forms: interpreter against plain loops and the
// graph op, compiled code against the interpreter.

#include "gtest/gtest.h"

#include <algorithm>

#include "test/codegen/GraphMeaning.h"

namespace g4 {
namespace {

using namespace mlir;
using Experts = LinearSpec::Experts;

constexpr double kEpsilon = 1e-6;

struct LinearCase {
  std::string name;
  int64_t rows, k, n, rowTile, colTile;
  std::string format = "f32";
  bool hasNorm = false;
  graph::Epilogue epilogue = graph::Epilogue::None;
  int64_t colTilesPerItem = 1;
};

quant::WeightType weightType(MLIRContext *context, ArrayRef<int64_t> shape,
                             const std::string &name) {
  const artifact::WeightFormat &format = *artifact::findFormat(name);
  return quant::WeightType::get(
      context, shape, quant::FormatAttr::of(context, format),
      quant::LayoutAttr::of(context, *format.panelPacking));
}

LinearSpec specOf(const LinearCase &c, MLIRContext *context) {
  bool gated = c.epilogue == graph::Epilogue::GeluGated;
  return {.weight = weightType(context, {gated ? 2 * c.n : c.n, c.k}, c.format),
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
  bool readsF32 = specOf(c, context.get()).weight.getOperandType().isF32();
  double tolerance = readsF32 ? 1e-6 : 1e-2;
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

/// Cases of f16 and of each format with scales; of those that share their code
/// with int4 or int4-min, but for the scale, one.
std::vector<LinearCase> casesOfFormats() {
  std::vector<LinearCase> cases;
  for (const artifact::WeightFormat &format : artifact::weightFormats()) {
    if (format.isPlain() && format.name != "f16")
      continue;
    std::string name(format.name);
    std::string text = name;
    std::ranges::replace(text, '-', '_');
    // A unit and a half, where there are such rows.
    int64_t k = format.takesRowsOf(96) ? 96 : 128;
    cases.push_back({text + "_norm", 5, k, 88, 4, 48, name, true});
    if (name.starts_with("int4") && name != "int4-min")
      continue;
    cases.push_back({text, 3, 128, 128, 1, 64, name});
    cases.push_back({text + "_gated_tiles", 5, 192, 96, 2, 16, name, true,
                     graph::Epilogue::GeluGated, 3});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Formats, LinearTest,
                         testing::ValuesIn(casesOfFormats()),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

INSTANTIATE_TEST_SUITE_P(
    All, LinearTest,
    testing::Values(
        LinearCase{"plain", 3, 64, 128, 1, 64},
        LinearCase{"rows", 7, 72, 128, 4, 32},
        LinearCase{"tails", 5, 37, 88, 2, 48},
        LinearCase{"norm", 2, 200, 96, 1, 32, "f32", true},
        LinearCase{"norm_rows", 9, 130, 64, 8, 32, "f32", true},
        LinearCase{"gated", 3, 64, 96, 2, 48, "f32", true,
                   graph::Epilogue::GeluGated},
        LinearCase{"times", 3, 64, 80, 2, 16, "f32", false,
                   graph::Epilogue::GeluTimes},
        LinearCase{"times_tails", 3, 64, 88, 2, 48, "f32", false,
                   graph::Epilogue::GeluTimes},
        LinearCase{"softcap", 2, 64, 109, 2, 16, "f32", true,
                   graph::Epilogue::Softcap},
        LinearCase{"bf16", 3, 64, 128, 1, 64, "bf16", false},
        LinearCase{"bf16_tails", 5, 37, 88, 4, 48, "bf16", true},
        LinearCase{"bf16_gated", 3, 65, 96, 2, 48, "bf16", true,
                   graph::Epilogue::GeluGated},
        LinearCase{"tiles", 9, 130, 109, 4, 16, "f32", true,
                   graph::Epilogue::None, 7},
        LinearCase{"bf16_gated_tiles", 5, 65, 96, 2, 16, "bf16", true,
                   graph::Epilogue::GeluGated, 3},
        LinearCase{"int4", 3, 64, 128, 1, 64, "int4"},
        LinearCase{"int4_half_unit", 5, 96, 88, 4, 48, "int4", true},
        LinearCase{"int4_experts_inner", 9, 704, 64, 8, 32, "int4", true},
        LinearCase{"int4_dense_inner", 3, 2112, 48, 2, 16, "int4", false},
        LinearCase{"int4_gated_tiles", 5, 160, 96, 2, 16, "int4", true,
                   graph::Epilogue::GeluGated, 3}),
    [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace g4
