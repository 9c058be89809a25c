//===- CrossOriginTest.cpp - Pages of other servers -----------------------===//

#include "runtime/http/CrossOrigin.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

constexpr std::string_view kPage = "https://Chat.example:8443";

bool allows(const CrossOrigin &check, std::string_view origin) {
  return check.allows({.origin = std::string(origin)});
}

TEST(CrossOriginTest, OnlyTheOriginsThatAreNamedMay) {
  CrossOrigin check({"https://chat.example:8443", "http://a"});
  EXPECT_TRUE(allows(check, kPage));
  EXPECT_TRUE(allows(check, "http://a"));
  for (const char *other :
       {"", "null", "https://chat.example", "http://chat.example:8443",
        "https://chat.example:8443.evil", "http://ab", "*"})
    EXPECT_FALSE(allows(check, other)) << other;
  EXPECT_TRUE(allows(CrossOrigin({"*"}), "http://anybody"));
  EXPECT_FALSE(allows(CrossOrigin({}), "http://a"));
}

TEST(CrossOriginTest, AnOriginIsASchemeAndAName) {
  for (const char *good : {"*", "http://a", "https://[::1]:80", "app://x"})
    EXPECT_TRUE(isOrigin(good)) << good;
  for (const char *bad : {"", "a.example", "http://", "://a", "http://a/",
                          "https://*.example", "http://a b"})
    EXPECT_FALSE(isOrigin(bad)) << bad;
}

TestServerOptions withPage() {
  TestServerOptions options;
  options.keys = {.users = {"one"}};
  options.allowedOrigins = {"https://chat.example:8443"};
  return options;
}

std::string ask(const std::string &method, const std::string &origin,
                const std::string &fields) {
  return method +
         " /v1/models HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin +
         "\r\n" + fields + "\r\n";
}

TEST(CrossOriginTest, APreflightNeedsNoKeyAndAnswersDo) {
  TestServer server(withPage());
  const std::string page = "https://chat.example:8443";
  RawResponse preflight = server.request(
      ask("OPTIONS", page,
          "Access-Control-Request-Method: POST\r\n"
          "Access-Control-Request-Headers: authorization,x-stainless-os\r\n"));
  EXPECT_EQ(preflight.status, 204);
  EXPECT_TRUE(preflight.hasHeader("Access-Control-Allow-Origin: " + page));
  EXPECT_TRUE(preflight.hasHeader(
      "Access-Control-Allow-Headers: authorization,x-stainless-os"));
  RawResponse none = server.request(ask("GET", page, ""));
  EXPECT_EQ(none.status, 401);
  EXPECT_TRUE(none.hasHeader("Access-Control-Allow-Origin: " + page));
  RawResponse models =
      server.request(ask("GET", page, "Authorization: Bearer one\r\n"));
  EXPECT_EQ(models.status, 200);
  EXPECT_TRUE(models.hasHeader("Access-Control-Allow-Origin: " + page));
}

TEST(CrossOriginTest, OtherPagesAreToldNothing) {
  TestServer server(withPage());
  RawResponse other =
      server.request(ask("OPTIONS", "https://evil.example",
                         "Access-Control-Request-Method: POST\r\n"));
  EXPECT_EQ(other.status, 403);
  EXPECT_EQ(other.head.find("Access-Control"), other.head.npos);
  // The server's own page is no stranger and needs no permission.
  RawResponse own = server.request(
      ask("GET", "http://localhost", "Authorization: Bearer one\r\n"));
  EXPECT_EQ(own.status, 200);
  EXPECT_EQ(own.head.find("Access-Control"), own.head.npos);
}

TEST(CrossOriginTest, AnOptionsWithoutAQuestionIsNoPreflight) {
  TestServer server(withPage());
  EXPECT_EQ(
      server.request(ask("OPTIONS", "https://chat.example:8443", "")).status,
      401);
}

TEST(CrossOriginTest, NamesThatCannotBeGivenBackAreNot) {
  HttpResponse response = CrossOrigin::preflight({.wantedHeaders = "x;y"});
  EXPECT_EQ(response.headers.at(1).value,
            "authorization, content-type, x-api-key");
}

} // namespace
} // namespace g4rt
