#include "runtime/text/tokenizer/Tokenizer.h"

#include <gtest/gtest.h>

#include "test/support/TestInputs.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

std::vector<int32_t> idsOf(const json::value &list) {
  return json::value_to<std::vector<int32_t>>(list);
}

// 2,059 texts with the ids of Hugging Face's tokenizers, test/inputs/tokenizer.
class TokenizerGoldenTest : public testing::Test {
protected:
  static void SetUpTestSuite() {
    tokenizer = new TestTokenizer(readXzInput("tokenizer/tokenizer.json.xz"));
    lines = new std::vector<json::value>(
        parseLines(readXzInput("tokenizer/encodings.jsonl.xz")));
    ASSERT_EQ(lines->size(), 2059u);
  }
  static void TearDownTestSuite() {
    delete tokenizer;
    delete lines;
  }

  static const TestTokenizer *tokenizer;
  static const std::vector<json::value> *lines;
};

const TestTokenizer *TokenizerGoldenTest::tokenizer = nullptr;
const std::vector<json::value> *TokenizerGoldenTest::lines = nullptr;

TEST_F(TokenizerGoldenTest, IdsAreThoseOfTheReferenceInBothModes) {
  for (const json::value &line : *lines) {
    std::string text(line.at("text").as_string());
    const json::value &ids = line.at("ids");
    const json::value *plain = line.as_object().if_contains("plain");
    EXPECT_EQ((*tokenizer)->encode(text, SpecialTokens::Match), idsOf(ids))
        << line.at("text");
    EXPECT_EQ((*tokenizer)->encode(text, SpecialTokens::PlainText),
              idsOf(plain ? *plain : ids))
        << line.at("text");
  }
}

TEST_F(TokenizerGoldenTest, DecodeGivesTheTextBack) {
  for (const json::value &line : *lines) {
    std::string text(line.at("text").as_string());
    if (text.find("\u2581") == std::string::npos)
      EXPECT_EQ((*tokenizer)->decode(idsOf(line.at("ids")), SpecialIds::Show),
                text);
  }
}

// Ids of the released models' tokenizer, as others have published them.
TEST_F(TokenizerGoldenTest, GivesThePublishedIds) {
  using Ids = std::vector<int32_t>;
  auto ids = [&](const char *text) {
    return (*tokenizer)->encode(text, SpecialTokens::Match);
  };
  EXPECT_EQ(ids("Hello, world!"), (Ids{9259, 236764, 1902, 236888}));
  EXPECT_EQ(ids("a    b\tc\nd\r\ne"), (Ids{236746, 140, 236763, 255968, 236755,
                                           107, 236753, 251, 107, 236744}));
  EXPECT_EQ(ids("12345"), (Ids{236770, 236778, 236800, 236812, 236810}));
  EXPECT_EQ(ids("你好世界"), (Ids{144626, 12811}));
  EXPECT_EQ(ids("👨\u200d👩\u200d👧\u200d👦"),
            (Ids{243874, 237243, 243767, 237243, 244814, 237243, 244990}));
  EXPECT_EQ(ids("before <|image|> after"), (Ids{15849, 236743, 258880, 1308}));
  EXPECT_EQ(ids("<|turn>model\n<|channel>thought\n<channel|>"),
            (Ids{105, 4368, 107, 100, 45518, 107, 101}));
}

} // namespace
} // namespace g4rt
