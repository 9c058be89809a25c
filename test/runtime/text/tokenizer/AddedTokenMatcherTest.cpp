#include "runtime/text/tokenizer/AddedTokenMatcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace g4rt {
namespace {

AddedTokenMatcher matcherOf(std::vector<std::string_view> contents) {
  std::sort(contents.begin(), contents.end());
  std::vector<AddedTokenMatcher::Entry> entries;
  for (uint32_t i = 0; i < contents.size(); ++i)
    entries.push_back({contents[i], i});
  return AddedTokenMatcher(std::move(entries));
}

// Everything that is found, as "begin+size".
std::string allOf(const AddedTokenMatcher &matcher, std::string_view text) {
  std::string found;
  for (size_t at = 0; at < text.size();) {
    AddedTokenMatcher::Match match = matcher.find(text, at);
    if (match.size == 0)
      break;
    found +=
        std::to_string(match.begin) + "+" + std::to_string(match.size) + " ";
    at = match.begin + match.size;
  }
  return found;
}

TEST(AddedTokenMatcherTest, TakesTheLeftmostThenTheLongest) {
  AddedTokenMatcher matcher = matcherOf({"ab", "abc", "bcd", "<|turn>", "<"});
  EXPECT_EQ(allOf(matcher, "abcd"), "0+3 ");
  EXPECT_EQ(allOf(matcher, "aabcbcd"), "1+3 4+3 ");
  EXPECT_EQ(allOf(matcher, "<|turn><|tur"), "0+7 7+1 ");
  EXPECT_EQ(allOf(matcher, "xyz"), "");
  EXPECT_EQ(allOf(matcher, ""), "");
}

TEST(AddedTokenMatcherTest, AnEmptySetFindsNothing) {
  EXPECT_EQ(allOf(AddedTokenMatcher(), "abc"), "");
  EXPECT_TRUE(AddedTokenMatcher().empty());
}

TEST(AddedTokenMatcherTest, TreatsAllBytesAlike) {
  std::string_view nul("\0\xff", 2);
  EXPECT_EQ(allOf(matcherOf({nul, "\xc3\xa9"}),
                  std::string_view("\xc3\0\xff\xc3\xa9", 5)),
            "1+2 3+2 ");
}

TEST(AddedTokenMatcherTest, AgreesWithTryingEveryPlace) {
  std::mt19937 random(3);
  auto word = [&](size_t longest) {
    std::string text(1 + random() % longest, 'a');
    for (char &c : text)
      c = "ab<"[random() % 3];
    return text;
  };
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> words;
    for (int i = 0; i < 4; ++i)
      words.push_back(word(4));
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    std::string text = word(30), expected;
    for (size_t at = 0; at < text.size();) {
      size_t longest = 0;
      for (const std::string &w : words)
        if (text.compare(at, w.size(), w) == 0)
          longest = std::max(longest, w.size());
      if (longest > 0)
        expected += std::to_string(at) + "+" + std::to_string(longest) + " ";
      at += std::max<size_t>(longest, 1);
    }
    EXPECT_EQ(allOf(matcherOf({words.begin(), words.end()}), text), expected);
  }
}

} // namespace
} // namespace g4rt
