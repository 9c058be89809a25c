//===- ModelReportTest.cpp - What g4rt bench FILE calculates --------------===//
//
// Times are passed in, so every figure is exact.
//
//===----------------------------------------------------------------------===//

#include "tools/g4rt/bench/ModelReport.h"

#include "tools/g4rt/bench/Statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Two repetitions of 8 steps of 4 sessions: 32 tokens in 2 s and in 4 s.
ModelReport report() {
  ModelTestResult result{.test = {ModelTest::Kind::Generate, 8, 4096, 4},
                         .seconds = {2, 4},
                         .numSteps = 8,
                         .bytes = 30e9,
                         .products = 3e9};
  return {.model = "m",
          .device = "cpu",
          .target = "x86-64-v3",
          .numThreads = 2,
          .roofs = {.readBandwidth = 40e9, .byteDotRate = 10e9},
          .lines = {{.result = result, .parts = {}}}};
}

std::vector<std::string> namesOf(const ModelTestLists &lists) {
  std::vector<std::string> names;
  for (const ModelTest &test : lists.tests())
    names.push_back(test.name());
  return names;
}

TEST(ModelTestLists, NameTestsAsLlamaBenchDoes) {
  EXPECT_THAT(namesOf({}), ElementsAre("pp128", "pp512", "tg32", "tg32 x2",
                                       "tg32 x4", "tg32 x8", "tg32 x16"));
  EXPECT_THAT(
      namesOf(
          {.prompts = {7}, .answers = {3}, .depths = {0, 64}, .sessions = {2}}),
      ElementsAre("pp7", "tg3 x2", "pp7 @ d64", "tg3 x2 @ d64"));
}

TEST(ModelTestLists, NoTokensAreNoTest) {
  EXPECT_THAT(namesOf({.prompts = {0}, .answers = {3}, .sessions = {1}}),
              ElementsAre("tg3"));
  EXPECT_THAT(namesOf({.prompts = {0}, .answers = {0}}), ElementsAre());
}

TEST(Statistics, TheDeviationIsThatOfASample) {
  EXPECT_DOUBLE_EQ(sampleDeviation({1, 2, 3, 4}), std::sqrt(5.0 / 3));
  EXPECT_DOUBLE_EQ(sampleDeviation({5}), 0);
  EXPECT_DOUBLE_EQ(meanOf({}), 0);
}

TEST(ModelReport, RatesAreOfRepetitionsAndSharesOfTheRoofs) {
  json::object line = jsonOf(report()).at("results").at(0).as_object();
  EXPECT_EQ(line.at("test"), "tg8 x4 @ d4096");
  EXPECT_EQ(line.at("n"), 2);
  EXPECT_EQ(line.at("n_gen"), 8);
  EXPECT_EQ(line.at("n_prompt"), 0);
  EXPECT_DOUBLE_EQ(line.at("avg_ts").as_double(), 12); // of 16 and 8
  EXPECT_DOUBLE_EQ(line.at("stddev_ts").as_double(), std::sqrt(32.0));
  EXPECT_DOUBLE_EQ(line.at("ms_per_step").as_double(), 375);
  EXPECT_DOUBLE_EQ(line.at("gb_per_s").as_double(), 10);
  EXPECT_DOUBLE_EQ(line.at("bandwidth_share").as_double(), 0.25);
  EXPECT_DOUBLE_EQ(line.at("dot_rate_share").as_double(), 0.1);
  EXPECT_FALSE(line.contains("explain"));
}

TEST(ModelReport, WithoutRoofsThereAreNoShares) {
  ModelReport unmeasured = report();
  unmeasured.roofs = {};
  json::object object = jsonOf(unmeasured);
  EXPECT_TRUE(object.at("read_gb_per_s").is_null());
  EXPECT_TRUE(object.at("results").at(0).at("bandwidth_share").is_null());
  EXPECT_THAT(textOf(unmeasured), Not(HasSubstr(", reads")));
}

TEST(ModelReport, TextAndMarkdownHaveTheSameFigures) {
  EXPECT_EQ(
      textOf(report()),
      "m, cpu x86-64-v3, 2 threads, 0.00 GB of weights, reads 40.0 GB/s, "
      "10.0 G 8-bit products/s\n\n"
      "test            n  tok/s    sd  ms/step   GB/s  of read  of dots\n"
      "tg8 x4 @ d4096  2  12.00  5.66   375.00  10.00   25.0 %   10.0 %\n");
  EXPECT_THAT(markdownOf(report()),
              HasSubstr("| tg8 x4 @ d4096 | 2 | 12.00 | 5.66 | 375.00 | 10.00 "
                        "| 25.0 % | 10.0 % |\n"));
}

TEST(ModelReport, PartsOfAStepAreShownWithTheirSum) {
  ModelReport explained = report();
  explained.lines[0].parts = StepParts{.reading = 0.1,
                                       .dots = 0.05,
                                       .attention = 0.02,
                                       .otherKernels = 0.01,
                                       .barriers = 0.01,
                                       .sampling = 0.005,
                                       .host = 0.005,
                                       .step = 0.2,
                                       .plainStep = 0.198,
                                       .kernels = {{"linear_a", 30, 0.15}}};
  EXPECT_THAT(textOf(explained),
              HasSubstr("reading weights       100.000  50.0 %"));
  EXPECT_THAT(textOf(explained), HasSubstr("sum                   200.000"));
  json::value parts = jsonOf(explained).at("results").at(0).at("explain");
  EXPECT_DOUBLE_EQ(parts.at("sum_ms").as_double(), 200);
  EXPECT_DOUBLE_EQ(parts.at("step_ms").as_double(), 198);
  EXPECT_EQ(parts.at("kernels").at(0).at("kernel"), "linear_a");
}

} // namespace
} // namespace g4rt
