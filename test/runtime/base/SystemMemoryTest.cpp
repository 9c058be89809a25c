#include "runtime/base/SystemMemory.h"

#include <gtest/gtest.h>

#include <vector>

namespace g4rt {
namespace {

constexpr const char *kMemInfo = "MemTotal:       24683520 kB\n"
                                 "MemFree:        17193984 kB\n"
                                 "MemAvailable:   23731200 kB\n";

TEST(SystemMemoryTest, AFieldOfMemInfoIsReadInBytes) {
  EXPECT_EQ(memInfoBytes(kMemInfo, "MemAvailable"), 23731200ull * 1024);
  EXPECT_EQ(memInfoBytes(kMemInfo, "MemTotal"), 24683520ull * 1024);
}

TEST(SystemMemoryTest, AMissingOrEmptyFieldIsNone) {
  EXPECT_FALSE(memInfoBytes(kMemInfo, "SwapFree"));
  EXPECT_FALSE(memInfoBytes(kMemInfo, "Mem"));
  EXPECT_FALSE(memInfoBytes("MemAvailable: soon\n", "MemAvailable"));
  EXPECT_FALSE(memInfoBytes("", "MemAvailable"));
}

TEST(SystemMemoryTest, AGroupLeavesItsLimitLessWhatItHolds) {
  EXPECT_EQ(groupMemoryBytes("1000\n", "300\n", ""), 700u);
}

TEST(SystemMemoryTest, FilePagesOfAGroupCountAsFree) {
  const char *stat = "anon 50\ninactive_file 100\nactive_file 150\n";
  EXPECT_EQ(groupMemoryBytes("1000", "300", stat), 950u);
}

TEST(SystemMemoryTest, AGroupOverItsLimitLeavesNothing) {
  EXPECT_EQ(groupMemoryBytes("1000", "3000", ""), 0u);
}

TEST(SystemMemoryTest, AGroupWithoutLimitIsNone) {
  EXPECT_FALSE(groupMemoryBytes("max\n", "300\n", ""));
  EXPECT_FALSE(groupMemoryBytes("", "", ""));
}

TEST(SystemMemoryTest, ThisMachineHasMemory) {
  ASSERT_TRUE(availableMemoryBytes());
  EXPECT_GT(*availableMemoryBytes(), uint64_t{1} << 20);
}

TEST(SystemMemoryTest, MemoryThatIsWrittenIsResident) {
  uint64_t before = residentBytes().value();
  std::vector<char> block(size_t{64} << 20, 1);
  EXPECT_GT(residentBytes().value(), before + (uint64_t{48} << 20));
  EXPECT_EQ(block.back(), 1);
}

TEST(SystemMemoryTest, BytesAreWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(byteText(0), "0 B");
  EXPECT_EQ(byteText(1023), "1023 B");
  EXPECT_EQ(byteText(1536), "1.5 KiB");
  EXPECT_EQ(byteText(uint64_t{3} << 30), "3.0 GiB");
}

} // namespace
} // namespace g4rt
