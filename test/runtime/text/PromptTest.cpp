#include "runtime/text/Prompt.h"

#include <gtest/gtest.h>

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

} // namespace
} // namespace g4rt
