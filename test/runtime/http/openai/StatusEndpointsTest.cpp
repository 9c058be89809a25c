//===- StatusEndpointsTest.cpp - Models, health, version ------------------===//

#include "runtime/http/openai/Api.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

/// Is in the state that a test says, and answers nothing.
class StillEngine : public Engine {
public:
  Result<GenerationId> submit(GenerationRequest, GenerationSink) override {
    return Status(StatusCode::Unavailable, "the engine is not serving");
  }
  void cancel(GenerationId) override {}
  bool drain(std::chrono::steady_clock::time_point) override { return true; }
  EngineStatus status() const override { return state; }

  EngineStatus state;
};

/// A server whose engine is in this state from the start.
class StillServer {
public:
  explicit StillServer(EngineStatus state) {
    engine.state = std::move(state);
    ServedModel model{.engine = engine,
                      .tokenizer = *tokenizer,
                      .chatTemplate = chatTemplate.operator->(),
                      .name = "tiny",
                      .maxModelLength = 256};
    if (auto started = Server::start({.port = 0}, model))
      server = *std::move(started);
  }
  RawResponse request(std::string_view bytes) {
    RawClient client(server->port());
    client.send(bytes);
    return client.receive();
  }

  TestTokenizer tokenizer{chatTokenizerJson()};
  TestChatTemplate chatTemplate{g4::gemma4::TemplateVariant::Small};
  StillEngine engine;
  std::unique_ptr<Server> server;
};

TEST(StatusEndpointsTest, TheModelIsListed) {
  TestServer server;
  json::value list = server.get("/v1/models").json();
  json::value model = json::parse(R"({"id":"tiny","object":"model",
      "created":1234,"owned_by":"g4","max_model_len":256})");
  EXPECT_EQ(list.at_pointer("/data/0"), model);
  EXPECT_EQ(server.get("/v1/models/tiny").json(), model);
  EXPECT_EQ(server.get("/v1/models/%74iny").json(), model);
  RawResponse other = server.get("/v1/models/other");
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.error("code"), "model_not_found");
}

TEST(StatusEndpointsTest, ALostDeviceShows) {
  TestServer server;
  EXPECT_EQ(server.get("/health").status, 200);
  EXPECT_EQ(server.get("/ready").status, 200);
  server.executor.breakDevice();
  EXPECT_EQ(server.chat().status, 503);
  RawResponse health = server.get("/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_EQ(health.error("code"), "engine_failed");
  EXPECT_EQ(stringAt(health.json(), "/status"), "failed");
  EXPECT_EQ(stringAt(health.json(), "/last_error"), "the device is lost");
  EXPECT_EQ(server.get("/ready").status, 503);
  EXPECT_EQ(server.chat().error("code"), "engine_failed");
}

TEST(StatusEndpointsTest, ALoadIsNotReadyAndSaysHowFarItIs) {
  StillServer server({.phase = EnginePhase::Loading, .loadProgress = 0.25});
  for (const char *path : {"/health", "/ready"}) {
    RawResponse response = server.request(getRequest(path));
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.error("code"), "engine_loading");
    EXPECT_EQ(stringAt(response.json(), "/status"), "loading");
    EXPECT_EQ(response.json().at("progress").as_double(), 0.25);
    EXPECT_TRUE(response.hasHeader("Retry-After: 5"));
  }
}

TEST(StatusEndpointsTest, ARestartSaysWhatWasLost) {
  StillServer server({.phase = EnginePhase::Restarting,
                      .lastError = "cuGraphLaunch: lost",
                      .numRestarts = 3});
  RawResponse response = server.request(getRequest("/health"));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.error("code"), "engine_restarting");
  EXPECT_EQ(stringAt(response.json(), "/last_error"), "cuGraphLaunch: lost");
  EXPECT_EQ(response.json().at("restarts").to_number<int>(), 3);
  response = server.request(
      postRequest("/v1/chat/completions", TestServer::chatBody()));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.error("code"), "engine_restarting");
  EXPECT_TRUE(response.hasHeader("Retry-After: 5"));
  response = server.request(getRequest("/metrics"));
  EXPECT_NE(response.body.find("g4rt:engine_restarts_total 3\n"),
            std::string::npos);
  EXPECT_NE(response.body.find("g4rt:healthy 0\n"), std::string::npos);
}

TEST(StatusEndpointsTest, TheVersionIsTold) {
  TestServer server;
  EXPECT_EQ(stringAt(server.get("/version").json(), "/version").substr(0, 2),
            "0.");
}

} // namespace
} // namespace g4rt
