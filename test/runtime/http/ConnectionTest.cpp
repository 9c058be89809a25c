//===- ConnectionTest.cpp - Keep-alive, time limits, hostile bytes --------===//

#include "runtime/http/Connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

TEST(ConnectionTest, AConnectionServesManyRequests) {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 20; ++i) {
    client.send(postRequest("/v1/chat/completions", TestServer::chatBody()));
    EXPECT_EQ(client.receive().status, 200);
  }
}

TEST(ConnectionTest, PipelinedRequestsAreAnsweredInOrder) {
  TestServer server;
  RawClient client(server.port());
  client.send(postRequest("/v1/chat/completions", TestServer::chatBody()) +
              getRequest("/health") + getRequest("/nothing") +
              postRequest("/v1/chat/completions",
                          TestServer::chatBody(R"(,"stream":true)")) +
              getRequest("/version"));
  EXPECT_EQ(stringAt(client.receive().json(), "/object"), "chat.completion");
  EXPECT_EQ(stringAt(client.receive().json(), "/status"), "ok");
  EXPECT_EQ(client.receive().status, 404);
  EXPECT_EQ(client.receive().events().back(), "[DONE]");
  EXPECT_NE(stringAt(client.receive().json(), "/version"), "(none)");
}

TEST(ConnectionTest, AnOldClientGetsAStreamUpToTheEnd) {
  TestServer server;
  RawClient client(server.port());
  std::string body = TestServer::chatBody(R"(,"stream":true)");
  client.send("POST /v1/chat/completions HTTP/1.0\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  RawResponse response = client.receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.events().back(), "[DONE]");
  EXPECT_TRUE(client.isClosedByServer());
}

TEST(ConnectionTest, AClientMayWaitForTheGoAhead) {
  TestServer server;
  RawClient client(server.port());
  std::string body = TestServer::chatBody();
  client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
              "Expect: 100-continue\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n");
  ASSERT_TRUE(client.readUntil("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send(body);
  EXPECT_EQ(client.receive().status, 200);
}

TEST(ConnectionTest, HeadAndOptionsHaveNoBody) {
  TestServer server;
  RawClient client(server.port());
  client.send(getRequest("/health", "HEAD"));
  RawResponse head = client.receive(/*isHead=*/true);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.hasHeader("Content-Length: 15"));
  client.send(getRequest("/v1/chat/completions", "OPTIONS"));
  RawResponse options = client.receive();
  EXPECT_EQ(options.status, 204);
  EXPECT_TRUE(options.hasHeader("Allow: POST, OPTIONS"));
}

TEST(ConnectionTest, ASlowHeaderEndsInTime) {
  TestServerOptions options;
  options.limits.headerTime = std::chrono::milliseconds(50);
  TestServer server(options);
  RawClient client(server.port());
  client.send("GET /health HT");
  EXPECT_EQ(client.receive().status, 408);
  client.closeSending();
  EXPECT_TRUE(client.isClosedByServer());
}

TEST(ConnectionTest, ASlowBodyEndsInTime) {
  TestServerOptions options;
  options.limits.bodyIdleTime = std::chrono::milliseconds(50);
  TestServer server(options);
  RawClient client(server.port());
  client.send("POST /tokenize HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 100\r\n\r\n{");
  EXPECT_EQ(client.receive().status, 408);
}

TEST(ConnectionTest, AnIdleConnectionEndsInTime) {
  TestServerOptions options;
  options.limits.keepAliveTime = std::chrono::milliseconds(50);
  TestServer server(options);
  RawClient client(server.port());
  EXPECT_TRUE(client.isClosedByServer());
}

TEST(ConnectionTest, AClientThatStillSendsGetsTheRefusal) {
  TestServerOptions options;
  options.limits.maxBodyBytes = 1000;
  TestServer server(options);
  RawClient client(server.port());
  client.send(postRequest("/tokenize", std::string(1'000'000, 'x')));
  RawResponse response = client.receive();
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.error("code"), "request_too_large");
}

/// Requests with a second one hidden inside: a server that reads them in
/// another way than its proxy would answer it.
TEST(ConnectionTest, NoHiddenRequestIsEverAnswered) {
  TestServer server;
  const std::string hidden =
      postRequest("/v1/chat/completions", TestServer::chatBody());
  const std::string heads[] = {
      "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
      "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
      "Content-Length: 0, 5\r\n\r\n",
      "Content-Length: +0\r\n\r\n",
      "Content-Length : 0\r\n\r\n",
      "Transfer-Encoding: gzip\r\n\r\n",
      "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding:\x0b"
      "chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n00000000000000000001\r\nxx",
      "X: a\n\r\n\r\n",
      "X: a\r\n b\r\n\r\n",
      "Host: other\r\n\r\n",
      "X\r\n\r\n",
      "Content-Encoding: gzip\r\n\r\n"};
  for (const std::string &head : heads) {
    RawClient client(server.port());
    client.send("POST /health HTTP/1.1\r\nHost: localhost\r\n" + head + hidden);
    client.closeSending();
    std::string all = client.receiveAll();
    EXPECT_TRUE(all.empty() || all.starts_with("HTTP/1.1 4")) << head << all;
    EXPECT_EQ(all.find("HTTP/1.1 ", 1), std::string::npos) << head << all;
    EXPECT_EQ(all.find("chat.completion"), std::string::npos) << head;
  }
  EXPECT_EQ(server.engine.status().numAnswerTokens, 0u);
  EXPECT_EQ(server.get("/health").status, 200);
}

TEST(ConnectionTest, GarbageIsRefusedAndClosed) {
  TestServer server;
  const std::string garbage[] = {
      "\n\n\n",
      std::string(100, '\0'),
      "\x16\x03\x01\x02", // TLS
      "GET /health\r\n\r\n",
      "GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /health HTTP/1.1\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET /" + std::string(20000, 'a'),
      "GET / HTTP/1.1\r\nHost: localhost\r\nA: " + std::string(20000, 'a')};
  for (const std::string &bytes : garbage) {
    RawClient client(server.port());
    client.send(bytes);
    client.closeSending();
    std::string all = client.receiveAll();
    EXPECT_TRUE(all.empty() || all.starts_with("HTTP/1.1 4") ||
                all.starts_with("HTTP/1.1 5"))
        << all;
  }
  EXPECT_EQ(server.get("/health").status, 200);
}

//===----------------------------------------------------------------------===//
// Clients that leave
//===----------------------------------------------------------------------===//

TEST(ConnectionTest, LeavingWhileSendingCostsNothing) {
  TestServer server;
  std::string request =
      postRequest("/v1/chat/completions", TestServer::chatBody());
  for (size_t cut = 0; cut < request.size(); cut += 7) {
    RawClient client(server.port());
    client.send(request.substr(0, cut));
  }
  EXPECT_EQ(server.chat().status, 200);
  EXPECT_TRUE(server.becomesIdle());
}

class LeavingTest : public testing::TestWithParam<bool> {
protected:
  std::string body() const {
    return TestServer::chatBody(GetParam() ? R"(,"stream":true)" : "");
  }
};

TEST_P(LeavingTest, LeavingDuringTheAnswerCancelsIt) {
  uint64_t numCancelled = 0;
  for (int numSteps = 0; numSteps < 4; ++numSteps) {
    TestServer server;
    server.executor.allowSteps(numSteps);
    {
      RawClient client(server.port());
      client.send(postRequest("/v1/chat/completions", body()));
      server.executor.waitUntilHeld();
    }
    while (server.server &&
           server.get("/metrics").body.find("g4rt:http_connections 1\n") ==
               std::string::npos)
      std::this_thread::yield(); // its end has been seen
    server.executor.allowSteps(-1);
    EXPECT_TRUE(server.becomesIdle());
    numCancelled += server.engine.status().numCancelled;
    EXPECT_EQ(server.chat().status, 200);
  }
  // The worker that submitted one may not have said yet how to cancel it: such
  // an answer ends by itself.
  EXPECT_GE(numCancelled, 2u);
}

TEST_P(LeavingTest, LeavingTheQueueCancelsNobodyElse) {
  TestServerOptions options;
  options.numSlots = 1;
  TestServer server(options);
  server.executor.allowSteps(1);
  RawClient first(server.port());
  first.send(postRequest("/v1/chat/completions", TestServer::chatBody()));
  server.executor.waitUntilHeld();
  {
    RawClient second(server.port());
    second.send(postRequest("/v1/chat/completions", body()));
    while (server.engine.status().numWaiting == 0 &&
           server.engine.status().numRunning < 2 &&
           server.get("/metrics").body.find("g4rt:http_connections 3\n") ==
               std::string::npos)
      std::this_thread::yield();
  }
  while (server.get("/metrics").body.find("g4rt:http_connections 2\n") ==
         std::string::npos)
    std::this_thread::yield();
  server.executor.allowSteps(-1);
  RawResponse response = first.receive();
  EXPECT_EQ(stringAt(response.json(), "/choices/0/message/content"), "hello");
  EXPECT_TRUE(server.becomesIdle());
}

INSTANTIATE_TEST_SUITE_P(StreamOrNot, LeavingTest, testing::Bool(),
                         [](const auto &info) {
                           return info.param ? "Stream" : "Whole";
                         });

TEST(ConnectionTest, AStalledReaderStallsNobodyElse) {
  TestServer server;
  server.say(std::string(200, 'x'));
  RawClient stalled(server.port());
  std::string request = postRequest("/v1/chat/completions",
                                    TestServer::chatBody(R"(,"stream":true)"));
  for (int i = 0; i < 20; ++i)
    stalled.send(request); // reads nothing
  EXPECT_EQ(server.chat().status, 200);
}

/// What a client gets that begins to read when all of its answer is made.
RawResponse readLate(size_t maxUnsentBytes) {
  TestServerOptions options;
  options.maxModelLength = 8192;
  options.limits.maxUnsentBytes = maxUnsentBytes;
  options.limits.pauseBytes = size_t{64} << 20; // its answer never waits
  TestServer server(options);
  server.say(std::string(4000, 'x'));
  RawClient client(server.port(), /*receiveBytes=*/2048);
  client.send(
      postRequest("/v1/chat/completions",
                  TestServer::chatBody(
                      R"(,"stream":true,"logprobs":true,"top_logprobs":20)")));
  EXPECT_TRUE(client.readUntil("data: "));
  EXPECT_TRUE(server.becomesIdle());
  // Behind everything that the engine has handed over.
  EXPECT_EQ(server.get("/health").status, 200);
  return client.receive();
}

TEST(ConnectionTest, AReaderThatComesLateGetsEverything) {
  RawResponse response = readLate(size_t{64} << 20);
  EXPECT_TRUE(response.isWhole);
  EXPECT_EQ(response.events().back(), "[DONE]");
}

/// Tokens that answers other than one of so many tokens got since the last
/// call.
class OthersTokens {
public:
  explicit OthersTokens(TestServer &server) : server_(server) {}

  uint64_t whileAsking(int64_t numTokens) {
    uint64_t before = server_.engine.status().numAnswerTokens;
    EXPECT_EQ(
        server_.chat(",\"max_tokens\":" + std::to_string(numTokens)).status,
        200);
    return server_.engine.status().numAnswerTokens - before -
           static_cast<uint64_t>(numTokens);
  }

private:
  TestServer &server_;
};

TEST(ConnectionTest, AnAnswerThatNobodyReadsWaitsAndThenGoesOn) {
  TestServerOptions options;
  // The engine of a test is ahead of who writes its events down by thousands.
  options.maxModelLength = 32768;
  options.limits.pauseBytes = size_t{16} << 10;
  options.limits.maxUnsentBytes = size_t{256} << 20;
  TestServer server(options);
  server.say(std::string(32000, 'x'));
  RawClient client(server.port(), /*receiveBytes=*/2048);
  client.send(
      postRequest("/v1/chat/completions",
                  TestServer::chatBody(
                      R"(,"stream":true,"logprobs":true,"top_logprobs":20)")));
  EXPECT_TRUE(client.readUntil("data: "));
  OthersTokens others(server);
  // Until the system takes no more it pauses and goes on again and again.
  for (int numQuiet = 0; numQuiet < 3;) {
    numQuiet = others.whileAsking(20) > 0 ? 0 : numQuiet + 1;
    ASSERT_EQ(server.engine.status().numRunning, 1);
  }
  RawResponse response = client.receive();
  EXPECT_TRUE(response.isWhole);
  EXPECT_EQ(response.events().back(), "[DONE]");
}

TEST(ConnectionTest, AReaderThatFallsTooFarBehindIsCutOff) {
  RawResponse response = readLate(size_t{64} << 10);
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.isWhole);
}

} // namespace
} // namespace g4rt
