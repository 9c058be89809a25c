//===- AsciiTest.cpp - Case and blanks of protocol text -------------------===//

#include "runtime/base/Ascii.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(AsciiTest, LowersLettersAndNothingElse) {
  EXPECT_EQ(asciiLower("AZaz@[`{09-\xc3\x84"), "azaz@[`{09-\xc3\x84");
}

TEST(AsciiTest, ComparesWithoutCase) {
  EXPECT_TRUE(asciiEqualsNoCase("Content-Length", "content-length"));
  EXPECT_FALSE(asciiEqualsNoCase("host", "hosts"));
  EXPECT_FALSE(asciiEqualsNoCase("a", "b"));
  EXPECT_FALSE(asciiEqualsNoCase("@", "`"));
}

TEST(AsciiTest, TrimsBlanksAtTheEndsAlone) {
  EXPECT_EQ(asciiTrimmed(" \ta b\t ", " \t"), "a b");
  EXPECT_EQ(asciiTrimmed("\na\n", " \t"), "\na\n");
  EXPECT_EQ(asciiTrimmed("  ", " "), "");
  EXPECT_EQ(asciiTrimmed("", " "), "");
}

} // namespace
} // namespace g4rt
