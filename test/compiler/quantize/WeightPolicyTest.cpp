// Which format a policy gives a weight.

#include "compiler/quantize/WeightPolicy.h"

#include <gtest/gtest.h>

namespace g4 {
namespace {

using artifact::findFormat;
using artifact::WeightClass;

TEST(WeightPolicyTest, EveryPresetNamesFormatsThatThereAre) {
  for (const std::string &name : WeightPolicy::names()) {
    auto policy = WeightPolicy::find(name);
    ASSERT_TRUE(policy) << name;
    ASSERT_TRUE(policy->plain) << name;
    EXPECT_TRUE(policy->plain->isPlain()) << name;
    ASSERT_FALSE(policy->rules.empty()) << name;
    EXPECT_FALSE(policy->rules[0].weightClass || policy->rules[0].layers);
    for (const WeightPolicy::Rule &rule : policy->rules)
      EXPECT_TRUE(rule.format) << name;
  }
  EXPECT_FALSE(WeightPolicy::find("int5"));
}

TEST(WeightPolicyTest, Int4KeepsTablesInBf16AndNormsInF32) {
  WeightPolicy policy = *WeightPolicy::find("int4");
  EXPECT_EQ(policy.formatOf({.weightClass = WeightClass::Experts}).name,
            "int4");
  EXPECT_EQ(policy.formatOf({}).name, "int4");
  EXPECT_EQ(policy.formatOf({.weightClass = WeightClass::Head}).name, "bf16");
  EXPECT_EQ(policy.formatOf({.weightClass = WeightClass::Router}).name, "f32");
}

TEST(WeightPolicyTest, TheLastRuleThatFitsDecides) {
  WeightPolicy policy = *WeightPolicy::find("int4");
  policy.rules.push_back({.weightClass = WeightClass::Mlp,
                          .layers = {{.first = 2, .last = 3}},
                          .format = findFormat("bf16")});
  auto mlpOf = [&](std::optional<int64_t> layer) {
    return policy.formatOf({.weightClass = WeightClass::Mlp, .layer = layer})
        .name;
  };
  EXPECT_EQ(mlpOf(1), "int4");
  EXPECT_EQ(mlpOf(2), "bf16");
  EXPECT_EQ(mlpOf(3), "bf16");
  EXPECT_EQ(mlpOf(4), "int4");
  EXPECT_EQ(mlpOf({}), "int4");
  EXPECT_EQ(
      policy.formatOf({.weightClass = WeightClass::Attention, .layer = 2}).name,
      "int4");
}

} // namespace
} // namespace g4
