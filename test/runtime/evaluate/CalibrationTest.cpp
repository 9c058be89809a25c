// Counts against the taps of the same rows, read one by one.

#include "runtime/evaluate/Calibration.h"

#include <gtest/gtest.h>

#include "test/support/ModelRunner.h"
#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

class CalibrationTest : public testing::Test {
protected:
  Calibration run(const std::string &model, const std::string &text) {
    auto result =
        calibrate(*ArtifactFile::open(artifactPath(model, "bf16")),
                  {.text = folder_.write("text.txt", text), .numThreads = 1});
    EXPECT_TRUE(result) << result.error().message();
    return result ? *result : Calibration();
  }

  TempFolder folder_;
};

TEST_F(CalibrationTest, PairsAreThoseOfTheRows) {
  std::string text = "Draw a large red circle, then a small blue square.";
  Calibration found = run("tiny", text);
  auto file = *ArtifactFile::open(artifactPath("tiny", "bf16"));
  auto tables = *ModelText::create(file.root());
  auto ids = encodePlainPrompt(tables.tokenizer, text, 2);
  auto runner = ModelRunner::open(artifactPath("tiny", "bf16"), {});
  ASSERT_TRUE(runner);
  (*runner)->recordTaps();
  ASSERT_TRUE((*runner)->run(ids, 64));
  ASSERT_EQ(found.rows, static_cast<int64_t>(ids.size()));
  ASSERT_EQ(found.experts.size(), 6u);
  for (const auto &[name, layer] : found.experts) {
    ASSERT_EQ(layer.numExperts, 8);
    std::vector<uint64_t> expected(64);
    const auto &chosen = (*runner)->taps().at(name + ".router.experts").ints;
    for (size_t row = 0; row < ids.size(); ++row)
      for (int32_t i : {chosen[2 * row], chosen[2 * row + 1]})
        for (int32_t j : {chosen[2 * row], chosen[2 * row + 1]})
          ++expected[static_cast<size_t>(i * 8 + j)];
    EXPECT_EQ(layer.rows, expected) << name;
  }
}

TEST_F(CalibrationTest, AnArtifactOfServingShowsNoInputs) {
  EXPECT_TRUE(run("tiny", "a red circle").meanSquares.empty());
}

TEST_F(CalibrationTest, ATextThatIsNotThereIsNamed) {
  auto result = calibrate(*ArtifactFile::open(artifactPath("tiny", "bf16")),
                          {.text = folder_.path("none.txt")});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), StatusCode::NotFound);
}

} // namespace
} // namespace g4rt
