// The table of formats.

#include "runtime/artifact/WeightFormat.h"

#include "runtime/artifact/ElementSize.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

namespace g4::artifact {
namespace {

TEST(WeightFormatTest, NamesTellFormatsAndPackingsApart) {
  std::set<std::string_view> names, symbols;
  std::set<std::pair<NumberType, std::string_view>> packings;
  for (const WeightFormat &format : weightFormats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_TRUE(symbols.insert(format.symbol).second) << format.symbol;
    EXPECT_EQ(findFormat(format.name), &format);
    for (const Packing &packing : format.packings) {
      EXPECT_TRUE(packings.emplace(format.element, packing.name).second)
          << format.name << " " << packing.name;
      EXPECT_EQ(format.findPacking(packing.name), &packing);
    }
  }
  EXPECT_EQ(findFormat("int5"), nullptr);
}

TEST(WeightFormatTest, AFormatIsFoundByWhatItIs) {
  for (const WeightFormat &format : weightFormats())
    EXPECT_EQ(format.isPlain() ? findPlainFormat(format.element)
                               : findFormat(format.element, format.group,
                                            format.scale, format.hasMinimum),
              &format)
        << format.name;
}

TEST(WeightFormatTest, AnOrderHasEachBitOfItsUnitOnce) {
  for (const WeightFormat &format : weightFormats())
    for (const Packing &packing : format.packings) {
      std::set<std::pair<bool, int>> bits;
      for (PlaceOrder::Bit bit : packing.codes.bits()) {
        EXPECT_TRUE(bits.emplace(bit.isRow, bit.number).second) << packing.name;
        EXPECT_LT(1 << bit.number, bit.isRow ? packing.rows : packing.cols);
      }
      EXPECT_EQ(int64_t{1} << bits.size(), packing.rows * packing.cols);
    }
}

TEST(WeightFormatTest, TheCodeOfZeroIsZero) {
  for (const WeightFormat &format : weightFormats())
    EXPECT_EQ(format.numberOf(format.zeroCode), 0) << format.name;
}

TEST(WeightFormatTest, SyntheticCodesAreFinite) {
  for (const WeightFormat &format : weightFormats())
    for (uint32_t code = 0; !format.isPlain() && code < 1u << format.bits;
         ++code)
      EXPECT_TRUE(std::isfinite(format.numberOf(code & format.syntheticMask)))
          << format.name << " " << code;
}

TEST(WeightFormatTest, NumbersOf16And8BitsAreThose) {
  EXPECT_EQ(floatOf(NumberType::F16, 0x3c00), 1);
  EXPECT_EQ(floatOf(NumberType::F16, 0x8001), -0x1p-24f);
  EXPECT_EQ(bitsOf(NumberType::F16, 1e6f), 0x7bffu) << "the largest";
  EXPECT_EQ(floatOf(NumberType::F8E4M3, 0x38), 1);
  EXPECT_EQ(floatOf(NumberType::F8E4M3, 0x7e), 448);
  EXPECT_EQ(floatOf(NumberType::F8E4M3, 0x81), -0x1p-9f);
  EXPECT_EQ(bitsOf(NumberType::F8E4M3, -1000), 0xfeu) << "the largest";
}

TEST(WeightFormatTest, F16IsWhatTheCompilersOwnTypeIs) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float number = std::bit_cast<_Float16>(static_cast<uint16_t>(bits));
    float ours = floatOf(NumberType::F16, bits);
    if (std::isnan(number))
      EXPECT_TRUE(std::isnan(ours)) << bits;
    else
      EXPECT_EQ(std::bit_cast<uint32_t>(ours), std::bit_cast<uint32_t>(number))
          << bits;
  }
  // Halfway between two f16, and beside that, of all sizes.
  for (uint32_t high = 0; high < 0x10000; ++high)
    for (uint32_t low : {0x0000, 0x0001, 0x0fff, 0x1000, 0x1001, 0x8000}) {
      float number = std::bit_cast<float>(high << 16 | low);
      if (!(std::abs(number) <= kLargestF16))
        continue;
      EXPECT_EQ(bitsOf(NumberType::F16, number),
                std::bit_cast<uint16_t>(static_cast<_Float16>(number)))
          << number;
    }
}

TEST(WeightFormatTest, EveryNumberOf8BitsIsRoundedToItselfAndHalfwaysToEven) {
  for (uint32_t code = 0; code < 0x7e; ++code) {
    float x = floatOf(NumberType::F8E4M3, code);
    float next = floatOf(NumberType::F8E4M3, code + 1);
    EXPECT_EQ(bitsOf(NumberType::F8E4M3, x), code);
    EXPECT_EQ(bitsOf(NumberType::F8E4M3, -x), code | 0x80);
    EXPECT_EQ(bitsOf(NumberType::F8E4M3, (x + next) / 2), code + code % 2);
    EXPECT_EQ(bitsOf(NumberType::F8E4M3, x * .49f + next * .51f), code + 1);
  }
}

TEST(WeightFormatTest, TypesAreNumberedAndNamedAsTheSchemaHasThem) {
  for (const WeightFormat &format : weightFormats()) {
    DType dtype = g4rt::dtypeOf(format.element);
    EXPECT_EQ(EnumNameDType(dtype), nameOf(format.element));
    EXPECT_TRUE(g4rt::isWeightType(dtype));
  }
  EXPECT_FALSE(g4rt::isWeightType(DType::i32));
}

} // namespace
} // namespace g4::artifact
