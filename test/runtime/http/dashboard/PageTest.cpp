//===- PageTest.cpp - The web page as responses ---------------------------===//

#include "runtime/http/dashboard/Page.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

TEST(PageTest, ThePageIsAtTheRoot) {
  TestServer server;
  RawResponse page = server.get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.hasHeader("Content-Type: text/html; charset=utf-8"));
  EXPECT_TRUE(page.body.starts_with("<!doctype html>"));
  EXPECT_EQ(page.body, server.get("/g4/page/index.html").body);
  EXPECT_EQ(server.get("/g4/page/other.js").status, 404);
  EXPECT_EQ(server.get("/g4/page/").status, 404);
}

TEST(PageTest, NothingButItsOwnFilesMayBeLoaded) {
  TestServer server;
  RawResponse page = server.get("/");
  size_t at = page.head.find("Content-Security-Policy: default-src 'none'; ");
  ASSERT_NE(at, std::string::npos);
  std::string policy = page.head.substr(at, page.head.find("\r\n", at) - at);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(policy.find("http"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
}

TEST(PageTest, ADrawingsFrameRunsNoScript) {
  TestServer server;
  RawResponse frame = server.get("/g4/page/frame.html");
  EXPECT_NE(frame.head.find("sandbox allow-same-origin\r\n"),
            std::string::npos);
  EXPECT_EQ(frame.head.find("script-src"), std::string::npos);
  EXPECT_EQ(frame.head.find("connect-src"), std::string::npos);
}

TEST(PageTest, EachFileHasItsTypeAndItsBytes) {
  TestServer server;
  const std::pair<const char *, const char *> kTypes[] = {
      {"main.js", "text/javascript; charset=utf-8"},
      {"style.css", "text/css; charset=utf-8"},
      {"icon.svg", "image/svg+xml"},
      {"scenarios.json", "application/json"}};
  for (auto [name, type] : kTypes) {
    RawResponse file = server.get("/g4/page/" + std::string(name));
    EXPECT_TRUE(file.hasHeader("Content-Type: " + std::string(type))) << name;
    EXPECT_GT(file.body.size(), 100u) << name;
  }
}

} // namespace
} // namespace g4rt
