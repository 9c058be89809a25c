//===- AnswerDeliveryTest.cpp - Refusals and failures on the way ----------===//

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

const std::string kStream = postRequest(
    "/v1/chat/completions", TestServer::chatBody(R"(,"stream":true)"));

TEST(AnswerDeliveryTest, AFullQueueIsTold) {
  TestServerOptions options;
  options.numSlots = 1;
  options.maxQueued = 1;
  TestServer server(options);
  server.executor.allowSteps(0);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(kStream);
    ASSERT_TRUE(clients.back()->readUntil("data: ")); // it was taken
  }
  RawResponse refused = server.chat();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.error("code"), "queue_full");
  EXPECT_TRUE(refused.hasHeader("Retry-After: 1"));
  server.executor.allowSteps(-1);
  for (auto &client : clients)
    EXPECT_EQ(client->receive().events().back(), "[DONE]");
}

TEST(AnswerDeliveryTest, AFailureBeforeTheFirstTokenHasItsStatus) {
  TestServer server;
  server.executor.breakDevice();
  RawResponse response = server.chat();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.error("code"), "engine_lost");
}

TEST(AnswerDeliveryTest, ADeviceWithoutMemoryIsNoFullQueue) {
  TestServer server;
  server.executor.breakDevice({StatusCode::ResourceExhausted, "no memory"});
  RawResponse response = server.chat();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.error("code"), "internal_error");
}

TEST(AnswerDeliveryTest, AFailureInAStreamIsAnEventWithoutDone) {
  TestServer server;
  server.executor.allowSteps(2);
  RawClient client(server.port());
  client.send(kStream);
  ASSERT_TRUE(client.readUntil("\"he\""));
  server.executor.waitUntilHeld();
  server.executor.breakDevice();
  server.executor.allowSteps(-1);
  std::string all = client.receiveAll();
  EXPECT_THAT(all, testing::HasSubstr("engine_lost"));
  EXPECT_THAT(all, testing::Not(testing::HasSubstr("[DONE]")));
}

TEST(AnswerDeliveryTest, ASilentStreamIsKeptAlive) {
  TestServerOptions options;
  options.limits.pingTime = std::chrono::milliseconds(20);
  TestServer server(options);
  server.executor.allowSteps(1);
  RawClient client(server.port());
  client.send(kStream);
  EXPECT_TRUE(client.readUntil(": ping\n\n"));
  server.executor.allowSteps(-1);
  EXPECT_EQ(client.receive().events().back(), "[DONE]");
}

} // namespace
} // namespace g4rt
