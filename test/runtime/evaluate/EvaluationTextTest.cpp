// How lines and plain text become sequences, with the tokenizer of models/tiny.

#include "runtime/evaluate/EvaluationText.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "test/support/ModelRunner.h"
#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

class EvaluationTextTest : public testing::Test {
protected:
  Result<EvaluationText> read(const std::string &name,
                              const std::string &content,
                              EvaluationTextOptions options = {.bosId = 2}) {
    return readEvaluationText(folder_.write(name, content), model_, options);
  }
  EvaluationText lines(const std::string &content) {
    auto text = read("text.jsonl", content);
    EXPECT_TRUE(text) << text.error().message();
    return text ? *text : EvaluationText();
  }
  std::vector<int32_t> ids(const std::string &text) {
    return model_.tokenizer.encode(text, SpecialTokens::Match);
  }

  TempFolder folder_;
  ArtifactFile file_ = *ArtifactFile::open(artifactPath("tiny", "bf16"));
  ModelText model_ = *ModelText::create(file_.root());
};

TEST_F(EvaluationTextTest, AnAnswerBeginsAfterItsPrompt) {
  EvaluationText text =
      lines("{\"prompt\": \"a red\", \"answer\": \" circle<turn|>\"}\n");
  ASSERT_EQ(text.sequences.size(), 1u);
  std::vector<int32_t> expected = {2};
  for (const char *part : {"a red", " circle<turn|>"})
    for (int32_t id : ids(part))
      expected.push_back(id);
  EXPECT_EQ(text.sequences[0].ids, expected);
  EXPECT_EQ(text.sequences[0].answerBegin, 1 + ids("a red").size());
  EXPECT_TRUE(text.hasAnswers);
}

TEST_F(EvaluationTextTest, AConversationIsRenderedAsARequestIs) {
  EvaluationText text = lines(
      "{\"messages\": [{\"role\": \"user\", \"content\": \"hi <turn|>\"}]}");
  ASSERT_EQ(text.sequences.size(), 1u);
  const EvaluationSequence &sequence = text.sequences[0];
  EXPECT_EQ(sequence.answerBegin, sequence.ids.size());
  EXPECT_FALSE(text.hasAnswers);
  int32_t end = *model_.tokenizer.idOf("<turn|>");
  EXPECT_EQ(std::count(sequence.ids.begin(), sequence.ids.end(), end), 1)
      << "a message closes no turn";
}

TEST_F(EvaluationTextTest, CategoriesAreNumberedAsTheyCome) {
  EvaluationText text = lines("{\"text\": \"a b\", \"category\": \"y\"}\n"
                              "\n{\"text\": \"a b\"}\r\n"
                              "{\"text\": \"a b\", \"category\": \"x\"}\n"
                              "{\"text\": \"a b\", \"category\": \"y\"}");
  EXPECT_EQ(text.categories, (std::vector<std::string>{"y", "x"}));
  std::vector<int> found;
  for (const EvaluationSequence &sequence : text.sequences)
    found.push_back(sequence.category);
  EXPECT_EQ(found, (std::vector<int>{0, -1, 1, 0}));
}

TEST_F(EvaluationTextTest, PlainTextFillsWindows) {
  auto text =
      read("text.txt", "a red circle on the left", {.window = 4, .bosId = 2});
  ASSERT_TRUE(text);
  std::vector<int32_t> joined;
  for (const EvaluationSequence &sequence : text->sequences) {
    EXPECT_LE(sequence.ids.size(), 4u);
    EXPECT_EQ(sequence.ids[0], 2);
    joined.insert(joined.end(), sequence.ids.begin() + 1, sequence.ids.end());
  }
  EXPECT_EQ(joined, ids("a red circle on the left"));
  EXPECT_EQ(text->longest(), 4);
}

TEST_F(EvaluationTextTest, AModelWithoutABeginningTokenHasNone) {
  auto text = read("text.txt", "a red circle", {.bosId = -1});
  ASSERT_TRUE(text);
  EXPECT_EQ(text->sequences[0].ids, ids("a red circle"));
}

TEST_F(EvaluationTextTest, AWrongLineIsNamed) {
  auto text = read("text.jsonl", "{\"text\": \"a\"}\n{\"text\": 1}\n");
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().message().find("text.jsonl: line 2: \"text\""),
            std::string::npos)
      << text.error().message();
}

} // namespace
} // namespace g4rt
