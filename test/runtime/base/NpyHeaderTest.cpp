#include "runtime/base/NpyHeader.h"

#include "gtest/gtest.h"

#include <vector>

namespace g4rt {
namespace {

std::string textOf(const std::vector<int64_t> &shape) {
  return npyHeader("<f4", shape).substr(10);
}

TEST(NpyHeaderTest, NamesTypeAndShapeAsPythonWritesThem) {
  EXPECT_TRUE(textOf({2, 3}).starts_with(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
  EXPECT_NE(textOf({3}).find("'shape': (3,), }"), std::string::npos);
  EXPECT_NE(textOf({}).find("'shape': (), }"), std::string::npos);
}

TEST(NpyHeaderTest, DataBeginsAtAMultipleOf64) {
  for (int64_t size = 1; size < int64_t{1} << 60; size *= 10) {
    std::string head = npyHeader("<f8", std::vector<int64_t>{size, size});
    EXPECT_EQ(head.size() % 64, 0u);
    EXPECT_EQ(head.back(), '\n');
    size_t length = static_cast<uint8_t>(head[8]) +
                    256 * static_cast<size_t>(static_cast<uint8_t>(head[9]));
    EXPECT_EQ(length, head.size() - 10);
  }
}

} // namespace
} // namespace g4rt
