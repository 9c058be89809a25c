// Which rows go to which group, and what is refused. The figures themselves
// are compared with an independent sum in test/e2e/test_evaluate.py.

#include "runtime/evaluate/Evaluation.h"

#include <gtest/gtest.h>

#include "test/support/ModelRunner.h"
#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

class EvaluationTest : public testing::Test {
protected:
  Result<Evaluation> run(const std::string &text, int threads = 1) {
    return evaluate({.model = artifactPath("tiny", "int4"),
                     .reference = artifactPath("tiny", "bf16"),
                     .text = folder_.write("text.jsonl", text),
                     .floor = artifactPath("tiny", "f32"),
                     .numThreads = threads});
  }

  TempFolder folder_;
};

constexpr const char *kText =
    "{\"prompt\": \"Draw a red circle\", \"answer\": \"<svg\", "
    "\"category\": \"shapes\"}\n{\"text\": \"Hello there.\"}\n";

TEST_F(EvaluationTest, EveryRowIsInItsGroups) {
  auto result = run(kText);
  ASSERT_TRUE(result) << result.error().message();
  auto rows = [&](RowKind kind, const char *category) {
    const EvaluationGroup *group = result->find(kind, category);
    return group ? group->model.rows : 0;
  };
  EXPECT_EQ(result->groups.size(), 6u);
  EXPECT_EQ(rows(RowKind::All, ""),
            rows(RowKind::Answer, "") + rows(RowKind::Prompt, ""));
  EXPECT_EQ(rows(RowKind::All, "shapes"),
            rows(RowKind::Answer, "shapes") + rows(RowKind::Prompt, "shapes"));
  EXPECT_EQ(rows(RowKind::Answer, ""), rows(RowKind::Answer, "shapes"));
  EXPECT_GT(rows(RowKind::Prompt, ""), rows(RowKind::Prompt, "shapes"));
  EXPECT_GT(rows(RowKind::Answer, ""), 0);
  EXPECT_TRUE(result->hasExperts);
  for (const EvaluationGroup &group : result->groups)
    EXPECT_TRUE(group.floor);
}

TEST_F(EvaluationTest, ThreadsChangeNoBit) {
  auto one = run(kText, 1), two = run(kText, 2);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->groups[0].model.klMean, two->groups[0].model.klMean);
  EXPECT_EQ(one->groups[0].model.perplexity, two->groups[0].model.perplexity);
}

TEST_F(EvaluationTest, TokensOfOtherNamesAreAnotherVocabulary) {
  auto a = *ArtifactFile::open(artifactPath("tiny", "bf16"));
  auto same = *ArtifactFile::open(artifactPath("tiny", "int4"));
  auto other = *ArtifactFile::open(artifactPath("moe26b", "bf16"));
  EXPECT_TRUE(checkSameVocabulary(a.root(), same.root()).ok());
  Status status = checkSameVocabulary(a.root(), other.root());
  EXPECT_EQ(status.code(), StatusCode::InvalidArgument);
  EXPECT_NE(status.message().find("must be the same"), std::string::npos);
}

} // namespace
} // namespace g4rt
