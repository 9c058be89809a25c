//===- HostCheckTest.cpp - Names of a server ------------------------------===//

#include "runtime/http/HostCheck.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

bool allows(const ServerOptions &options, std::string host,
            std::string origin = "") {
  return HostCheck(options).allows(
      {.host = std::move(host), .origin = std::move(origin)});
}

TEST(HostCheckTest, LoopbackAnswersToLoopbackNamesOnly) {
  ServerOptions loopback{.allowedHosts = {"My.box"}};
  for (const char *host : {"localhost", "LocalHost:80", "127.0.0.1:8000",
                           "[::1]", "[::1]:80", "my.box:1", ""})
    EXPECT_TRUE(allows(loopback, host)) << host;
  for (const char *host : {"evil.example", "localhost.evil.example",
                           "127.0.0.1.evil", "[::2]", ":80"})
    EXPECT_FALSE(allows(loopback, host)) << host;
}

TEST(HostCheckTest, AForeignOriginIsRefused) {
  ServerOptions loopback;
  EXPECT_TRUE(allows(loopback, "localhost", "http://localhost:3000"));
  EXPECT_FALSE(allows(loopback, "localhost", "https://evil.example"));
  EXPECT_FALSE(allows(loopback, "localhost", "null"));
}

TEST(HostCheckTest, AnOpenAddressHasAnyName) {
  EXPECT_TRUE(allows({.address = "0.0.0.0"}, "any.example"));
}

TEST(HostCheckTest, APageOfAnotherNameIsRefusedOnAnOpenAddress) {
  ServerOptions open{.address = "0.0.0.0"};
  EXPECT_TRUE(allows(open, "a.example:8000", "http://A.example:3000"));
  EXPECT_FALSE(allows(open, "a.example:8000", "http://evil.example"));
  EXPECT_FALSE(allows(open, "a.example:8000", "null"));
  EXPECT_FALSE(allows(open, "", "http://evil.example"));
}

TEST(HostCheckTest, NamesThatAreGivenHoldOnAnyAddress) {
  ServerOptions open{.address = "0.0.0.0", .allowedHosts = {"a.example"}};
  EXPECT_TRUE(allows(open, "a.example", "https://a.example"));
  EXPECT_FALSE(allows(open, "b.example"));
  EXPECT_FALSE(allows(open, "a.example", "https://b.example"));
}

} // namespace
} // namespace g4rt
