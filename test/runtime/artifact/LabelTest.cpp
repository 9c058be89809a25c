// The label of a toy model: read, shown, and found when it was changed.

#include "runtime/artifact/Label.h"

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/artifact/ArtifactHead.h"
#include "runtime/base/Checksum.h"

#include <gmock/gmock.h>

#include <cstring>

#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

LabelRows figures() {
  LabelRows rows;
  rows[0] = {.rows = 7,
             .perplexity = 2.5,
             .referencePerplexity = 2.25,
             .topAgreement = 0.75,
             .klMean = 1e-3,
             .kl99 = 2e-3,
             .kl999 = 3e-3,
             .klMax = 4e-3};
  return rows;
}

class LabelTest : public testing::Test {
protected:
  void SetUp() override {
    LabelRows rows = figures();
    uint64_t sum = checksum(std::as_bytes(std::span(rows)));
    std::string bytes(kLabelBytes, '\0');
    std::memcpy(bytes.data(), rows.data(), sizeof(rows));
    std::memcpy(bytes.data() + sizeof(rows), &sum, sizeof(sum));
    model_.data.resize((model_.data.size() + 63) / 64 * 64);
    at_ = model_.data.size();
    model_.data += bytes;
    model_.tables.label = std::make_unique<artifact::LabelT>();
    model_.tables.label->reference = "bf16";
    model_.tables.label->text = "held-out.jsonl";
    model_.tables.label->text_checksum = 0xab;
    model_.tables.label->data =
        std::make_unique<artifact::Span>(kHeadBytes + at_, kLabelBytes);
  }

  Result<ArtifactFile> open() {
    return ArtifactFile::open(folder_.write("toy.g4", model_.file()));
  }

  TempFolder folder_;
  ToyModel model_;
  size_t at_ = 0;
};

TEST_F(LabelTest, FiguresAreReadAsTheyWereWritten) {
  auto file = open();
  ASSERT_TRUE(file) << file.error().message();
  auto read = readLabel(file->tables(), file->file());
  ASSERT_TRUE(read && *read);
  const ModelLabel *label = &**read;
  EXPECT_EQ(label->reference, "bf16");
  EXPECT_EQ(label->rows[0].rows, 7);
  EXPECT_EQ(label->rows[0].klMax, 4e-3);
  EXPECT_EQ(label->rows[0].expertsChanged, -1);
  EXPECT_TRUE(file->verifyData().ok());
}

TEST_F(LabelTest, AnArtifactMayHaveNone) {
  model_.tables.label.reset();
  model_.data.resize(at_);
  auto file = open();
  ASSERT_TRUE(file) << file.error().message();
  auto label = readLabel(file->tables(), file->file());
  ASSERT_TRUE(label);
  EXPECT_FALSE(*label);
}

TEST_F(LabelTest, JsonHasTheRowsThatThereAre) {
  auto file = open();
  ASSERT_TRUE(file) << file.error().message();
  auto label = readLabel(file->tables(), file->file());
  ASSERT_TRUE(label && *label);
  EXPECT_EQ(labelJson(**label), json::parse(R"({
    "reference": "bf16", "text": "held-out.jsonl",
    "text_checksum": "00000000000000ab",
    "rows": {"all": {"rows": 7, "perplexity": 2.5, "reference_perplexity": 2.25,
      "top1_agreement": 0.75, "kl_mean": 1e-3, "kl_p99": 2e-3, "kl_p999": 3e-3,
      "kl_max": 4e-3, "experts_changed": null}}})"));
}

TEST_F(LabelTest, AChangedFigureIsFound) {
  model_.data[at_ + 5] ^= 1;
  auto file = open();
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_THAT(file->verifyData().message(), HasSubstr("the label of"));
  EXPECT_THAT(readLabel(file->tables(), file->file()).error().message(),
              HasSubstr("the checksum of the label differs"));
}

TEST_F(LabelTest, ASegmentOfAnotherSizeIsRefused) {
  for (uint64_t size : {uint64_t{0}, kLabelBytes - 8, ~uint64_t{0}}) {
    *model_.tables.label->data = artifact::Span(kHeadBytes + at_, size);
    EXPECT_THAT(model_.complaint(), HasSubstr("label: "));
  }
}

} // namespace
} // namespace g4rt
