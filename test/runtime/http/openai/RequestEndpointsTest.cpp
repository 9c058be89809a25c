//===- RequestEndpointsTest.cpp - What is asked of a running request ------===//

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

std::string requestIdOf(const std::string &head) {
  constexpr std::string_view kName = "X-Request-Id: ";
  size_t begin = head.find(kName) + kName.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

TEST(RequestEndpointsTest, AThoughtEndsWhenItIsAskedTo) {
  TestServer server;
  server.say("<|channel>thought\n" + std::string(60, 'a') + "<channel|>hi");
  server.executor.allowSteps(12);
  RawClient client(server.port());
  client.send(postRequest("/v1/chat/completions",
                          TestServer::chatBody(R"(,"stream":true)")));
  std::string head = client.receiveUntil("\r\n\r\n");
  ASSERT_TRUE(client.readUntil(R"("reasoning":"a")"));
  RawResponse ended =
      server.post("/v1/requests/" + requestIdOf(head) + "/end_thinking", "");
  EXPECT_EQ(ended.status, 200) << ended.body;
  EXPECT_EQ(ended.json().at("answers"), 1);
  server.executor.allowSteps(-1);

  std::string thought, content;
  RawResponse stream{.head = {}, .body = client.receiveUntil("[DONE]")};
  for (const std::string &event : stream.events()) {
    auto chunk = parseJson(event);
    if (!chunk)
      continue;
    std::string more = stringAt(*chunk, "/choices/0/delta/reasoning");
    thought += more == "(none)" ? "" : more;
    more = stringAt(*chunk, "/choices/0/delta/content");
    content += more == "(none)" ? "" : more;
  }
  // The script goes on where its mark would have come later.
  EXPECT_LT(thought.size(), 10u);
  EXPECT_EQ(thought.size() + content.size(), 59u + 2);
  EXPECT_TRUE(content.ends_with("ahi")) << content;
}

TEST(RequestEndpointsTest, WhatDoesNotRunIsNotFound) {
  TestServer server;
  RawResponse unknown = server.post("/v1/requests/req-0/end_thinking", "");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.error("message"), "no request of this id runs");
  for (const char *path : {"/v1/requests/req-0", "/v1/requests//end_thinking",
                           "/v1/requests/end_thinking"})
    EXPECT_EQ(server.post(path, "").status, 404) << path;
  EXPECT_EQ(server.get("/v1/requests/req-0/end_thinking").status, 405);
}

} // namespace
} // namespace g4rt
