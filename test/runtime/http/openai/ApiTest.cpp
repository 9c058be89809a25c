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
  EXPECT_EQ(routes.size(), 29u);
  for (const Route &route : routes) {
    std::string path = route.path + (route.path.ends_with('/') ? "tiny" : "");
    bool isPost = route.method == "POST";
    // There is no such response, and no such request.
    bool isOfNothing =
        route.path == "/v1/responses/" || route.path == "/v1/requests/";
    EXPECT_EQ(server.request(isPost ? postRequest(path, "") : getRequest(path))
                  .status,
              isOfNothing ? 404
              : isPost    ? 400
                          : 200)
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
       {"/v1", "/v1/", "/v1/chat", "/v1/models/", "/admin", "/v1//models",
        "/v1/../health", "/%68ealth", "/health;x", "/HEALTH", "/metrics/"}) {
    RawResponse response = server.get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.error("code"), "unknown_url");
  }
}

/// A request without a body, with `fields` in its header.
std::string bare(const std::string &method, const std::string &path,
                 const std::string &fields) {
  return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields +
         "\r\n";
}

/// What a route answers before it looks at the request, by who asks.
int statusFor(Access needed, bool isUser) {
  if (needed == Access::Open)
    return 0; // its own
  return isUser ? (needed == Access::Admin ? 403 : 0) : 401;
}

TEST(ApiTest, EveryRouteAndMethodAsksForItsKey) {
  TestServerOptions options;
  options.keys = {.users = {"one", "two"}, .admins = {"root"}};
  TestServer server(options);
  ServerState state;
  HttpLimits limits;
  Router router(Api(server.model, state, limits).routes());
  std::vector<std::string> paths = {"/nothing", "/v1/models/tiny"};
  for (const Route &route : router.routes())
    paths.push_back(route.path);
  for (const std::string &path : paths)
    for (const char *method :
         {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
      SCOPED_TRACE(std::string(method) + " " + path);
      auto status = [&](const std::string &fields) {
        RawResponse response = server.request(bare(method, path, fields));
        return response.status == 401 || response.status == 403
                   ? response.status
                   : 0;
      };
      Access needed = router.accessOf(path);
      for (const char *none :
           {"", "Authorization: Bearer on\r\n", "Authorization: Basic one\r\n",
            "Authorization: Bearer\r\n", "X-Api-Key: onetwo\r\n"})
        EXPECT_EQ(status(none), statusFor(needed, false)) << none;
      EXPECT_EQ(status("Authorization: Bearer two\r\n"),
                statusFor(needed, true));
      EXPECT_EQ(status("x-api-key: one\r\n"), statusFor(needed, true));
      EXPECT_EQ(status("Authorization: Bearer root\r\n"), 0);
    }
}

TEST(ApiTest, ARefusalSaysWhatIsNeededAndNoKey) {
  TestServerOptions options;
  options.keys = {.users = {"secret1"}, .admins = {"secret2"}};
  TestServer server(options);
  RawResponse none = server.get("/v1/models");
  EXPECT_EQ(none.error("code"), "invalid_api_key");
  EXPECT_TRUE(none.hasHeader("WWW-Authenticate: Bearer"));
  RawResponse user = server.request(
      bare("GET", "/metrics", "Authorization: Bearer secret1\r\n"));
  EXPECT_EQ(user.error("code"), "key_not_allowed");
  for (const RawResponse &response : {none, user})
    EXPECT_EQ((response.head + response.body).find("secret"),
              std::string::npos);
}

TEST(ApiTest, AStrangersBodyIsNotRead) {
  TestServerOptions options;
  options.keys = {.users = {"one"}};
  TestServer server(options);
  // The body never comes.
  RawResponse response = server.request(
      bare("POST", "/v1/chat/completions", "Content-Length: 1000000\r\n"));
  EXPECT_EQ(response.status, 401);
}

TEST(ApiTest, KeysCanBeReplacedWhileTheServerRuns) {
  TestServerOptions options;
  options.keys = {.users = {"one"}};
  TestServer server(options);
  auto statusOf = [&](const std::string &key) {
    return server
        .request(bare("GET", "/v1/models", "X-Api-Key: " + key + "\r\n"))
        .status;
  };
  EXPECT_EQ(statusOf("one"), 200);
  server.server->setKeys({.users = {"two"}});
  EXPECT_EQ(statusOf("one"), 401);
  EXPECT_EQ(statusOf("two"), 200);
}

} // namespace
} // namespace g4rt
