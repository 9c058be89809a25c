#include "models/gemma4/gguf/GgufTensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/GgufBytes.h"
#include "test/support/TempFolder.h"

namespace g4::gemma4 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint32_t kF32 = 0, kF16 = 1;
constexpr const char *kExperts =
    "model.language_model.layers.3.experts.gate_up_proj";

class GgufTensorsTest : public testing::Test {
protected:
  GgufFile open(const GgufBytes &bytes) {
    return *GgufFile::open(folder_.write("m.gguf", bytes.bytes()));
  }
  /// Gate and up of two experts: [2, 1, 2] each, numbers from 0 and from 10.
  static GgufBytes splitExperts(uint32_t typeOfUp) {
    GgufBytes bytes;
    bytes.header(2, 0)
        .tensor("blk.3.ffn_gate_exps.weight", {2, 1, 2}, kF32, 0)
        .tensor("blk.3.ffn_up_exps.weight", {2, 1, 2}, typeOfUp, 32)
        .alignTo(32);
    for (float x : {0.0f, 1.0f, 2.0f, 3.0f})
      bytes.put(x);
    bytes.alignTo(32);
    for (float x : {10.0f, 11.0f, 12.0f, 13.0f})
      bytes.put(x);
    return bytes;
  }
  g4rt::TempFolder folder_;
};

TEST_F(GgufTensorsTest, NamesAreTranslatedBothWays) {
  GgufBytes bytes;
  bytes.header(3, 0)
      .tensor("blk.12.ffn_down_exps.scale", {1}, kF32, 0)
      .tensor("output.weight", {1}, kF32, 32)
      .tensor("v.blk.0.attn_q.weight", {1}, kF32, 64)
      .alignTo(32)
      .zeros(96);
  GgufFile file = open(bytes);
  auto sources = sourcesOfGguf(file);
  ASSERT_TRUE(sources);
  std::vector<std::string> names;
  for (const auto &[name, source] : *sources) {
    names.push_back(name);
    EXPECT_EQ(ggufNameOf(name), source->name());
  }
  EXPECT_THAT(
      names,
      ElementsAre("lm_head.weight",
                  "model.language_model.layers.12.router.per_expert_scale"));
  EXPECT_EQ(ggufNameOf("vision.weight"), "vision.weight");
}

TEST_F(GgufTensorsTest, GateAndUpOfEachExpertFollowEachOther) {
  GgufFile file = open(splitExperts(kF32));
  auto sources = sourcesOfGguf(file);
  ASSERT_TRUE(sources);
  const RowSource &both = *sources->at(kExperts);
  EXPECT_THAT(both.shape(), ElementsAre(2, 2, 2));
  EXPECT_EQ(both.storage(), RowStorage::F32);
  std::vector<float> all;
  for (int64_t i = 0; i < both.numRows(); ++i) {
    std::vector<float> row(2);
    both.read(i, row);
    all.insert(all.end(), row.begin(), row.end());
    EXPECT_EQ(both.storedRow(i).size(), 8u);
  }
  EXPECT_THAT(all, ElementsAre(0, 1, 10, 11, 2, 3, 12, 13));
}

TEST_F(GgufTensorsTest, PartsOfTwoTypesHaveNoStoredRows) {
  GgufFile file = open(splitExperts(kF16));
  auto sources = sourcesOfGguf(file);
  ASSERT_TRUE(sources);
  const RowSource &both = *sources->at(kExperts);
  EXPECT_EQ(both.storage(), RowStorage::Other);
  EXPECT_EQ(both.typeName(), "F32 and F16");
  EXPECT_TRUE(both.storedRow(0).empty());
}

TEST_F(GgufTensorsTest, PartsOfTwoShapesAreRefused) {
  GgufBytes bytes;
  bytes.header(2, 0)
      .tensor("blk.3.ffn_gate_exps.weight", {2, 1, 2}, kF32, 0)
      .tensor("blk.3.ffn_up_exps.weight", {2, 2, 1}, kF32, 32)
      .alignTo(32)
      .zeros(64);
  GgufFile file = open(bytes);
  EXPECT_THAT(sourcesOfGguf(file).error().message(),
              HasSubstr("ffn_up_exps.weight [1, 2, 2]: need the same three"));
}

} // namespace
} // namespace g4::gemma4
