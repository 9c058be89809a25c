//===- MetricsTest.cpp - Prometheus text ----------------------------------===//

#include "runtime/http/openai/Metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace g4rt {
namespace {

using testing::HasSubstr;

TEST(MetricsTest, EveryMetricIsDescribedOnceBeforeItsLines) {
  ServerState server;
  server.numResponses[200] = 3;
  std::istringstream lines(formatMetrics({}, server, "tiny"));
  std::set<std::string> described;
  std::string current;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      current = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(described.insert(current).second) << current;
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_TRUE(line.starts_with("# TYPE " + current + " ")) << line;
    } else {
      EXPECT_TRUE(line.starts_with(current)) << line;
    }
    EXPECT_TRUE(current.starts_with("g4rt:") || current.starts_with("vllm:"));
  }
  EXPECT_GT(described.size(), 15u);
}

TEST(MetricsTest, BucketsAddUp) {
  EngineStatus engine;
  LatencyHistogram &histogram = engine.timeToFirstToken;
  histogram.counts[0] = 2;
  histogram.counts[1] = 3;
  histogram.counts.back() = 4;
  histogram.sumSeconds = 1.5;
  ServerState server;
  std::string text = formatMetrics(engine, server, "tiny");
  std::string name = "g4rt:time_to_first_token_seconds";
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"0.0005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"0.001\"} 5\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"10\"} 5\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{le=\"+Inf\"} 9\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum 1.5\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count 9\n"));
}

TEST(MetricsTest, ThePrefixCacheHasVllmsNamesToo) {
  EngineStatus engine;
  engine.numPrefixQueries = 90;
  engine.numPrefixHits = 60;
  ServerState server;
  std::string text = formatMetrics(engine, server, "a \"b\"");
  EXPECT_THAT(text, HasSubstr("g4rt:prefix_cache_hits_total 60\n"));
  EXPECT_THAT(text, HasSubstr("vllm:prefix_cache_queries_total"
                              "{model_name=\"a \\\"b\\\"\"} 90\n"));
  EXPECT_THAT(text,
              HasSubstr("vllm:time_to_first_token_seconds_bucket"
                        "{model_name=\"a \\\"b\\\"\",le=\"0.0005\"} 0\n"));
}

TEST(MetricsTest, EndpointPickersFindTheirMetrics) {
  EngineStatus engine;
  engine.numRunning = 3;
  engine.numWaiting = 4;
  engine.numPagesUsed = 10;
  engine.numPages = 40;
  engine.pageSize = 64;
  ServerState server;
  std::string text = formatMetrics(engine, server, "tiny");
  std::string label = "{model_name=\"tiny\"} ";
  EXPECT_THAT(text, HasSubstr("vllm:num_requests_running" + label + "3\n"));
  EXPECT_THAT(text, HasSubstr("vllm:num_requests_waiting" + label + "4\n"));
  EXPECT_THAT(text, HasSubstr("vllm:kv_cache_usage_perc" + label + "0.25\n"));
  EXPECT_THAT(text,
              HasSubstr("vllm:cache_config_info{block_size=\"64\","
                        "num_gpu_blocks=\"40\",model_name=\"tiny\"} 1\n"));
}

TEST(MetricsTest, LostCallsAreCountedByReason) {
  EngineStatus engine;
  engine.numCutCalls = 2;
  engine.numUnreadableCalls = 3;
  std::string text = formatMetrics(engine, ServerState(), "tiny");
  std::string name = "g4rt:invalid_tool_calls_total";
  EXPECT_THAT(text, HasSubstr(name + "{reason=\"cut\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "{reason=\"unreadable\"} 3\n"));
}

TEST(MetricsTest, ReadsAndViewsAreCounted) {
  EngineStatus engine;
  engine.readBytes = 5e12;
  engine.memoryBandwidth = 4.8e12;
  engine.viewSeconds = 0.25;
  std::string text = formatMetrics(engine, ServerState(), "tiny");
  EXPECT_THAT(text, HasSubstr("g4rt:read_bytes_total 5000000000000\n"));
  EXPECT_THAT(text, HasSubstr("g4rt:memory_bandwidth_bytes 4800000000000\n"));
  EXPECT_THAT(text, HasSubstr("g4rt:view_seconds_total 0.25\n"));
}

TEST(MetricsTest, CacheUsageIsAShare) {
  EngineStatus engine;
  engine.numPages = 8;
  engine.numPagesUsed = 2;
  ServerState server;
  EXPECT_THAT(formatMetrics(engine, server, "tiny"),
              HasSubstr("g4rt:kv_cache_usage 0.25\n"));
}

} // namespace
} // namespace g4rt
