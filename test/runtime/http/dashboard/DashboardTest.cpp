//===- DashboardTest.cpp - The engine's state, looked at and sent ---------===//

#include "runtime/http/dashboard/Dashboard.h"

#include "runtime/http/Server.h"

#include <gtest/gtest.h>

#include <mutex>

#include "test/runtime/http/RawClient.h"
#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

/// Shows what a test says.
class ShownEngine : public Engine {
public:
  Result<GenerationId> submit(GenerationRequest, GenerationSink) override {
    return Status(StatusCode::Unavailable, "the engine is not serving");
  }
  void cancel(GenerationId) override {}
  bool drain(std::chrono::steady_clock::time_point) override { return true; }
  EngineStatus status() const override {
    std::lock_guard lock(mutex);
    return {.numRunning = numTokens > 0,
            .numSlots = 4,
            .numAnswerTokens = numTokens};
  }
  EngineView view() const override {
    std::lock_guard lock(mutex);
    if (numTokens == 0)
      return {};
    return {.slots = {{.slot = 2,
                       .requestId = "req-9",
                       .numAnswerTokens = static_cast<int64_t>(numTokens)}}};
  }
  void set(uint64_t count) {
    std::lock_guard lock(mutex);
    numTokens = count;
  }

private:
  mutable std::mutex mutex;
  uint64_t numTokens = 0;
};

class DashboardTest : public testing::Test {
protected:
  DashboardTest() {
    ServedModel model{.engine = engine,
                      .tokenizer = *tokenizer,
                      .name = "tiny",
                      .maxModelLength = 256};
    if (auto started = Server::start({.port = 0}, model))
      server = *std::move(started);
  }
  json::value state() {
    RawClient client(server->port());
    client.send(getRequest("/g4/state"));
    return client.receive().json();
  }

  TestTokenizer tokenizer{chatTokenizerJson()};
  ShownEngine engine;
  std::unique_ptr<Server> server;
};

/// A client of /g4/events.
class EventReader {
public:
  explicit EventReader(uint16_t port) : client_(port) {
    client_.send(getRequest("/g4/events"));
  }
  /// The next event.
  json::value next() {
    std::string text = client_.receiveUntil("\n\n");
    size_t at = text.find("data: ");
    if (at == text.npos)
      return nullptr;
    auto value = parseJson(text.substr(at + 6, text.rfind("\n\n") - at - 6));
    return value ? *value : json::value(nullptr);
  }
  bool isOpen() { return !next().is_null(); }

private:
  RawClient client_;
};

TEST_F(DashboardTest, TheStateIsTheEnginesOfNow) {
  EXPECT_EQ(state().at("slots"), json::array());
  engine.set(7);
  json::value json = state();
  EXPECT_EQ(json.at_pointer("/slots/0/request"), "req-9");
  EXPECT_EQ(json.at_pointer("/slots/0/answer_tokens"), 7);
  EXPECT_EQ(json.at_pointer("/tokens/answer_total"), 7);
  EXPECT_EQ(json.at("num_slots"), 4);
}

TEST_F(DashboardTest, EventsComeByThemselvesAndAreTheState) {
  EventReader reader(server->port());
  EXPECT_EQ(reader.next().at("slots"), json::array()); // at once
  engine.set(7);
  json::value event = reader.next();
  while (event.is_object() && event.at("slots") == json::array())
    event = reader.next();
  EXPECT_EQ(event.at_pointer("/slots/0/answer_tokens"), 7);
  json::object now = state().as_object();
  for (const auto &[key, value] : event.as_object())
    EXPECT_TRUE(now.contains(key)) << key;
}

TEST_F(DashboardTest, WhoWatchesDoesNotHoldUpTheEnd) {
  EventReader reader(server->port());
  EXPECT_TRUE(reader.isOpen());
  EXPECT_TRUE(server->stop(std::chrono::steady_clock::time_point::max()));
}

TEST_F(DashboardTest, ThereIsALimitOfWatchersAndWhoLeavesMakesRoom) {
  std::vector<std::unique_ptr<EventReader>> readers;
  for (size_t i = 0; i < Dashboard::kMaxWatchers; ++i) {
    readers.push_back(std::make_unique<EventReader>(server->port()));
    EXPECT_TRUE(readers.back()->isOpen()) << i;
  }
  auto statusOfOneMore = [&] {
    RawClient client(server->port());
    client.send(getRequest("/g4/events"));
    return client.receiveUntil("\r\n");
  };
  EXPECT_TRUE(statusOfOneMore().starts_with("HTTP/1.1 503"));
  readers.pop_back();
  while (statusOfOneMore().starts_with("HTTP/1.1 503"))
    std::this_thread::yield();
}

TEST_F(DashboardTest, HeadGetsNoEvents) {
  RawClient client(server->port());
  client.send(getRequest("/g4/events", "HEAD"));
  RawResponse response = client.receive(/*isHead=*/true);
  EXPECT_EQ(response.status, 200);
  client.send(getRequest("/health"));
  EXPECT_EQ(client.receive().status, 200);
}

} // namespace
} // namespace g4rt
