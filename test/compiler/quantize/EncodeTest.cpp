// Rows as each format stores them, and the panels that they are put into.

#include "compiler/quantize/Encode.h"

#include "compiler/quantize/PanelWriter.h"

#include <gtest/gtest.h>

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

TEST(PanelWriterTest, APanelReadsAsItsRowsAndZeros) {
  for (const WeightFormat &format : artifact::weightFormats())
    for (const artifact::Packing &packing : format.packings) {
      SCOPED_TRACE(format.name);
      SCOPED_TRACE(packing.name);
      artifact::PackedMatrix matrix{&format, &packing, packing.rows, 192};
      PanelWriter writer(matrix);
      std::vector<std::byte> panel(writer.numBytes(), std::byte{0xab});
      writer.begin(panel);
      int64_t real = packing.rows / 2; // a row of padding before and behind
      std::vector<float> row = normals(192, 4);
      EncodedRow encoded;
      encodeRow(format, row, encoded);
      for (int64_t n = 0; n < writer.numRows(); ++n)
        if (n == real)
          writer.put(n, encoded, panel);
        else
          writer.putPadding(n, panel);
      roundRow(format, row);
      for (int64_t n = 0; n < matrix.paddedRows(); ++n)
        for (int64_t k = 0; k < matrix.paddedCols(); ++k)
          EXPECT_EQ(static_cast<float>(matrix.valueOf(panel.data(), n, k)),
                    n == real && k < 192 ? row[k] : 0)
              << n << ", " << k;
    }
}

} // namespace
} // namespace g4
