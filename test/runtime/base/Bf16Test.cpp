//===- Bf16Test.cpp -------------------------------------------------------===//

#include "runtime/base/Bf16.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

namespace g4rt {
namespace {

TEST(Bf16Test, EveryBf16ComesBackUnchanged) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = fromBf16(static_cast<uint16_t>(bits));
    if (!std::isnan(value)) {
      EXPECT_EQ(toBf16(value), bits);
    }
  }
}

TEST(Bf16Test, ATieGoesToTheEvenOne) {
  // bf16 near 1 are 2^-7 apart.
  EXPECT_EQ(fromBf16(toBf16(1 + 1.0f / 256)), 1.0f);
  EXPECT_EQ(fromBf16(toBf16(1 + 3.0f / 256)), 1 + 4.0f / 256);
}

TEST(Bf16Test, NaNStaysNaNAndTheLargestFloatBecomesInfinite) {
  // Its upper half alone would be an infinity.
  EXPECT_TRUE(std::isnan(fromBf16(toBf16(std::bit_cast<float>(0x7f800001u)))));
  EXPECT_TRUE(std::isinf(fromBf16(toBf16(std::numeric_limits<float>::max()))));
}

} // namespace
} // namespace g4rt
