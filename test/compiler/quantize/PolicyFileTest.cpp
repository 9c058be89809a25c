// Policies as people write them, and what is wrong with others.

#include "compiler/quantize/PolicyFile.h"

#include <gmock/gmock.h>

#include "test/support/TempFolder.h"

namespace g4 {
namespace {

using artifact::WeightClass;
using testing::HasSubstr;

std::string_view formatOf(const WeightPolicy &policy, WeightClass weightClass,
                          std::optional<int64_t> layer = {}) {
  return policy.formatOf({.weightClass = weightClass, .layer = layer}).name;
}

WeightPolicy parsed(std::string_view text) {
  auto policy = parsePolicy(text);
  EXPECT_TRUE(policy) << policy.error().message();
  return policy ? *policy : WeightPolicy();
}

TEST(PolicyFileTest, TheLastRuleThatFitsCounts) {
  WeightPolicy policy = parsed("base: f32\n"
                               "rules:\n"
                               "  - {class: attention, format: int4}\n"
                               "  - class: attention\n"
                               "    layers: 1-2\n"
                               "    format: bf16\n"
                               "  - {layers: 7, format: int4}\n");
  EXPECT_EQ(formatOf(policy, WeightClass::Attention, 0), "int4");
  EXPECT_EQ(formatOf(policy, WeightClass::Attention, 1), "bf16");
  EXPECT_EQ(formatOf(policy, WeightClass::Attention, 2), "bf16");
  EXPECT_EQ(formatOf(policy, WeightClass::Attention, 3), "int4");
  EXPECT_EQ(formatOf(policy, WeightClass::Mlp, 7), "int4");
  EXPECT_EQ(formatOf(policy, WeightClass::Mlp, 6), "f32");
  EXPECT_EQ(formatOf(policy, WeightClass::Embedding), "f32");
}

TEST(PolicyFileTest, NormsAndTheRouterStayF32) {
  WeightPolicy policy = parsed("rules: [{format: int4}]");
  for (WeightClass weightClass : {WeightClass::Norm, WeightClass::Router})
    EXPECT_EQ(formatOf(policy, weightClass, 0), "f32");
  EXPECT_EQ(formatOf(policy, WeightClass::Mlp, 0), "int4");
}

TEST(PolicyFileTest, WithoutABaseItIsBf16) {
  EXPECT_EQ(formatOf(parsed("rules: []"), WeightClass::Mlp, 0), "bf16");
  EXPECT_EQ(formatOf(parsed("base: int4"), WeightClass::Mlp, 0), "int4");
}

TEST(PolicyFileTest, ScalesAreSearchedForWhereItSaysSo) {
  EXPECT_EQ(parsed("base: q4").scaleRule, ScaleRule::Extreme);
  EXPECT_EQ(parsed("base: q4\nscales: search").scaleRule, ScaleRule::Search);
  EXPECT_EQ(parsed("base: q4-qat").scaleRule, ScaleRule::Lattice);
}

TEST(PolicyFileTest, AMistakeIsNamedWithItsLine) {
  struct Case {
    const char *text, *words;
  };
  const Case cases[] = {
      {"", "line 1: needs base"},
      {"- 1", "line 1: needs base"},
      {"base: q99", "line 1: base \"q99\" is unknown, needs "},
      {"rules: 7", "line 1: rules must be a list"},
      {"base: f32\nrule: []", "line 2: key \"rule\" is unknown"},
      {"rules:\n  - 7", "line 2: a rule has"},
      {"rules:\n  - {class: mlp}", "line 2: format is missing"},
      {"rules:\n\n  - {class: mlp, format: int9}",
       "line 3: format \"int9\" is unknown, needs "},
      {"rules:\n  - class: heads\n    format: bf16",
       "line 2: class \"heads\" is unknown, needs attention"},
      {"rules:\n  - {layers: 3-1, format: bf16}", "line 2: layers must be"},
      {"rules:\n  - {layers: -1, format: bf16}", "line 2: layers must be"},
      {"rules:\n  - {layers: 1-, format: bf16}", "line 2: layers must be"},
      {"rules:\n  - {layers: 1-99999999999999999999, format: bf16}",
       "line 2: layers must be"},
      {"rules:\n  - {layers: [1, 2], format: bf16}", "line 2: layers must be"},
      {"rules:\n  - {class: norm, format: bf16}", "line 2: norm is always f32"},
      {"rules:\n  - {class: router, format: int4}",
       "line 2: router is always f32"},
      {"scales: lattice", "line 1: scales \"lattice\" is unknown"},
      {"base: int4\nscales: [search]", "line 2: scales must be a word"},
      {"base: f32\nrules: [", "line 2"},
      {"base: *none", "line 1"},
  };
  for (const Case &wrong : cases) {
    auto policy = parsePolicy(wrong.text);
    ASSERT_FALSE(policy) << wrong.text;
    EXPECT_EQ(policy.error().code(), g4rt::StatusCode::InvalidArgument);
    EXPECT_THAT(policy.error().message(), HasSubstr(wrong.words));
  }
}

TEST(PolicyFileTest, DeepAndLongTextsEnd) {
  EXPECT_FALSE(parsePolicy(std::string(1 << 19, '[')));
  EXPECT_FALSE(parsePolicy(std::string(1 << 19, '{')));
  EXPECT_FALSE(parsePolicy(std::string((1 << 20) + 1, ' ')));
}

TEST(PolicyFileTest, ANameIsAPresetOrAFile) {
  g4rt::TempFolder folder;
  EXPECT_TRUE(findPolicy("int4"));
  EXPECT_TRUE(findPolicy(folder.write("p.yaml", "base: int4")));
  auto wrong = findPolicy(folder.write("w.yaml", "base: 7"));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("w.yaml: line 1: base"));
  auto missing = findPolicy("q99");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), g4rt::StatusCode::NotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr("q99"));
  EXPECT_THAT(missing.error().message(), HasSubstr("bf16"));
}

} // namespace
} // namespace g4
