//===- ServerCoreTest.cpp - Connections and host names --------------------===//

#include "runtime/http/ServerCore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

TEST(ServerCoreTest, AForeignHostIsRefused) {
  TestServer server;
  RawResponse response =
      server.request("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.error("code"), "host_not_allowed");
}

/// Half of a request with a body.
std::string halfRequest() {
  return "POST /tokenize HTTP/1.1\r\nHost: localhost\r\n"
         "Content-Length: 100\r\n\r\n{";
}

TEST(ServerCoreTest, IdleConnectionsGoFirst) {
  TestServerOptions options;
  options.limits.maxConnections = 2;
  TestServer server(options);
  RawClient silent(server.port());
  RawClient idle(server.port());
  idle.send(getRequest("/health"));
  EXPECT_EQ(idle.receive().status, 200);
  RawClient third(server.port());
  third.send(getRequest("/health"));
  EXPECT_EQ(third.receive().status, 200);
  EXPECT_TRUE(idle.isClosedByServer());
  silent.send(getRequest("/health"));
  EXPECT_EQ(silent.receive().status, 200);
}

TEST(ServerCoreTest, ConnectionsThatSayNothingShutNobodyOut) {
  TestServerOptions options;
  options.limits.maxConnections = 1;
  TestServer server(options);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (size_t i = 0; i < 2 * kRefusalPlaces; ++i) {
    silent.push_back(std::make_unique<RawClient>(server.port()));
    silent.back()->send("GET /health HT");
  }
  EXPECT_EQ(server.chat().status, 200);
  // They are told so.
  EXPECT_EQ(silent.front()->receive().status, 503);
}

TEST(ServerCoreTest, WhoIsTooMuchIsToldSo) {
  TestServerOptions options;
  options.limits.maxConnections = 1;
  TestServer server(options);
  server.executor.allowSteps(1);
  RawClient first(server.port());
  first.send(postRequest("/v1/chat/completions", TestServer::chatBody()));
  server.executor.waitUntilHeld();
  for (int i = 0; i < 20; ++i) {
    RawResponse second = server.chat();
    EXPECT_EQ(second.status, 503);
    EXPECT_EQ(second.error("code"), "server_is_overloaded");
    EXPECT_TRUE(second.hasHeader("Retry-After: 5"));
  }
  EXPECT_EQ(server.get("/health").status, 200);
  server.executor.allowSteps(-1);
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(server.chat().status, 200);
}

TEST(ServerCoreTest, ManyMoreClientsThanPlacesAllGetAnAnswer) {
  TestServerOptions options;
  options.limits.maxConnections = 8;
  options.maxQueued = 2;
  options.numSlots = 1;
  TestServer server(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (size_t i = 0; i < 400; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(
        postRequest("/v1/chat/completions", TestServer::chatBody()));
  }
  std::map<int, int> statuses;
  for (auto &client : clients)
    ++statuses[client->receive().status];
  EXPECT_EQ(statuses[0], 0);
  EXPECT_EQ(statuses[200] + statuses[429] + statuses[503], 400);
  EXPECT_GT(statuses[200], 0);
}

TEST(ServerCoreTest, AHalfSentBodyGivesItsPlaceToAWholeOne) {
  TestServerOptions options;
  options.limits.maxConnections = 1;
  TestServer server(options);
  RawClient slow(server.port());
  slow.send(halfRequest());
  int status = 0;
  while ((status = server.chat().status) == 503)
    std::this_thread::yield(); // it is not slow yet
  EXPECT_EQ(status, 200);
  EXPECT_EQ(slow.receive().status, 503);
}

//===----------------------------------------------------------------------===//
// Memory for clients
//===----------------------------------------------------------------------===//

constexpr size_t kMiB = size_t{1} << 20;

TestServerOptions withMemory(size_t heldBytes) {
  TestServerOptions options;
  options.heldBytes = heldBytes;
  options.limits.maxBodyBytes = kMiB;
  return options;
}

/// The begin of a request with a body of one MiB.
std::string largeHeader() {
  return "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
         std::to_string(kMiB) + "\r\n\r\n{";
}

/// A body of one MiB with a short answer.
std::string largeBody() {
  std::string body = R"({"prompt":"a")";
  body.resize(kMiB - 1, ' ');
  return body + "}";
}

TEST(ServerCoreTest, ABodyThatDoesNotFitIsRefusedBeforeItIsSent) {
  TestServer server(withMemory(8 * kMiB));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 7; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(largeHeader());
  }
  while (server.get("/metrics").body.find("g4rt:http_memory_bytes 7340032\n") ==
         std::string::npos)
    std::this_thread::yield();
  RawClient next(server.port());
  next.send(largeHeader());
  RawResponse response = next.receive();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.error("code"), "server_is_overloaded");
  EXPECT_TRUE(response.hasHeader("Retry-After: 5"));
  // A short request has room that is its own.
  EXPECT_EQ(server.chat().status, 200);
}

TEST(ServerCoreTest, ABodyThatDripsGivesItsMemoryToAWholeOne) {
  TestServer server(withMemory(2 * kMiB));
  RawClient slow(server.port());
  slow.send(largeHeader());
  int status = 0;
  while ((status = server.post("/tokenize", largeBody()).status) == 503)
    std::this_thread::yield(); // it is not slow yet
  EXPECT_EQ(status, 200);
  EXPECT_EQ(slow.receive().status, 503);
}

TEST(ServerCoreTest, AClientWithMostOfTheMemoryGivesSomeToAnother) {
  TestServer server(withMemory(4 * kMiB));
  std::vector<std::unique_ptr<RawClient>> greedy;
  for (int i = 0; i < 3; ++i) {
    greedy.push_back(std::make_unique<RawClient>(server.port()));
    greedy.back()->send(largeHeader());
  }
  while (server.get("/metrics").body.find("g4rt:http_memory_bytes 3145728\n") ==
         std::string::npos)
    std::this_thread::yield();
  RawClient other(server.port(), /*receiveBytes=*/0, /*host=*/2);
  other.send(postRequest("/tokenize", largeBody()));
  EXPECT_EQ(other.receive().status, 200);
}

TEST(ServerCoreTest, ABodyIsFreedBeforeItsAnswerIsMade) {
  TestServer server(withMemory(8 * kMiB));
  server.executor.allowSteps(0);
  RawClient client(server.port());
  client.send(postRequest(
      "/v1/chat/completions",
      TestServer::chatBody(",\"user\":\"" + std::string(900'000, 'x') + "\"")));
  server.executor.waitUntilHeld();
  std::string metrics;
  do
    metrics = server.get("/metrics").body;
  while (metrics.find("g4rt:http_memory_bytes 9") != std::string::npos);
  size_t at = metrics.find("g4rt:http_memory_bytes ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(std::atoi(metrics.c_str() + at + 23), 20'000);
  server.executor.allowSteps(-1);
  EXPECT_EQ(client.receive().status, 200);
}

TEST(ServerCoreTest, WhatIsHeldIsGivenBack) {
  TestServer server(withMemory(8 * kMiB));
  server.executor.allowSteps(1);
  {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 6; ++i) {
      clients.push_back(std::make_unique<RawClient>(server.port()));
      clients.back()->send(
          i % 2 ? largeHeader()
                : postRequest("/v1/chat/completions", TestServer::chatBody()));
    }
    server.executor.waitUntilHeld();
  }
  server.executor.allowSteps(-1);
  EXPECT_TRUE(server.becomesIdle());
  while (server.get("/metrics").body.find("g4rt:http_memory_bytes 0\n") ==
         std::string::npos)
    std::this_thread::yield();
}

TEST(ServerCoreTest, EveryResponseHasAnIdOfItsOwn) {
  TestServer server;
  RawClient client(server.port());
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    client.send(getRequest("/health"));
    std::string head = client.receive().head;
    size_t at = head.find("X-Request-Id: ");
    ASSERT_NE(at, std::string::npos);
    ids.push_back(head.substr(at, head.find("\r\n", at) - at));
  }
  EXPECT_NE(ids[0], ids[1]);
}

TEST(ServerCoreTest, ResponsesAreCountedByStatus) {
  TestServer server;
  server.get("/nothing");
  server.get("/health");
  std::string metrics = server.get("/metrics").body;
  EXPECT_THAT(metrics, testing::HasSubstr(
                           "g4rt:http_responses_total{status=\"404\"} 1\n"));
  EXPECT_THAT(metrics, testing::HasSubstr(
                           "g4rt:http_responses_total{status=\"200\"} 1\n"));
}

} // namespace
} // namespace g4rt
