//===- ServerTest.cpp - Starting and stopping -----------------------------===//

#include "runtime/http/Server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

std::chrono::steady_clock::time_point inSeconds(int seconds) {
  return std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
}

TEST(ServerTest, AWrongAddressIsRefused) {
  TestServer server;
  auto started = Server::start({.address = "not-an-address"}, server.model);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), StatusCode::InvalidArgument);
}

TEST(ServerTest, ATakenPortIsRefusedWithItsNumber) {
  TestServer server;
  auto started = Server::start({.port = server.port()}, server.model);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(started.error().message(),
              HasSubstr(std::to_string(server.port())));
}

TEST(ServerTest, StoppingAnIdleServerIsClean) {
  TestServer server;
  RawClient idle(server.port());
  EXPECT_TRUE(server.server->stop(inSeconds(20)));
  EXPECT_TRUE(idle.isClosedByServer());
}

TEST(ServerTest, ADrainingServerRefusesTokensAndIsNotReady) {
  TestServer server;
  server.server->beginDrain();
  EXPECT_EQ(server.get("/ready").status, 503);
  EXPECT_EQ(server.get("/health").status, 200);
  RawResponse response = server.chat();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.error("code"), "draining");
  EXPECT_TRUE(response.hasHeader("Retry-After: 5"));
  EXPECT_TRUE(response.hasHeader("Connection: close"));
}

TEST(ServerTest, StoppingWaitsForTheAnswerInFlight) {
  TestServer server;
  server.executor.allowSteps(2);
  RawClient client(server.port());
  client.send(postRequest("/v1/chat/completions",
                          TestServer::chatBody(R"(,"stream":true)")));
  server.executor.waitUntilHeld();
  auto stopped = std::async(std::launch::async,
                            [&] { return server.server->stop(inSeconds(20)); });
  while (server.get("/ready").status != 503)
    std::this_thread::yield();
  EXPECT_EQ(server.chat().status, 503);
  server.executor.allowSteps(-1);
  RawResponse response = client.receive();
  EXPECT_TRUE(response.isWhole);
  EXPECT_EQ(response.events().back(), "[DONE]");
  EXPECT_TRUE(stopped.get());
}

TEST(ServerTest, AtTheDeadlineAStreamIsCutWithAnError) {
  TestServerOptions options;
  options.maxModelLength = 8192;
  TestServer server(options);
  server.executor.allowSteps(2);
  RawClient client(server.port());
  client.send(
      postRequest("/v1/chat/completions",
                  TestServer::chatBody(R"(,"stream":true,"ignore_eos":true)")));
  server.executor.waitUntilHeld();
  auto stopped = std::async(std::launch::async,
                            [&] { return server.server->stop(inSeconds(0)); });
  // Thousands of steps are left: each waits until the last one is done.
  auto stepping = std::async(std::launch::async, [&] {
    while (stopped.wait_for(std::chrono::seconds(0)) !=
           std::future_status::ready) {
      server.executor.allowSteps(1);
      std::this_thread::yield();
    }
  });
  std::string all = client.receiveAll();
  stepping.get();
  EXPECT_FALSE(stopped.get());
  EXPECT_THAT(all, HasSubstr("\"error\""));
  EXPECT_THAT(all, testing::Not(HasSubstr("[DONE]")));
  EXPECT_TRUE(server.becomesIdle());
}

} // namespace
} // namespace g4rt
