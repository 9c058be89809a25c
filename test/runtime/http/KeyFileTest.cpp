#include "runtime/http/KeyFile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

using testing::ElementsAre;

TEST(KeyFileTest, AKeyALine) {
  EXPECT_THAT(*parseKeys("one\ntwo"), ElementsAre("one", "two"));
  EXPECT_THAT(*parseKeys("# ours\r\n\r\n one \r\n\n"), ElementsAre("one"));
}

TEST(KeyFileTest, WhatIsNoKeyIsToldByItsLineAlone) {
  auto keys = parseKeys("one\n\ntwo three\n");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code(), StatusCode::InvalidArgument);
  EXPECT_THAT(keys.error().message(), testing::StartsWith("line 3: "));
  EXPECT_THAT(keys.error().message(), testing::Not(testing::HasSubstr("two")));
}

TEST(KeyFileTest, AFileWithoutKeysOpensNoDoor) {
  for (const char *text : {"", "\n", "# one\n", "   "})
    EXPECT_FALSE(parseKeys(text)) << text;
}

TEST(KeyFileTest, ThereAreNotTooManyKeys) {
  std::string text;
  for (size_t i = 0; i < kMaxKeys; ++i)
    text += "k" + std::to_string(i) + "\n";
  EXPECT_EQ(parseKeys(text)->size(), kMaxKeys);
  EXPECT_FALSE(parseKeys(text + "more"));
}

TEST(KeyFileTest, TheFileIsNamed) {
  TempFolder folder;
  EXPECT_THAT(*readKeyFile(folder.write("keys", "one\n")), ElementsAre("one"));
  for (const std::string &path :
       {folder.write("empty", ""), folder.path("missing"), folder.path("."),
        folder.write("large", std::string((size_t{1} << 20) + 1, 'x'))}) {
    auto keys = readKeyFile(path);
    ASSERT_FALSE(keys) << path;
    EXPECT_THAT(keys.error().message(), testing::StartsWith(path));
  }
}

} // namespace
} // namespace g4rt
