// Rows as each format stores them, and the panels that they are put into.

#include "compiler/quantize/Encode.h"

#include "compiler/quantize/PanelWriter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace g4 {
namespace {

using artifact::WeightFormat;

std::vector<float> normals(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> numbers(count);
  for (float &x : numbers)
    x = normal(random);
  return numbers;
}

TEST(EncodeTest, RoundingTwiceChangesNothing) {
  for (const WeightFormat &format : artifact::weightFormats()) {
    std::vector<float> once = normals(320, 3);
    roundRow(format, once);
    std::vector<float> twice = once;
    roundRow(format, twice);
    EXPECT_EQ(once, twice) << format.name;
  }
}

TEST(EncodeTest, ARowOfZerosStaysOne) {
  for (const WeightFormat &format : artifact::weightFormats()) {
    std::vector<float> row(64);
    roundRow(format, row);
    EXPECT_EQ(row, std::vector<float>(64)) << format.name;
  }
}

TEST(EncodeTest, LosesWhatItsStepsAreWorth) {
  // Half a step of the largest of the group, uniformly: 0.29 of a step.
  struct Case {
    const char *format;
    double least, most; // relative error in the square
  };
  for (const Case &c :
       {Case{"f16", 1e-5, 3e-4}, Case{"int4", .08, .09},
        Case{"int4-f16", .08, .09}, Case{"int4-g64", .09, .1},
        Case{"int4-min", .07, .08}, Case{"int4-min-f32", .07, .08},
        Case{"int8-g32", .004, .006}, Case{"int8", .006, .009},
        Case{"int6", .01, .02}, Case{"fp8", .02, .03}}) {
    const WeightFormat &format = *artifact::findFormat(c.format);
    double squares = 0, errors = 0;
    for (uint32_t seed = 0; seed < 20; ++seed) {
      std::vector<float> row = normals(1920, seed), rounded = row;
      roundRow(format, rounded);
      for (size_t k = 0; k < row.size(); ++k) {
        squares += double(row[k]) * row[k];
        errors += std::pow(double(rounded[k]) - row[k], 2);
      }
    }
    double loss = std::sqrt(errors / squares);
    EXPECT_GE(loss, c.least) << c.format;
    EXPECT_LE(loss, c.most) << c.format;
  }
}

TEST(EncodeTest, SignedCodesAreTheNearestWholeNumbersEvenAtHalf) {
  const WeightFormat &format = *artifact::findFormat("int8");
  std::vector<float> row = {127,  0.5F,  1.5F,   2.5F,    -0.5F, -1.5F,
                            -2.5, 0.49F, 126.5F, -126.5F, -127,  0};
  EncodedRow encoded; // its scale is 1
  encodeRow(format, row, encoded);
  for (size_t k = 0; k < row.size(); ++k)
    EXPECT_EQ(static_cast<int8_t>(encoded.codes[k]), std::lrint(row[k]))
        << row[k];
}

/// A panel of rows of normals, of which one is padding, and its numbers.
struct Panel {
  artifact::PackedMatrix matrix;
  std::vector<std::byte> bytes;
  std::vector<std::vector<float>> rows;
};

Panel makePanel(const artifact::PackedMatrix &matrix, int64_t padding) {
  Panel panel{matrix, {}, {}};
  PanelWriter writer(matrix);
  panel.bytes.assign(writer.numBytes(), std::byte{0xab});
  writer.begin(panel.bytes);
  for (int64_t n = 0; n < writer.numRows(); ++n) {
    panel.rows.push_back(normals(matrix.numCols, static_cast<uint32_t>(n)));
    EncodedRow encoded;
    encodeRow(*matrix.format, panel.rows[n], encoded);
    roundRow(*matrix.format, panel.rows[n]);
    if (n != padding) {
      writer.put(n, encoded, panel.bytes);
      continue;
    }
    writer.putPadding(n, panel.bytes);
    std::ranges::fill(panel.rows[n], 0);
  }
  return panel;
}

void expectNumbers(const Panel &panel) {
  const artifact::PackedMatrix &matrix = panel.matrix;
  for (int64_t n = 0; n < matrix.paddedRows(); ++n)
    for (int64_t k = 0; k < matrix.paddedCols(); ++k)
      EXPECT_EQ(static_cast<float>(matrix.valueOf(panel.bytes.data(), n, k)),
                k < matrix.numCols ? panel.rows[n][k] : 0)
          << n << ", " << k;
}

TEST(PanelWriterTest, APanelReadsAsItsRowsAndZeros) {
  for (const WeightFormat &format : artifact::weightFormats())
    for (const artifact::Packing &packing : format.packings)
      for (int64_t cols : {192, 160, 48, 16}) {
        if (!format.takesRowsOf(cols))
          continue;
        SCOPED_TRACE(format.name);
        SCOPED_TRACE(packing.name);
        SCOPED_TRACE(cols);
        artifact::PackedMatrix matrix{&format, &packing, packing.rows, cols};
        for (int64_t padding : {int64_t{-1}, packing.rows / 2})
          expectNumbers(makePanel(matrix, padding));
      }
}

} // namespace
} // namespace g4
