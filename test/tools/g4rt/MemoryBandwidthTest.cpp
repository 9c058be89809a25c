#include "tools/g4rt/MemoryBandwidth.h"

#include "runtime/device/Cards.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(MemoryBandwidthTest, TheFlagIsANumberOrOneOfTwoWords) {
  for (const char *word : {"auto", "measure"}) {
    std::string text = word;
    EXPECT_EQ(readMemoryBandwidth(text), "");
    EXPECT_EQ(text, word);
  }
  std::string text = "40GB";
  EXPECT_EQ(readMemoryBandwidth(text), "");
  EXPECT_EQ(text, "40000000000");
}

TEST(MemoryBandwidthTest, WhatItIsNotIsSaid) {
  for (std::string text : {"fast", "-3GB", "0", ""}) {
    std::string wrong = readMemoryBandwidth(text);
    EXPECT_NE(wrong.find("auto"), std::string::npos) << wrong;
    EXPECT_NE(wrong.find("measure"), std::string::npos) << wrong;
  }
}

TEST(MemoryBandwidthTest, ADevicesNameHasItsCards) {
  EXPECT_EQ(cardNameOf("cuda:0 NVIDIA H200 (GPU-8f6d)"), "NVIDIA H200");
  EXPECT_EQ(cardNameOf("cuda:1 NVIDIA H200 (emulated) (GPU-1)"), "NVIDIA H200");
  EXPECT_EQ(cardNameOf("cpu"), "");
  auto card = findCard(cardNameOf("cuda:0 NVIDIA H200 (GPU-8f6d)"));
  ASSERT_TRUE(card);
  EXPECT_EQ(card->bandwidth, 4.8e12);
}

TEST(MemoryBandwidthTest, NothingIsMeasuredUnlessItIsAskedFor) {
  EXPECT_EQ(measuredBandwidth("auto", 1), 0);
  EXPECT_EQ(measuredBandwidth("5000000000", 1), 0);
}

} // namespace
} // namespace g4rt
