// Rows of integers: the kernel that makes them against plain loops, and dots
// of them against products of what codes and scales stand for. Sums of codes
// are exact, so little is allowed.

#include "test/codegen/IntegerRows.h"

#include "dialects/tile/QuantizedRow.h"

#include "gtest/gtest.h"

#include <algorithm>

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using namespace mlir;

constexpr double kEpsilon = 1e-6;

KernelCase quantizeCase(const QuantizeSpec &spec, int64_t rows,
                        std::vector<double> x) {
  KernelCase result;
  result.build = [spec](OpBuilder &b) {
    return buildQuantizeRows(b, b.getUnknownLoc(), "quantize_rows", spec, {});
  };
  result.params = {CaseParam{Element::F32, std::move(x), {}},
                   CaseNumbers::zeros(rows * spec.numWords(), Element::I32)};
  result.grid = {rows, 1};
  return result;
}

TEST(QuantizeRows, MeaningAndCodeAreThePlainLoopsBytes) {
  for (int64_t cols : {64, 96, 704}) {
    CaseNumbers numbers(1);
    std::vector<double> x = numbers.uniform(3 * cols, -2, 2).content;
    // A group of zeros, one too small for a scale, one with a single number.
    std::fill_n(x.begin(), 32, 0.0);
    std::fill_n(x.begin() + 32, 32, 0x1p-120);
    std::fill_n(x.begin() + cols, 32, 0.0);
    x[cols + 5] = -3;
    std::vector<double> expected = x;
    std::fill_n(expected.begin() + 32, 32, 0.0);
    KernelCase kernel = quantizeCase({.cols = cols}, 3, x);
    std::vector<double> words = quantizedWords(expected, cols);
    EXPECT_EQ(runInterpreted(kernel, Precision::F64)[1], words) << cols;
    EXPECT_EQ(runOnCpu(kernel, *nativeCpuTarget())[1], words) << cols;
  }
}

TEST(QuantizeRows, NormAndRowMap) {
  constexpr int64_t kCols = 96, kRows = 4;
  CaseNumbers numbers(2);
  std::vector<double> x = numbers.uniform(kRows * kCols, -1, 1).content;
  QuantizeSpec spec{
      .cols = kCols, .hasNorm = true, .epsilon = kEpsilon, .hasRowMap = true};
  KernelCase kernel = quantizeCase(spec, 2, x);
  CaseParam norm = numbers.uniform(kCols, 0.5, 1.5);
  kernel.params.push_back(norm);
  kernel.params.push_back(CaseNumbers::words({3, 1}));
  std::vector<double> expected;
  for (int64_t row : {3, 1}) {
    double sum = 0;
    for (int64_t k = 0; k < kCols; ++k)
      sum += x[row * kCols + k] * x[row * kCols + k];
    for (int64_t k = 0; k < kCols; ++k)
      expected.push_back(x[row * kCols + k] * norm.content[k] /
                         std::sqrt(sum / kCols + kEpsilon));
  }
  double largest = 0;
  for (double number : expected)
    largest = std::max(largest, std::abs(number));
  for (const CaseResult &result : {runInterpreted(kernel, Precision::F64),
                                   runOnCpu(kernel, *nativeCpuTarget())}) {
    std::vector<double> found = numbersOfWords(result[1], kCols);
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 0.51 * largest / 127) << i;
  }
}

struct DotCase {
  std::string name, format;
  int64_t rows, k, n, rowTile, colTile, colTilesPerItem;
};

class IntegerDotTest : public testing::TestWithParam<DotCase> {};

TEST_P(IntegerDotTest, IsTheProductOfWhatCodesStandFor) {
  const DotCase &c = GetParam();
  auto context = makeKernelContext();
  const artifact::WeightFormat &format = *artifact::findFormat(c.format);
  LinearSpec spec{
      .weight = quant::WeightType::get(
          context.get(), {c.n, c.k},
          quant::FormatAttr::of(context.get(), format),
          quant::LayoutAttr::of(context.get(), *format.panelPacking)),
      .inputCols = c.k,
      .outputCols = c.n,
      .integerRows = true};
  CaseNumbers numbers(1);
  std::vector<double> words =
      quantizedWords(numbers.uniform(c.rows * c.k, -1, 1).content, c.k);
  KernelCase kernel;
  kernel.build = [&](OpBuilder &b) {
    LinearSpec own = spec;
    own.weight = quant::WeightType::get(
        b.getContext(), {c.n, c.k},
        quant::FormatAttr::of(b.getContext(), format),
        quant::LayoutAttr::of(b.getContext(), *format.panelPacking));
    return buildLinear(b, b.getUnknownLoc(), "linear", own,
                       {.rowTile = c.rowTile,
                        .colTile = c.colTile,
                        .colTilesPerItem = c.colTilesPerItem});
  };
  kernel.params = {
      CaseParam{Element::I32, words, {}}, numbers.weight(spec.weight, 0.3),
      CaseNumbers::zeros(c.rows * c.n), CaseNumbers::number(c.rows)};
  int64_t itemCols = c.colTile * c.colTilesPerItem;
  kernel.grid = {(c.rows + c.rowTile - 1) / c.rowTile,
                 (c.n + itemCols - 1) / itemCols};
  std::vector<double> x = numbersOfWords(words, c.k), plain;
  const std::vector<double> &w = numbers.lastWeight();
  for (int64_t row = 0; row < c.rows; ++row)
    for (int64_t col = 0; col < c.n; ++col) {
      double sum = 0;
      for (int64_t k = 0; k < c.k; ++k)
        sum += x[row * c.k + k] * w[col * c.k + k];
      plain.push_back(sum);
    }
  CaseResult meaning = runInterpreted(kernel, Precision::F64);
  EXPECT_LE(largestError({plain}, {meaning[2]}), 1e-6);
  CaseResult native = runOnCpu(kernel, *nativeCpuTarget());
  for (const CpuTarget &target : allCpuTargets()) {
    // LLVM takes seconds for the plain form of a large tile.
    if (&target < nativeCpuTarget() && c.rowTile != 2)
      continue;
    CaseResult compiled = runOnCpu(kernel, target);
    EXPECT_LE(largestError({plain}, {compiled[2]}), 1e-6) << target.name;
    // vpdpbusd or vpmaddubsw, 64 bytes or 32: the same bits.
    EXPECT_EQ(compiled[2], native[2]) << target.name;
  }
}

/// Each format that has such dots: a row, and tiles that rows and columns do
/// not fill, of whole units and of half of one where there are such rows.
std::vector<DotCase> dotCases() {
  std::vector<DotCase> cases;
  for (const artifact::WeightFormat &format : artifact::weightFormats()) {
    if (!tile::QuantizedRow::suits(format))
      continue;
    std::string name(format.name);
    std::string text = name;
    std::ranges::replace(text, '-', '_');
    int64_t k = format.takesRowsOf(96) ? 96 : 128;
    cases.push_back({text + "_row", name, 1, k + 64, 128, 1, 64, 2});
    cases.push_back({text + "_pairs", name, 3, k, 88, 2, 16, 3});
    cases.push_back({text + "_tiles", name, 7, k, 88, 4, 16, 3});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Formats, IntegerDotTest, testing::ValuesIn(dotCases()),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

} // namespace
} // namespace g4
