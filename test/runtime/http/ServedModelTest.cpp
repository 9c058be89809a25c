//===- ServedModelTest.cpp - Defaults from an artifact --------------------===//

#include "runtime/http/ServedModel.h"

#include "runtime/artifact/Artifact_generated.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

namespace fb = ::g4::artifact;

GenerationDefaults defaultsWith(bool doSample) {
  flatbuffers::FlatBufferBuilder builder;
  auto eos = builder.CreateVector(std::vector<int32_t>{1, 106});
  auto chatEos = builder.CreateVector(std::vector<int32_t>{50});
  auto suppress = builder.CreateVector(std::vector<int32_t>{7});
  fb::GenerationBuilder table(builder);
  table.add_bos_id(2);
  table.add_eos_ids(eos);
  table.add_chat_eos_ids(chatEos);
  table.add_do_sample(doSample);
  table.add_temperature(0.5F);
  table.add_top_k(64);
  table.add_top_p(0.95F);
  table.add_suppress_ids(suppress);
  builder.Finish(table.Finish());
  return defaultsOf(
      *flatbuffers::GetRoot<fb::Generation>(builder.GetBufferPointer()));
}

TEST(ServedModelTest, ASamplingTableGivesItsNumbers) {
  GenerationDefaults defaults = defaultsWith(true);
  EXPECT_EQ(defaults.bosId, 2);
  EXPECT_EQ(defaults.eosIds, (std::vector<int32_t>{1, 106}));
  EXPECT_EQ(defaults.endIds(PromptKind::Text), defaults.eosIds);
  EXPECT_EQ(defaults.endIds(PromptKind::Chat),
            (std::vector<int32_t>{1, 106, 50}));
  EXPECT_EQ(defaults.suppressIds, std::vector<int32_t>{7});
  EXPECT_EQ(defaults.temperature, 0.5F);
  EXPECT_EQ(defaults.topK, 64u);
  EXPECT_EQ(defaults.topP, 0.95F);
}

TEST(ServedModelTest, WithoutSamplingTheBestTokenIsTaken) {
  GenerationDefaults defaults = defaultsWith(false);
  EXPECT_EQ(defaults.temperature, 0);
  EXPECT_EQ(defaults.topK, 0u);
  EXPECT_EQ(defaults.topP, 1);
}

} // namespace
} // namespace g4rt
