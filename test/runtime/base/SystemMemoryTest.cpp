#include "runtime/base/SystemMemory.h"

#include <gtest/gtest.h>

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

TEST(SystemMemoryTest, BytesAreWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(byteText(0), "0 B");
  EXPECT_EQ(byteText(1023), "1023 B");
  EXPECT_EQ(byteText(1536), "1.5 KiB");
  EXPECT_EQ(byteText(uint64_t{3} << 30), "3.0 GiB");
}

TEST(ParseBytesTest, TakesWhatPeopleWrite) {
  for (auto [text, bytes] : {std::pair{"20GiB", uint64_t{20} << 30},
                             {"1.5 GiB", uint64_t{3} << 29},
                             {"512M", uint64_t{512} << 20},
                             {"512m", uint64_t{512} << 20},
                             {"8GB", uint64_t{8'000'000'000}},
                             {"100", uint64_t{100}},
                             {"100B", uint64_t{100}}}) {
    auto parsed = parseBytes(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, bytes) << text;
  }
}

TEST(ParseBytesTest, SaysWhatItNeeds) {
  for (const char *text : {"", "GiB", "0", "-1", "nan", "inf", "5X", "5GiBs",
                           "5 G B", "1e30", "0x10G"}) {
    auto parsed = parseBytes(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().message(),
              std::string(text) +
                  ": needs a number of bytes such as 20GiB, 512M or 8GB");
  }
}

} // namespace
} // namespace g4rt
