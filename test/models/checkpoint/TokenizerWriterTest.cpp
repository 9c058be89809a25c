#include "models/checkpoint/TokenizerWriter.h"

#include <gtest/gtest.h>

#include "test/support/TestTokenizer.h"

namespace g4 {
namespace {

namespace json = g4rt::json;
using g4rt::SpecialTokens;
using g4rt::TestTokenizer;
using Ids = std::vector<int32_t>;

// A tokenizer.json with this model and these added tokens.
std::string jsonWith(const char *vocab, const char *merges,
                     const char *addedTokens, bool fuseUnk = true) {
  json::object root = json::parse(g4rt::tinyTokenizerJson()).as_object();
  json::object &model = root["model"].as_object();
  model["vocab"] = json::parse(vocab);
  model["merges"] = json::parse(merges);
  model["fuse_unk"] = fuseUnk;
  root["added_tokens"] = json::parse(addedTokens);
  return json::serialize(root);
}

// The ids of the next three tests are those of Hugging Face's tokenizers
// 0.23.3.
Ids idsWithFewBytes(const char *text, bool fuseUnk) {
  TestTokenizer tokenizer(
      jsonWith(R"({"<unk>":0,"a":1,"b":2,"ab":3,"<0xC3>":4,"<0xA9>":5,"▁":6})",
               R"(["a b"])", "[]", fuseUnk));
  return tokenizer->encode(text, SpecialTokens::Match);
}

TEST(TokenizerWriterTest, UnknownsFuseAndBytesOvertakeThem) {
  EXPECT_EQ(idsWithFewBytes("aéb", true), (Ids{1, 4, 5, 2}));
  EXPECT_EQ(idsWithFewBytes("aüb", true), (Ids{1, 0, 2}));
  EXPECT_EQ(idsWithFewBytes("aüüéb", true), (Ids{1, 4, 5, 0, 2}));
  EXPECT_EQ(idsWithFewBytes("aéüab", true), (Ids{1, 4, 5, 0, 3}));
  EXPECT_EQ(idsWithFewBytes("ü é", true), (Ids{0, 6, 4, 5}));
}

TEST(TokenizerWriterTest, UnknownsThatDoNotFuseAreOneEach) {
  EXPECT_EQ(idsWithFewBytes("aüüéb", false), (Ids{1, 0, 4, 5, 0, 2}));
  EXPECT_EQ(idsWithFewBytes("aüéüb", false), (Ids{1, 4, 5, 0, 0, 2}));
}

TEST(TokenizerWriterTest, NormalizedTokensAreFoundAfterAllOthers) {
  const char *vocab = R"({"<unk>":0,"a":1,"b":2,"c":3,"d":4,"▁":5,"cd":6,
                          "x":7,"y":8,"z":9})";
  TestTokenizer tokenizer(
      jsonWith(vocab, R"(["c d"])",
               R"([{"id":10,"content":"ab","normalized":true},
          {"id":11,"content":"bc"},
          {"id":12,"content":"abcx","normalized":true}])"));
  auto ids = [&](const char *text) {
    return tokenizer->encode(text, SpecialTokens::Match);
  };
  EXPECT_EQ(ids("abc"), (Ids{1, 11}));
  EXPECT_EQ(ids("abd"), (Ids{10, 4}));
  EXPECT_EQ(ids("abcx"), (Ids{1, 11, 7}));
  EXPECT_EQ(ids("ab bc"), (Ids{10, 5, 11}));
}

TEST(TokenizerWriterTest, PlainTextNeverMakesAnAddedToken) {
  TestTokenizer tokenizer(jsonWith(
      R"({"<unk>":0,"<":1,"x":2,">":3,"<x":4,"<x>":5,"!":6})",
      R"(["< x", "<x >"])",
      R"([{"id":5,"content":"<x>","special":true},{"id":6,"content":"!"}])"));
  EXPECT_EQ(tokenizer->encode("<x>!", SpecialTokens::Match), (Ids{5, 6}));
  EXPECT_EQ(tokenizer->encode("<x>!", SpecialTokens::PlainText),
            (Ids{4, 3, 0}));
}

TEST(TokenizerWriterTest, TheLaterOfTwoEqualMergesCounts) {
  TestTokenizer tokenizer(
      jsonWith(R"({"<unk>":0,"a":1,"b":2,"c":3,"ab":4,"bc":5})",
               R"(["a b", "b c", "a b"])", "[]"));
  EXPECT_EQ(tokenizer->encode("abc", SpecialTokens::Match), (Ids{1, 5}));
}

} // namespace
} // namespace g4
