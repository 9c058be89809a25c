// Rows that are encoded already: what is repacked reads as the blocks do.

#include "compiler/quantize/EncodeStored.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace g4 {
namespace {

using artifact::findFormat;
using artifact::WeightFormat;

/// Whole blocks of random bits, of so many columns, whose numbers are finite.
std::vector<std::byte> randomBlocks(RowStorage storage, int64_t cols,
                                    uint32_t seed) {
  const BlockFormat &format = *blockFormatOf(storage);
  std::mt19937 random(seed);
  std::vector<std::byte> bytes;
  std::vector<float> numbers(format.numElements);
  while (int64_t(bytes.size()) < cols / format.numElements * format.numBytes) {
    std::vector<std::byte> block(format.numBytes);
    for (std::byte &byte : block)
      byte = std::byte(random());
    format.decode(block, numbers);
    bool isFinite = true;
    for (float x : numbers)
      isFinite &= std::isfinite(x);
    if (isFinite)
      bytes.insert(bytes.end(), block.begin(), block.end());
  }
  return bytes;
}

struct Case {
  RowStorage storage;
  const char *format;
  double tolerance; // relative, of the scale
};

class EncodeStoredTest : public testing::TestWithParam<Case> {};

TEST_P(EncodeStoredTest, ReadsAsTheBlocksDo) {
  const Case &c = GetParam();
  const WeightFormat &format = *findFormat(c.format);
  ASSERT_TRUE(takesStorage(format, c.storage));
  constexpr int64_t kCols = 2048;
  for (uint32_t seed = 0; seed < 8; ++seed) {
    std::vector<std::byte> bytes = randomBlocks(c.storage, kCols, seed);
    std::vector<float> expected(kCols), found(kCols);
    blockFormatOf(c.storage)->decode(bytes, expected);
    EncodedRow row;
    EXPECT_EQ(encodeStored(format, c.storage, bytes, kCols, row), 0);
    decodeRow(format, row, found);
    for (int64_t k = 0; k < kCols; ++k) {
      // A scale that f16 cannot hold is cut.
      if (c.tolerance > 0 && std::abs(expected[k]) > 30000)
        continue;
      EXPECT_LE(std::abs(found[k] - expected[k]),
                c.tolerance * std::abs(expected[k]) +
                    (c.tolerance > 0 ? 64 * 0x1p-25 : 0))
          << k << ": " << expected[k];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pairs, EncodeStoredTest,
    testing::Values(Case{RowStorage::F32, "f32", 0},
                    Case{RowStorage::BF16, "bf16", 0},
                    Case{RowStorage::F16, "f16", 0},
                    Case{RowStorage::Q4_0, "int4-f16", 0},
                    Case{RowStorage::Q4_0, "int4", 0x1p-8},
                    Case{RowStorage::Q8_0, "int8-g32", 0},
                    Case{RowStorage::Q4_1, "int4-min", 0},
                    Case{RowStorage::Q4_K, "int4-min-f32", 0},
                    Case{RowStorage::Q6_K, "int6", 0x1p-11}));

TEST(EncodeStored, CountsWhatIsNotFinite) {
  std::vector<std::byte> block(18);
  block[1] = std::byte{0x7c}; // d of Q4_0 is infinite
  EncodedRow row;
  EXPECT_EQ(
      encodeStored(*findFormat("int4-f16"), RowStorage::Q4_0, block, 32, row),
      1);
  std::vector<std::byte> numbers(8);
  numbers[2] = std::byte{0xc0};
  numbers[3] = std::byte{0x7f}; // the second bf16 is NaN
  EXPECT_EQ(
      encodeStored(*findFormat("bf16"), RowStorage::BF16, numbers, 4, row), 1);
}

TEST(EncodeStored, TakesNothingThatItWouldHaveToRound) {
  EXPECT_FALSE(takesStorage(*findFormat("int4"), RowStorage::BF16));
  EXPECT_FALSE(takesStorage(*findFormat("int8"), RowStorage::Q8_0));
  EXPECT_FALSE(takesStorage(*findFormat("bf16"), RowStorage::F16));
}

} // namespace
} // namespace g4
