#include "runtime/artifact/ArtifactCheck.h"

#include "runtime/artifact/ArtifactHead.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

class ArtifactCheckTest : public testing::Test {
protected:
  std::string complaint() { return model_.complaint(); }
  void setShape(std::vector<int64_t> shape, uint64_t bytes) {
    model_.weight().shape = std::move(shape);
    *model_.weight().data = artifact::Span(kHeadBytes, bytes);
  }

  ToyModel model_;
};

TEST_F(ArtifactCheckTest, AcceptsWhatIsInOrder) { EXPECT_EQ(complaint(), ""); }

//===----------------------------------------------------------------------===//
// Segments
//===----------------------------------------------------------------------===//

TEST_F(ArtifactCheckTest, RefusesASegmentThatIsNotAligned) {
  *model_.weight().data = artifact::Span(kHeadBytes + 4, 64);
  EXPECT_THAT(complaint(), HasSubstr("not aligned"));
}

TEST_F(ArtifactCheckTest, RefusesASegmentInsideTheHead) {
  *model_.weight().data = artifact::Span(64, 64);
  EXPECT_THAT(complaint(), HasSubstr("overlaps"));
}

TEST_F(ArtifactCheckTest, RefusesSegmentsThatOverlap) {
  *model_.weight().data = *model_.code().data;
  setShape({1, 1}, 4);
  *model_.weight().data = artifact::Span(model_.code().data->offset(), 4);
  EXPECT_THAT(complaint(), HasSubstr("code for toy: overlaps"));
}

TEST_F(ArtifactCheckTest, RefusesASegmentBehindTheData) {
  uint64_t end = kHeadBytes + model_.data.size() + 64;
  *model_.weight().data = artifact::Span(end / 64 * 64, 64);
  EXPECT_THAT(complaint(), HasSubstr("weight values: ends outside"));
}

TEST_F(ArtifactCheckTest, RefusesExpertCountsOfAnotherSize) {
  auto counts = std::make_unique<artifact::ExpertCountsT>();
  counts->layers.push_back(std::make_unique<artifact::CountedLayerT>());
  counts->layers[0]->name = "layers.0";
  counts->layers[0]->num_experts = 2;
  model_.data.resize((model_.data.size() + 63) / 64 * 64);
  uint64_t begin = kHeadBytes + model_.data.size();
  model_.data += std::string(32, 1);
  counts->data = std::make_unique<artifact::Span>(begin, 32);
  model_.tables.expert_counts = std::move(counts);
  artifact::ExpertCountsT &table = *model_.tables.expert_counts;
  EXPECT_EQ(complaint(), "");
  table.layers[0]->num_experts = 3;
  EXPECT_THAT(complaint(), HasSubstr("32 bytes, the layers need 72"));
  for (uint32_t experts : {0U, 5000U}) {
    table.layers[0]->num_experts = experts;
    EXPECT_THAT(complaint(), HasSubstr("layers.0 has"));
  }
}

TEST_F(ArtifactCheckTest, RefusesSizesThatWrapAround) {
  artifact::Span &span = *model_.code().data;
  span = artifact::Span(span.offset(), ~uint64_t{0} - span.offset() + 1);
  EXPECT_THAT(complaint(), HasSubstr("code for toy: ends outside"));
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

TEST_F(ArtifactCheckTest, KnowsHowLongEachPackingIs) {
  model_.code().data = std::make_unique<artifact::Span>(1 << 20, 0);
  model_.data.resize(1 << 20);
  struct Case {
    const char *packing;
    std::vector<int64_t> shape;
    artifact::DType dtype;
    uint64_t bytes;
  };
  using enum artifact::DType;
  for (const Case &c :
       {Case{"rows", {5, 7}, f32, 140}, Case{"rows", {9}, bf16, 18},
        Case{"panel16", {17, 3}, f32, 32 * 3 * 4},
        Case{"panel16x2", {17, 3}, bf16, 32 * 4 * 2},
        Case{"panel16x2", {3, 17, 3}, bf16, 3 * 32 * 4 * 2},
        // Units of 16 x 64 in 576 bytes.
        Case{"panel16g32", {16, 64}, i4, 576},
        Case{"panel16g32", {3, 17, 96}, i4, 3 * 2 * 2 * 576},
        Case{"mma16x64g32", {17, 64}, i4, 2 * 576},
        Case{"mma16x64g16f16", {17, 64}, i6, 2 * 896},
        Case{"mma16x16", {17, 17}, bf16, 32 * 32 * 2}}) {
    model_.weight().packing = c.packing;
    model_.weight().dtype = c.dtype;
    setShape(c.shape, c.bytes);
    model_.describeUses();
    EXPECT_EQ(complaint(), "") << c.packing;
    setShape(c.shape, c.bytes - 1);
    EXPECT_THAT(complaint(),
                HasSubstr("its shape needs " + std::to_string(c.bytes)));
  }
}

TEST_F(ArtifactCheckTest, RefusesAPackingThatItDoesNotKnow) {
  model_.weight().packing = "panel17";
  EXPECT_THAT(complaint(), HasSubstr("unknown packing panel17"));
}

TEST_F(ArtifactCheckTest, RefusesAPackingOfAnotherDtype) {
  model_.weight().packing = "panel16g32";
  EXPECT_THAT(complaint(), HasSubstr("unknown packing panel16g32"));
  model_.weight().packing = "panel16";
  model_.weight().dtype = artifact::DType::i4;
  EXPECT_THAT(complaint(), HasSubstr("unknown packing panel16 of i4"));
}

TEST_F(ArtifactCheckTest, RefusesGroupsThatARowDoesNotFill) {
  model_.weight().packing = "panel16g32";
  model_.weight().dtype = artifact::DType::i4;
  setShape({16, 48}, 576);
  EXPECT_THAT(complaint(), HasSubstr("rows of 48 have no whole groups"));
}

TEST_F(ArtifactCheckTest, RefusesShapesThatNoMachineHas) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{},
        {0},
        {-4, -4},
        {16, 0},
        {kMost},
        {kMost, 2},
        // Products that wrap around, to 0 and to 16.
        {int64_t{1} << 40, int64_t{1} << 40},
        {int64_t{1} << 32, 1 << 30, 4},
        {1, 1, 1, 16}}) {
    setShape(shape, 64);
    EXPECT_NE(complaint(), "") << testing::PrintToString(shape);
  }
}

TEST_F(ArtifactCheckTest, RefusesADtypeThatItDoesNotKnow) {
  model_.weight().dtype = static_cast<artifact::DType>(9);
  EXPECT_THAT(complaint(), HasSubstr("known dtype"));
}

//===----------------------------------------------------------------------===//
// The rest
//===----------------------------------------------------------------------===//

TEST_F(ArtifactCheckTest, RefusesAVocabularyOfNothingOrTooMuch) {
  for (uint32_t size : {0u, 1u << 30}) {
    model_.tables.model->vocab_size = size;
    EXPECT_THAT(complaint(), HasSubstr("vocab_size")) << size;
  }
}

TEST_F(ArtifactCheckTest, RefusesATokenizerLargerThanTheModel) {
  model_.tables.tokenizer->num_tokens = kToyVocab + 1;
  EXPECT_THAT(complaint(), HasSubstr("17 tokens, the model knows 16"));
}

TEST_F(ArtifactCheckTest, RefusesEndIdsOutsideOfTheVocabulary) {
  for (int32_t id : {-1, static_cast<int32_t>(kToyVocab)}) {
    model_.tables.generation->eos_ids = {id};
    EXPECT_THAT(complaint(), HasSubstr("eos id " + std::to_string(id)));
  }
}

TEST_F(ArtifactCheckTest, RefusesOtherIdsOutsideOfTheVocabulary) {
  artifact::GenerationT &generation = *model_.tables.generation;
  generation.suppress_ids = {3, static_cast<int32_t>(kToyVocab)};
  EXPECT_THAT(complaint(), HasSubstr("suppressed id 16"));
  generation.suppress_ids.clear();
  generation.chat_eos_ids = {-1};
  EXPECT_THAT(complaint(), HasSubstr("chat eos id -1"));
  generation.chat_eos_ids.clear();
  generation.pad_id = kToyVocab;
  EXPECT_THAT(complaint(), HasSubstr("bos or pad id 16"));
  generation.pad_id = -1;
  generation.bos_id = -2;
  EXPECT_THAT(complaint(), HasSubstr("bos or pad id -2"));
}

TEST_F(ArtifactCheckTest, RefusesTemperaturesThatAreNoNumbers) {
  for (float value : {-1.0f, std::nanf(""), INFINITY}) {
    model_.tables.generation->temperature = value;
    EXPECT_THAT(complaint(), HasSubstr("temperature")) << value;
  }
}

TEST_F(ArtifactCheckTest, RefusesTopPOutsideOfZeroAndOne) {
  for (float value : {-0.5f, 1.5f, std::nanf("")}) {
    model_.tables.generation->top_p = value;
    EXPECT_THAT(complaint(), HasSubstr("top_p")) << value;
  }
}

TEST_F(ArtifactCheckTest, RefusesKernelsThatNeedTooMuch) {
  model_.code().kernels[0]->scratch_bytes = 1u << 31;
  EXPECT_THAT(complaint(), HasSubstr("kernel toyEmbed"));
  model_.code().kernels[0]->scratch_bytes = 0;
  model_.code().kernels[0]->threads = 0;
  EXPECT_THAT(complaint(), HasSubstr("kernel toyEmbed"));
}

TEST_F(ArtifactCheckTest, RefusesWorkOfOtherParameters) {
  artifact::KernelT &kernel = *model_.code().kernels[0];
  kernel.round = std::make_unique<artifact::WorkT>();
  kernel.round->loaded_bytes.assign(kernel.params.size(), 1);
  EXPECT_EQ(complaint(), "");
  kernel.round->loaded_bytes.pop_back();
  EXPECT_THAT(complaint(), HasSubstr("kernel toyEmbed: its work"));
}

TEST_F(ArtifactCheckTest, RefusesAVariantWithoutCode) {
  model_.variant().code = 1;
  EXPECT_THAT(complaint(), HasSubstr("variant toy: code object 1 of 1"));
}

TEST_F(ArtifactCheckTest, RefusesAVariantWithAWrongProgram) {
  model_.program().buckets.clear();
  EXPECT_THAT(complaint(), HasSubstr("variant toy: no buckets"));
}

} // namespace
} // namespace g4rt
