//===- ServeBenchTest.cpp - What g4rt bench serve calculates --------------===//
//
// Times are passed in, so every figure is exact.
//
//===----------------------------------------------------------------------===//

#include "tools/g4rt/bench/BenchReport.h"
#include "tools/g4rt/bench/Datasets.h"
#include "tools/g4rt/bench/StreamClient.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;

std::string pieceEvent(std::string_view text) {
  return "data: {\"choices\":[{\"delta\":{\"content\":\"" + std::string(text) +
         "\"}}]}\n\n";
}

/// A whole answer whose pieces come at these times.
RequestTiming answerAt(double start, const std::vector<double> &times) {
  RequestTiming timing{.start = start, .end = start};
  AnswerEvents events;
  events.append("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\","
                "\"content\":\"\"}}]}\n\n",
                start, timing);
  for (double time : times)
    events.append(pieceEvent("x"), time, timing);
  events.append("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                "\"completion_tokens\":" +
                    std::to_string(times.size()) + "}}\n\ndata: [DONE]\n\n",
                times.back() + 9, timing);
  events.finish(timing);
  return timing;
}

TEST(ServeBenchTest, TimesAreThoseOfThePiecesOfText) {
  RequestTiming timing = answerAt(10, {10.5, 10.625, 10.875});
  EXPECT_TRUE(timing.isWhole()) << timing.error;
  EXPECT_EQ(timing.timeToFirstToken, 0.5);
  EXPECT_THAT(timing.interTokenLatencies, ElementsAre(0.125, 0.25));
  EXPECT_EQ(timing.latency(), 0.875);
  EXPECT_EQ(timing.timePerOutputToken(), 0.1875);
  EXPECT_EQ(timing.numPromptTokens, 7);
  EXPECT_EQ(timing.numAnswerTokens, 3);
}

TEST(ServeBenchTest, EventsAreReadHoweverTheyAreCut) {
  std::string bytes =
      ": ping\r\n\r\n" + pieceEvent("a") + pieceEvent("b") + "data:[DONE]\n\n";
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    RequestTiming timing;
    AnswerEvents events;
    events.append(bytes.substr(0, cut), 1, timing);
    events.append(bytes.substr(cut), 2, timing);
    events.finish(timing);
    EXPECT_TRUE(timing.isWhole()) << cut << timing.error;
    EXPECT_EQ(timing.numAnswerTokens, 2) << cut; // without usage: the pieces
  }
}

TEST(ServeBenchTest, AnAnswerThatFailsOrIsCutHasAnError) {
  auto errorOf = [](std::string_view bytes) {
    RequestTiming timing;
    AnswerEvents events;
    events.append(bytes, 1, timing);
    events.finish(timing);
    return timing.error;
  };
  EXPECT_EQ(errorOf(pieceEvent("a")), "the answer was cut off");
  EXPECT_EQ(errorOf("data: [DONE]\n\n"), "the answer has no text");
  EXPECT_EQ(errorOf("data: {\"error\":{\"message\":\"lost\"}}\n\n"), "lost");
  EXPECT_EQ(errorOf("data: {\n\n"), "an event that is no JSON object");
}

// The values are numpy.percentile's.
TEST(ServeBenchTest, PercentilesAreLinearBetweenTwoValues) {
  std::vector<double> values = {40, 10, 30, 20};
  EXPECT_EQ(percentileOf(values, 0), 10);
  EXPECT_EQ(percentileOf(values, 50), 25);
  EXPECT_THAT(percentileOf(values, 99), DoubleEq(39.7));
  EXPECT_EQ(percentileOf(values, 100), 40);
  EXPECT_EQ(percentileOf({5}, 99), 5);
  EXPECT_EQ(percentileOf({}, 99), 0);
}

ServeRunResult threeAnswers() {
  RequestTiming failed{.error = "HTTP 429: full", .start = 0, .end = 9};
  return {.seconds = 4,
          .timings = {answerAt(0, {0.1, 0.15, 0.2}), answerAt(1, {1.3, 1.4}),
                      failed}};
}

TEST(ServeBenchTest, FiguresAreOfWholeAnswersAlone) {
  json::object result = benchJson(threeAnswers(), {.model = "m",
                                                   .maxConcurrency = 2,
                                                   .goodput = {.ttft = 200},
                                                   .percentiles = {90, 99}});
  EXPECT_EQ(result.at("completed"), 2);
  EXPECT_EQ(result.at("failed"), 1);
  EXPECT_EQ(result.at("total_input_tokens"), 14);
  EXPECT_EQ(result.at("total_output_tokens"), 5);
  EXPECT_EQ(result.at("request_rate"), "inf");
  auto number = [&](const char *key) {
    return result.at(key).to_number<double>();
  };
  EXPECT_EQ(number("request_throughput"), 0.5);
  EXPECT_EQ(number("request_goodput"), 0.25);
  EXPECT_EQ(number("output_throughput"), 1.25);
  EXPECT_NEAR(number("mean_ttft_ms"), 200, 1e-9);
  EXPECT_NEAR(number("p90_ttft_ms"), 280, 1e-9);
  EXPECT_NEAR(number("median_tpot_ms"), 75, 1e-9);
  EXPECT_NEAR(number("p99_itl_ms"), 99, 1e-9);
  EXPECT_NEAR(number("std_e2el_ms"), 100, 1e-9);
  EXPECT_EQ(result.at("errors").as_array()[2], "HTTP 429: full");
}

TEST(ServeBenchTest, TheBlockIsVllms) {
  BenchReportOptions options{.model = "m", .maxConcurrency = 2};
  std::string text = benchText(benchJson(threeAnswers(), options), options);
  EXPECT_TRUE(
      text.starts_with("============ Serving Benchmark Result ============\n"
                       "Successful requests:                     2         \n"
                       "Failed requests:                         1         \n"
                       "Maximum request concurrency:             2         \n"
                       "Benchmark duration (s):                  4.00      \n"))
      << text;
  EXPECT_THAT(
      text, HasSubstr("---------------Time to First Token----------------\n"
                      "Mean TTFT (ms):                          200.00    \n"
                      "Median TTFT (ms):                        200.00    \n"
                      "P99 TTFT (ms):                           298.00    \n"
                      "-----Time per Output Token (excl. 1st token)------\n"));
  EXPECT_TRUE(text.ends_with(std::string(50, '=') + "\n"));
}

TEST(ServeBenchTest, LimitsOfGoodputAreReadOrRefused) {
  auto limits = parseGoodput({"ttft:200", "tpot:30.5"});
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->ttft, 200);
  EXPECT_EQ(limits->tpot, 30.5);
  EXPECT_FALSE(limits->e2el);
  for (const char *word : {"ttft", "ttft:", "ttft:x", "ttft:-1", "itl:5", ""})
    EXPECT_FALSE(parseGoodput({word})) << word;
}

TEST(ServeBenchTest, AnAddressIsHostPortAndPrefix) {
  auto textOf = [](std::string_view url) {
    auto server = parseServerUrl(url);
    return server ? server->host + "|" + server->port + "|" + server->prefix
                  : "no";
  };
  EXPECT_EQ(textOf("http://127.0.0.1:8000"), "127.0.0.1|8000|");
  EXPECT_EQ(textOf("http://localhost/"), "localhost|80|");
  EXPECT_EQ(textOf("http://[::1]:81/a/b/"), "::1|81|/a/b");
  EXPECT_EQ(textOf("https://localhost"), "no");
}

TEST(ServeBenchTest, DatasetsAreTheSameForTheSameSeed) {
  DatasetOptions options{.numPrompts = 5, .inputLength = 9, .outputLength = 3};
  auto first = makeDataset(options), second = makeDataset(options);
  ASSERT_TRUE(first && second);
  ASSERT_EQ(first->size(), 5u);
  for (size_t i = 0; i < 5; ++i)
    EXPECT_EQ(first->at(i).prompt, second->at(i).prompt);
  EXPECT_EQ(std::ranges::count(first->at(0).prompt, ' '), 8);
  EXPECT_NE(first->at(0).prompt, first->at(1).prompt);
  EXPECT_EQ(first->at(0).maxTokens, 3);
  options.name = "svg";
  EXPECT_EQ(makeDataset(options)->at(0).prompt, "Draw a large red circle.");
  options.name = "fixed";
  EXPECT_FALSE(makeDataset(options));
}

TEST(ServeBenchTest, ShareGptsFirstQuestionsAreTaken) {
  auto prompts = shareGptPrompts(
      R"([{"conversations":[{"from":"human","value":"a"},
                            {"from":"gpt","value":"b"}]},
          {"conversations":[{"from":"gpt","value":"c"}]},
          {"conversations":[]}, 7,
          {"conversations":[{"from":"human","value":"d"}]}])");
  ASSERT_TRUE(prompts);
  EXPECT_THAT(*prompts, ElementsAre("a", "d"));
  EXPECT_FALSE(shareGptPrompts("[]"));
  EXPECT_FALSE(shareGptPrompts("{}"));
}

} // namespace
} // namespace g4rt
