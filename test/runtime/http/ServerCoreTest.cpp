//===- ServerCoreTest.cpp - Connections and host names --------------------===//

#include "runtime/http/ServerCore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(ServerCoreTest, ASilentConnectionGivesItsPlaceToANewOne) {
  TestServerOptions options;
  options.limits.maxConnections = 2;
  TestServer server(options);
  RawClient silent(server.port());
  RawClient second(server.port());
  second.send(getRequest("/health"));
  EXPECT_EQ(second.receive().status, 200);
  RawClient third(server.port());
  third.send(getRequest("/health"));
  EXPECT_EQ(third.receive().status, 200);
  EXPECT_TRUE(silent.isClosedByServer());
  second.send(getRequest("/health"));
  EXPECT_EQ(second.receive().status, 200);
}

TEST(ServerCoreTest, AHalfSentRequestGivesItsPlaceToANewOne) {
  TestServerOptions options;
  options.limits.maxConnections = 1;
  TestServer server(options);
  RawClient slow(server.port());
  slow.send("GET /health HT");
  EXPECT_EQ(server.get("/health").status, 200);
  EXPECT_TRUE(slow.isClosedByServer());
}

TEST(ServerCoreTest, WhoWaitsForAnAnswerKeepsItsPlace) {
  TestServerOptions options;
  options.limits.maxConnections = 1;
  TestServer server(options);
  server.executor.allowSteps(1);
  RawClient first(server.port());
  first.send(postRequest("/v1/chat/completions", TestServer::chatBody()));
  server.executor.waitUntilHeld();
  RawClient second(server.port());
  EXPECT_TRUE(second.isClosedByServer());
  server.executor.allowSteps(-1);
  EXPECT_EQ(first.receive().status, 200);
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
