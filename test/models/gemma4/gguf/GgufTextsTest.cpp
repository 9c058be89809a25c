#include "models/gemma4/gguf/GgufTexts.h"

#include "models/checkpoint/TokenizerJson.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/GgufBytes.h"
#include "test/support/TempFolder.h"
#include "test/support/TestInputs.h"

namespace g4::gemma4 {
namespace {

namespace json = g4rt::json;
using g4rt::TempFolder;
using testing::HasSubstr;
using Type = GgufValue::Type;

enum : int32_t { kNormal = 1, kControl = 3, kUserDefined = 4, kByte = 6 };

/// What a converter keeps of a tokenizer.json.
struct Tokens {
  std::vector<std::string> pieces, merges;
  std::vector<int32_t> types;

  explicit Tokens(const json::value &root) {
    const json::object &vocab = root.at("model").at("vocab").as_object();
    pieces.resize(vocab.size());
    types.assign(vocab.size(), kNormal);
    for (const auto &[piece, id] : vocab) {
      pieces[id.as_int64()] = piece;
      if (piece.starts_with("<0x"))
        types[id.as_int64()] = kByte;
    }
    for (const json::value &token : root.at("added_tokens").as_array())
      types[token.at("id").as_int64()] =
          token.at("special").as_bool() ? kControl : kUserDefined;
    for (const json::value &merge : root.at("model").at("merges").as_array())
      merges.push_back(merge.is_string()
                           ? std::string(merge.as_string())
                           : std::string(merge.at(0).as_string()) + " " +
                                 std::string(merge.at(1).as_string()));
  }

  GgufBytes file() const {
    GgufBytes bytes;
    return bytes.header(0, 4)
        .pair("tokenizer.ggml.model", "gemma4")
        .pair("tokenizer.ggml.tokens", pieces)
        .pair("tokenizer.ggml.token_type", Type::I32, types)
        .pair("tokenizer.ggml.merges", merges);
  }
};

std::string tablesOf(const json::value &root) {
  flatbuffers::FlatBufferBuilder builder;
  auto offset = importParsedTokenizer(root, builder);
  if (!offset)
    return offset.error().message();
  builder.Finish(*offset);
  return {reinterpret_cast<const char *>(builder.GetBufferPointer()),
          builder.GetSize()};
}

class GgufTextsTest : public testing::Test {
protected:
  GgufFile open(const GgufBytes &bytes) {
    return *GgufFile::open(folder_.write("m.gguf", bytes.bytes()));
  }
  std::string wrong(const GgufBytes &bytes) {
    auto tokenizer = tokenizerOfGguf(open(bytes));
    return tokenizer ? "nothing" : tokenizer.error().message();
  }
  json::value tiny_ =
      *g4rt::parseJsonFile(G4_TEST_INPUTS "/../../models/tiny/tokenizer.json");
  TempFolder folder_;
};

// Equal tables give equal ids for every text.
TEST_F(GgufTextsTest, TablesAreThoseOfTokenizerJson) {
  json::value large =
      json::parse(g4rt::readXzInput("tokenizer/tokenizer.json.xz"));
  for (const json::value &root : {tiny_, large}) {
    auto tokenizer = tokenizerOfGguf(open(Tokens(root).file()));
    ASSERT_TRUE(tokenizer) << tokenizer.error().message();
    EXPECT_TRUE(tablesOf(*tokenizer) == tablesOf(root));
  }
}

TEST_F(GgufTextsTest, AGemmaTokenIsFoundWhateverItsType) {
  Tokens tokens(tiny_);
  auto turn = std::ranges::find(tokens.pieces, "<|turn>");
  ASSERT_NE(turn, tokens.pieces.end());
  tokens.types[turn - tokens.pieces.begin()] = kNormal;
  auto tokenizer = tokenizerOfGguf(open(tokens.file()));
  ASSERT_TRUE(tokenizer);
  EXPECT_TRUE(tablesOf(*tokenizer) == tablesOf(tiny_));
}

TEST_F(GgufTextsTest, AFillerIsNoTokenOfText) {
  Tokens tokens(tiny_);
  tokens.pieces.push_back("[PAD0]");
  tokens.types.push_back(kUserDefined);
  auto tokenizer = tokenizerOfGguf(open(tokens.file()));
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->at("added_tokens").as_array().size(),
            tiny_.at("added_tokens").as_array().size());
}

TEST_F(GgufTextsTest, MergesWithoutPiecesAreLeftOut) {
  Tokens tokens(tiny_);
  tokens.merges.push_back("zz qq");
  auto tokenizer = tokenizerOfGguf(open(tokens.file()));
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(numMergesLeftOut(open(tokens.file())), 1u);
  EXPECT_TRUE(tablesOf(*tokenizer) == tablesOf(tiny_));
  tokens.merges = {"zz qq"};
  tokenizer = tokenizerOfGguf(open(tokens.file()));
  ASSERT_TRUE(tokenizer);
  flatbuffers::FlatBufferBuilder builder;
  EXPECT_TRUE(importParsedTokenizer(*tokenizer, builder));
}

TEST_F(GgufTextsTest, TheWholeTokenizerJsonIsTakenWhereTheFileHasIt) {
  GgufBytes bytes;
  bytes.header(0, 1).pair("tokenizer.huggingface.json", json::serialize(tiny_));
  EXPECT_EQ(*tokenizerOfGguf(open(bytes)), tiny_);
}

TEST_F(GgufTextsTest, WhatIsMissingIsNamed) {
  GgufBytes none, bert, noMerges, fewTypes;
  EXPECT_EQ(wrong(none.header(0, 0)),
            "metadata tokenizer.ggml.model: the file has no such key");
  EXPECT_EQ(wrong(bert.header(0, 1).pair("tokenizer.ggml.model", "bert")),
            "metadata tokenizer.ggml.model: \"bert\", needs \"gemma4\"");
  noMerges.header(0, 2).pair("tokenizer.ggml.model", "gemma4");
  EXPECT_EQ(wrong(noMerges.pair("tokenizer.ggml.tokens",
                                std::vector<std::string>{"a"})),
            "metadata tokenizer.ggml.merges: the file has no such key");
  Tokens tokens(tiny_);
  tokens.types.pop_back();
  EXPECT_EQ(wrong(tokens.file()),
            "metadata tokenizer.ggml.token_type: needs an array with a type "
            "for each of 2048 tokens");
}

TEST_F(GgufTextsTest, AnAnswerEndsAtEveryEndOfTheMetadata) {
  GgufBytes bytes;
  bytes.header(0, 5)
      .pair("tokenizer.ggml.eos_token_id", Type::U32, uint32_t{1})
      .pair("tokenizer.ggml.eot_token_id", Type::U32, uint32_t{106})
      .pair("tokenizer.ggml.eos_token_ids", Type::I32,
            std::vector<int32_t>{1, 50})
      .pair("tokenizer.ggml.suppress_tokens", Type::I32,
            std::vector<int32_t>{7})
      .pair("general.sampling.temp", Type::F32, 0.5f);
  auto config = generationConfigOfGguf(open(bytes));
  ASSERT_TRUE(config);
  EXPECT_EQ(json::serialize(config->at("eos_token_id")), "[1,50,106]");
  EXPECT_EQ(json::serialize(config->at("suppress_tokens")), "[7]");
  EXPECT_EQ(config->at("do_sample"), true);
  EXPECT_EQ(config->at("temperature"), 0.5);
  EXPECT_TRUE(config->at("top_k").is_null());
}

} // namespace
} // namespace g4::gemma4
