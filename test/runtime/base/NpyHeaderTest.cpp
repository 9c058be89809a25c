#include "runtime/base/NpyHeader.h"

#include "gtest/gtest.h"

#include <string>

namespace g4rt {
namespace {

TEST(NpyHeaderTest, NamesTypeAndShape) {
  EXPECT_TRUE(npyHeader("<f4", "(2, 3)")
                  .substr(10)
                  .starts_with("{'descr': '<f4', 'fortran_order': False, "
                               "'shape': (2, 3), }"));
}

TEST(NpyHeaderTest, DataBeginsAtAMultipleOf64) {
  for (size_t digits = 1; digits < 300; ++digits) {
    std::string head = npyHeader("<f8", "(" + std::string(digits, '1') + ",)");
    EXPECT_EQ(head.size() % 64, 0u);
    EXPECT_EQ(head.back(), '\n');
    size_t length = static_cast<uint8_t>(head[8]) +
                    256 * static_cast<size_t>(static_cast<uint8_t>(head[9]));
    EXPECT_EQ(length, head.size() - 10);
  }
}

} // namespace
} // namespace g4rt
