//===- PromptTest.cpp - A rendered conversation ---------------------------===//

#include "runtime/text/template/Prompt.h"

#include <gtest/gtest.h>

#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

TEST(PromptTest, JoinsNeighboursOfOneMode) {
  Prompt prompt;
  prompt.appendLiteral("<|turn>");
  prompt.appendContent("");
  prompt.appendLiteral("user\n");
  prompt.appendContent("a");
  prompt.appendContent("b");
  prompt.appendLiteral("");
  std::vector<TextSegment> expected = {{"<|turn>user\n", SpecialTokens::Match},
                                       {"ab", SpecialTokens::PlainText}};
  EXPECT_EQ(prompt.segments(), expected);
  EXPECT_EQ(prompt.joined(), "<|turn>user\nab");
  EXPECT_EQ(Prompt().joined(), "");
}

TEST(PromptTest, APlainPromptBeginsWithBosOnce) {
  TestTokenizer tiny(tinyTokenizerJson());
  using Ids = std::vector<int32_t>;
  EXPECT_EQ(encodePlainPrompt(*tiny, "<|turn>", 2), (Ids{2, 4}));
  EXPECT_EQ(encodePlainPrompt(*tiny, "<bos><|turn>", 2), (Ids{2, 4}));
  EXPECT_EQ(encodePlainPrompt(*tiny, "", 2), Ids{2});
  EXPECT_EQ(encodePlainPrompt(*tiny, "<|turn>", std::nullopt), Ids{4});
}

} // namespace
} // namespace g4rt
