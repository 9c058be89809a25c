//===- StateFormatTest.cpp - What the dashboard shows, as JSON ------------===//

#include "runtime/http/dashboard/StateFormat.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

class StateFormatTest : public testing::Test {
protected:
  json::value state() {
    history.add(engine, now, 50);
    experts.add(view.experts, now);
    return stateJson({.model = "tiny",
                      .maxModelLength = 2048,
                      .time = 100.5,
                      .uptimeSeconds = 7,
                      .engine = engine,
                      .view = view,
                      .server = server,
                      .history = history,
                      .experts = experts});
  }

  StateHistory::Time now{};

  EngineStatus engine;
  EngineView view;
  ServerState server{1000};
  StateHistory history;
  ExpertHistory experts;
};

TEST_F(StateFormatTest, AnIdleEngineHasAllFieldsAndNoPercentile) {
  json::value json = state();
  EXPECT_EQ(json.at_pointer("/model/name"), "tiny");
  EXPECT_EQ(json.at_pointer("/model/max_model_len"), 2048);
  EXPECT_EQ(json.at_pointer("/engine/status"), "serving");
  EXPECT_EQ(json.at("slots"), json::array());
  EXPECT_EQ(json.at_pointer("/time_to_first_token/count"), 0);
  EXPECT_TRUE(json.at_pointer("/time_to_first_token/p99_seconds").is_null());
  EXPECT_EQ(json.at("draining"), false);
  EXPECT_EQ(json.at_pointer("/memory/http_limit_bytes"), 1000);
}

TEST_F(StateFormatTest, NumbersAreTheEngines) {
  engine = {.numRunning = 2,
            .numWaiting = 3,
            .numSlots = 16,
            .numRestarts = 1,
            .numPromptTokens = 40,
            .numAnswerTokens = 50,
            .numFinishedStop = 6,
            .numCancelled = 7};
  json::value json = state();
  EXPECT_EQ(json.at_pointer("/requests/running"), 2);
  EXPECT_EQ(json.at_pointer("/requests/waiting"), 3);
  EXPECT_EQ(json.at_pointer("/requests/stop"), 6);
  EXPECT_EQ(json.at_pointer("/requests/cancelled"), 7);
  EXPECT_EQ(json.at("num_slots"), 16);
  EXPECT_EQ(json.at_pointer("/engine/restarts"), 1);
  EXPECT_EQ(json.at_pointer("/tokens/prompt_total"), 40);
  EXPECT_EQ(json.at_pointer("/tokens/answer_total"), 50);
}

TEST_F(StateFormatTest, SlotsAndPoolsAreTheViews) {
  view.slots = {{.slot = 4,
                 .requestId = "req-1",
                 .phase = SlotPhase::Thought,
                 .numPromptTokens = 10,
                 .numAnswerTokens = 5,
                 .numComputed = 14,
                 .maxLength = 100,
                 .ageSeconds = 0.25,
                 .tokensPerSecond = 33.33333}};
  view.pools = {{.name = "global",
                 .pageSize = 16,
                 .numPages = 3,
                 .numUsed = 2,
                 .numShared = 1,
                 .pagesPerCell = 2,
                 .usedByCell = {2, 0},
                 .sharedByCell = {1, 0}}};
  view.weightBytes = 5000;
  json::value json = state();
  EXPECT_EQ(json.at_pointer("/slots/0"),
            json::parse(R"({"slot":4,"request":"req-1","phase":"thought",
                "prompt_tokens":10,"answer_tokens":5,"context_tokens":14,
                "max_tokens":100,"age_seconds":0.25,
                "tokens_per_second":33.333})"));
  EXPECT_EQ(json.at_pointer("/pools/0"),
            json::parse(R"({"name":"global","page_tokens":16,"pages":3,
                "used":2,"shared":1,"pages_per_cell":2,
                "used_by_cell":[2,0],"shared_by_cell":[1,0]})"));
  EXPECT_EQ(json.at_pointer("/memory/weight_bytes"), 5000);
}

TEST_F(StateFormatTest, ExpertsAndThePrefixCacheAreThoseOfTheLastMinute) {
  view.experts = {{.layer = "layers.1", .rows = {10, 20}}};
  engine.numPrefixQueries = 100;
  engine.numPrefixHits = 50;
  state();
  now += std::chrono::seconds(1);
  view.experts[0].rows = {13, 20};
  engine.numPrefixQueries = 140;
  engine.numPrefixHits = 60;
  json::value json = state();
  EXPECT_EQ(json.at("experts"),
            json::parse(R"([{"layer":"layers.1","rows":[3,0]}])"));
  EXPECT_EQ(json.at("prefix_cache"),
            json::parse(R"({"queried_tokens_total":140,"hit_tokens_total":60,
                "queried_tokens":40,"hit_tokens":10})"));
}

TEST_F(StateFormatTest, ReadsAreAShareWhereTheBandwidthIsKnown) {
  state();
  now += std::chrono::seconds(1);
  engine.readBytes = 3e9;
  engine.stepSeconds = 0.5;
  EXPECT_EQ(state().at("reads"), json::parse(R"({"bytes_total":3e9,
      "bytes_per_step_second":6e9,"memory_bandwidth_bytes":0.0,
      "share":null})"));
  engine.memoryBandwidth = 8e9;
  EXPECT_EQ(state().at_pointer("/reads/share").to_number<double>(), 0.75);
}

TEST_F(StateFormatTest, ALossIsShown) {
  engine.phase = EnginePhase::Restarting;
  engine.lastError = "the engine process ended: killed";
  json::value json = state();
  EXPECT_EQ(json.at_pointer("/engine/status"), "restarting");
  EXPECT_EQ(json.at_pointer("/errors/0/what"),
            "the engine process ended: killed");
  EXPECT_EQ(json.at_pointer("/errors/0/time").to_number<double>(), 50);
}

TEST_F(StateFormatTest, ASilentEngineIsDegraded) {
  engine.isDegraded = true;
  EXPECT_EQ(state().at_pointer("/engine/status"), "degraded");
}

// A dashboard of many slots and large pools costs its watchers little.
TEST_F(StateFormatTest, AStateIsOfBoundedSize) {
  for (size_t i = 0; i < EngineView::kMaxSlots; ++i)
    view.slots.push_back({.slot = static_cast<int64_t>(i),
                          .requestId = std::string(1000, 'x'),
                          .maxLength = 262144,
                          .ageSeconds = 1234.5678});
  std::vector<int32_t> cells(EngineView::kMaxCells, 4096);
  view.pools.assign(2, {.usedByCell = cells, .sharedByCell = cells});
  view.experts.assign(30, {.rows = std::vector<uint64_t>(128)});
  state();
  now += std::chrono::seconds(1);
  for (ExpertLoad &load : view.experts)
    load.rows.assign(128, 100'000);
  EXPECT_LT(json::serialize(state()).size(), size_t{128} << 10);
}

} // namespace
} // namespace g4rt
