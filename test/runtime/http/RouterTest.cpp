//===- RouterTest.cpp - Paths and methods ---------------------------------===//

#include "runtime/http/Router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

class RouterTest : public testing::Test {
protected:
  std::string pathOf(std::string_view method, std::string_view path) {
    RouteMatch match = router_.match(method, path);
    return match.route ? match.route->path
                       : std::to_string(match.response.status);
  }

  Router router_{{{"GET", "/a", Access::Open, RunOn::Loop, {}},
                  {"POST", "/a", Access::Admin, RunOn::Loop, {}},
                  {"GET", "/m/", Access::Open, RunOn::Loop, {}}}};
};

TEST_F(RouterTest, ARouteNeedsPathAndMethod) {
  EXPECT_EQ(pathOf("GET", "/a"), "/a");
  EXPECT_EQ(pathOf("HEAD", "/a"), "/a");
  EXPECT_EQ(pathOf("DELETE", "/a"), "405");
  EXPECT_EQ(pathOf("POST", "/m/x"), "405");
  EXPECT_EQ(pathOf("OPTIONS", "/a"), "204");
}

TEST_F(RouterTest, NothingIsDecodedOrFolded) {
  for (const char *path : {"/A", "/a/", "//a", "/%61", "/a;x", "/./a", "/m", "",
                           "/m/../a/..", "/b"})
    EXPECT_NE(pathOf("GET", path), "/a") << path;
  EXPECT_EQ(pathOf("GET", "/m/"), "404");
  EXPECT_EQ(pathOf("GET", "/m/x/y"), "/m/");
}

TEST_F(RouterTest, AWrongMethodIsToldTheRightOnes) {
  HttpResponse response = router_.match("PUT", "/a").response;
  EXPECT_THAT(response.headers, testing::Contains(HttpHeader{
                                    "Allow", "GET, HEAD, POST, OPTIONS"}));
}

TEST_F(RouterTest, TheRootIsNotEveryPath) {
  Router router({{"GET", "/", Access::Open, RunOn::Loop, {}},
                 {"GET", "/a", Access::Open, RunOn::Loop, {}}});
  EXPECT_EQ(router.match("GET", "/").route, &router.routes()[0]);
  EXPECT_EQ(router.match("GET", "/a").route, &router.routes()[1]);
  EXPECT_EQ(router.match("GET", "/b").response.status, 404);
}

TEST_F(RouterTest, APathAsksForTheMostOfItsRoutes) {
  EXPECT_EQ(router_.accessOf("/a"), Access::Admin);
  EXPECT_EQ(router_.accessOf("/m/x"), Access::Open);
  EXPECT_EQ(router_.accessOf("/b"), Access::User);
}

// A Route cannot leave out what it asks for.
template <typename... Fields>
concept MakesRoute = requires(Fields... fields) { Route{fields...}; };
static_assert(MakesRoute<const char *, const char *, Access, RunOn, Handler>);
static_assert(!MakesRoute<const char *, const char *>);
static_assert(!MakesRoute<const char *, const char *, RunOn, Handler>);

} // namespace
} // namespace g4rt
