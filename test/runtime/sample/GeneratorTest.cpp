#include "runtime/sample/Generator.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

// The known answers published with Random123 (kat_vectors).
TEST(GeneratorTest, PhiloxGivesTheKnownAnswers) {
  using Block = std::array<uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                       {0xffffffff, 0xffffffff}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                       {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(GeneratorTest, GoesOnFromASavedState) {
  Generator generator(42);
  for (int i = 0; i < 10; ++i)
    generator.next();
  Generator restored(generator.seed(), generator.numDrawn());
  EXPECT_EQ(restored.numDrawn(), 10u);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(generator.next(), restored.next());
}

TEST(GeneratorTest, NumbersAreUniform) {
  Generator generator(1);
  double sum = 0;
  int bins[10] = {};
  for (int i = 0; i < 100000; ++i) {
    double x = generator.next();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    sum += x;
    ++bins[static_cast<int>(x * 10)];
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);
  for (int bin : bins)
    EXPECT_NEAR(bin, 10000, 500);
}

TEST(GeneratorTest, SeedsGiveDifferentNumbers) {
  EXPECT_NE(Generator(1).next(), Generator(2).next());
  EXPECT_NE(Generator(1).next(), Generator(uint64_t{1} << 32).next());
}

} // namespace
} // namespace g4rt
