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

TEST(ServerCoreTest, OneConnectionTooManyIsClosed) {
  TestServerOptions options;
  options.limits.maxConnections = 2;
  TestServer server(options);
  RawClient first(server.port());
  RawClient second(server.port());
  for (RawClient *client : {&first, &second}) {
    client->send(getRequest("/health"));
    EXPECT_EQ(client->receive().status, 200);
  }
  RawClient third(server.port());
  EXPECT_TRUE(third.isClosedByServer());
  first.send(getRequest("/health"));
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
