//===- CallWordTest.cpp - One meaning of a word, or none ------------------===//

#include "runtime/text/answer/CallWord.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

std::string quoted(std::string_view text) {
  auto word = quotedWord(text);
  return word ? word->text + "|" + std::to_string(word->size) : "-";
}
std::string bare(std::string_view text) { return bareWord(text).value_or("-"); }

TEST(CallWordTest, AQuotedWordEndsAtItsQuote) {
  EXPECT_EQ(quoted(R"("a'b"c")"), "a'b|5");
  EXPECT_EQ(quoted("'a\"b',"), "a\"b|5");
  EXPECT_EQ(quoted("''"), "|2");
  EXPECT_EQ(quoted("'a"), "-");
  EXPECT_EQ(quoted("a"), "-");
  EXPECT_EQ(quoted(""), "-");
  EXPECT_EQ(quoted("\"a\\"), "-");
}

TEST(CallWordTest, EscapesAreJsons) {
  EXPECT_EQ(quoted(R"('it\'s')"), "it's|7");
  EXPECT_EQ(quoted(R"("a\n\u00e9\"")"), "a\né\"|13");
  EXPECT_EQ(quoted("'a\tb\nc'"), "a\tb\nc|7");
  EXPECT_EQ(quoted(R"('\d')"), "-");
}

TEST(CallWordTest, AnApostropheStandsBetweenLetters) {
  EXPECT_EQ(quoted("'it's'"), "it's|6");
  EXPECT_EQ(quoted("'l'été'"), "l'été|9");
  EXPECT_EQ(quoted("'5' tall'"), "5|3");
}

TEST(CallWordTest, ScalarsAreJsonOrPython) {
  for (auto [word, json] :
       std::initializer_list<std::pair<const char *, const char *>>{
           {"1", "1"},
           {"-1.5e3", "-1.5e3"},
           {"true", "true"},
           {"null", "null"},
           {"True", "true"},
           {"False", "false"},
           {"None", "null"},
           {".5", "0.5"},
           {"5.", "5.0"},
           {"-.5", "-0.5"},
           {"+5", "5"},
           {"1.e3", "1.0e3"}})
    EXPECT_EQ(scalarOf(word).value_or("-"), json) << word;
  for (const char *word : {"", "007", "a", "[1]", "{}", "\"a\"", "1 2", ".",
                           "+", "1,0", "0x1f", "TRUE"})
    EXPECT_FALSE(scalarOf(word)) << word;
}

TEST(CallWordTest, ABareWordIsAStringIfItCanBeNothingElse) {
  EXPECT_EQ(bare("red circle"), "\"red circle\"");
  EXPECT_EQ(bare("007"), "\"007\"");
  EXPECT_EQ(bare("http://a.b/c"), "\"http://a.b/c\"");
  EXPECT_EQ(bare("see http://a.b"), "\"see http://a.b\"");
  EXPECT_EQ(bare("O'Brien"), "\"O'Brien\"");
  EXPECT_EQ(bare("12:30"), "\"12:30\"");
  for (const char *word : {"", "'a", "a'", "\"", "(1)", "[", "nan", "-Infinity",
                           "red b:2", "red b = 2", "a \"b\":1"})
    EXPECT_EQ(bare(word), "-") << word;
}

TEST(CallWordTest, AKeyIsAWordBeforeItsSign) {
  for (const char *text : {"a:1", "a_b-c.d = 1", "'a b':1", "\"a\" : 1", "é:1"})
    EXPECT_TRUE(beginsWithKey(text)) << text;
  for (const char *text : {"", "a", "a b:1", "1:2", "http://x", ":1", "a\"b:1"})
    EXPECT_FALSE(beginsWithKey(text)) << text;
}

// The time must not grow with the square of the length.
TEST(CallWordTest, LongTextsAreReadOnce) {
  std::string text;
  for (int i = 0; i < 100000; ++i)
    text += " \"a";
  EXPECT_NE(bare("x" + text + "x"), "-");
}

} // namespace
} // namespace g4rt
