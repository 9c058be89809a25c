//===- EndpointTest.cpp - Routes from what they do ------------------------===//

#include "runtime/http/openai/Endpoint.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

TEST(EndpointTest, RoutesSayWhoMayUseThemAndWhere) {
  ServerState state;
  Route get = getRoute("/a", Access::Admin, [] { return HttpResponse(); });
  EXPECT_EQ(get.method, "GET");
  EXPECT_EQ(get.access.needed, Access::Admin);
  EXPECT_EQ(get.runOn, RunOn::Loop);
  Route post = postRoute("/b", [](auto) { return std::string(); });
  Route generate =
      generateRoute("/c", state, "x", [](const Call &) { return Status(); });
  for (const Route &route : {post, generate}) {
    EXPECT_EQ(route.method, "POST");
    EXPECT_EQ(route.access.needed, Access::User);
    EXPECT_EQ(route.runOn, RunOn::Worker);
  }
}

TEST(EndpointTest, ATooLongPromptIsTheFaultOfItsField) {
  TestServer server;
  std::string text(300, 'x');
  auto paramOf = [&](const char *path, const std::string &body) {
    return server.post(path, body).error("param");
  };
  EXPECT_EQ(paramOf("/v1/responses", R"({"input":")" + text + "\"}"), "input");
  EXPECT_EQ(paramOf("/completion", R"({"prompt":")" + text + "\"}"), "prompt");
  EXPECT_EQ(
      paramOf("/v1/messages",
              R"({"max_tokens":1,"messages":[{"role":"user","content":")" +
                  text + "\"}]}"),
      "messages");
}

} // namespace
} // namespace g4rt
