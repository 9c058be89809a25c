//===- ApiTest.cpp - The table of endpoints -------------------------------===//

#include "runtime/http/openai/Api.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

TEST(ApiTest, EveryRouteAnswersAndKnowsItsMethod) {
  TestServer server;
  ServerState state;
  HttpLimits limits;
  Api api(server.model, state, limits);
  std::vector<Route> routes = api.routes();
  EXPECT_EQ(routes.size(), 11u);
  for (const Route &route : routes) {
    std::string path = route.path + (route.path.ends_with('/') ? "tiny" : "");
    bool isPost = route.method == "POST";
    EXPECT_EQ(server.request(isPost ? postRequest(path, "") : getRequest(path))
                  .status,
              isPost ? 400 : 200)
        << path;
    RawResponse wrong =
        server.request(isPost ? getRequest(path) : postRequest(path, "{}"));
    EXPECT_EQ(wrong.status, 405) << path;
    EXPECT_NE(wrong.head.find("Allow: "), std::string::npos);
  }
}

TEST(ApiTest, ThereIsNothingElse) {
  TestServer server;
  for (const char *path :
       {"/", "/v1", "/v1/", "/v1/chat", "/v1/models/", "/admin", "/v1//models",
        "/v1/../health", "/%68ealth", "/health;x", "/HEALTH", "/metrics/"}) {
    RawResponse response = server.get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.error("code"), "unknown_url");
  }
}

} // namespace
} // namespace g4rt
