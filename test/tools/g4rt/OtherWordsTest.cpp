//===- OtherWordsTest.cpp - Flags of other servers ------------------------===//

#include "tools/g4rt/OtherWords.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

using Words = std::vector<std::string>;

TEST(OtherWordsTest, TheSameFlagHasOurName) {
  EXPECT_EQ(inOurWords({"m.g4", "-np", "4", "--alias=x", "--dry-run"}).words,
            (Words{"m.g4", "--max-num-seqs", "4", "--served-model-name=x",
                   "--print-plan"}));
}

TEST(OtherWordsTest, WhatIsAlwaysSoIsLeftOutWithANote) {
  Translation translation = inOurWords(
      {"m.g4", "--jinja", "-fa", "on", "--flash-attn", "--port", "1",
       "--tool-call-parser", "gemma4", "--reasoning-parser=gemma4", "-cb"});
  EXPECT_EQ(translation.words, (Words{"m.g4", "--port", "1"}));
  EXPECT_EQ(translation.notes.size(), 6u);
  EXPECT_EQ(translation.notes[0], "--jinja: is always so");
}

TEST(OtherWordsTest, OurOwnWordsStayAsTheyAre) {
  Words words = {"m.g4", "--host", "::1", "--strict", "-t", "4", "--what"};
  EXPECT_EQ(inOurWords(words).words, words);
  EXPECT_TRUE(inOurWords(words).notes.empty());
  EXPECT_EQ(inOurWords({"--tool-call-parser"}).words, Words());
}

} // namespace
} // namespace g4rt
