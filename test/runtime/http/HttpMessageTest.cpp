//===- HttpMessageTest.cpp - Responses as bytes ---------------------------===//

#include "runtime/http/HttpMessage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HttpMessageTest, AResponseSaysItsLength) {
  std::string bytes =
      formatResponse({.status = 404, .body = "{}", .headers = {{"A", "b"}}},
                     {.requestId = "req-1"});
  EXPECT_EQ(bytes, "HTTP/1.1 404 Not Found\r\nX-Request-Id: req-1\r\n"
                   "X-Content-Type-Options: nosniff\r\nA: b\r\n"
                   "Content-Type: application/json\r\nContent-Length: 2\r\n"
                   "\r\n{}");
}

TEST(HttpMessageTest, HeadHasTheLengthButNotTheBody) {
  std::string bytes = formatResponse({.body = "body"}, {.isHead = true});
  EXPECT_THAT(bytes, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_TRUE(bytes.ends_with("\r\n\r\n"));
}

TEST(HttpMessageTest, NoContentHasNoLength) {
  EXPECT_THAT(formatResponse({.status = 204}, {}),
              Not(HasSubstr("Content-Length")));
}

TEST(HttpMessageTest, TheConnectionIsSaidWhereItIsNotTheDefault) {
  EXPECT_THAT(formatResponse({}, {.keepAlive = false}),
              HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(formatResponse({}, {.isHttp11 = false}),
              HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(formatResponse({}, {}), Not(HasSubstr("Connection")));
}

TEST(HttpMessageTest, OnlyNewClientsGetChunks) {
  EXPECT_THAT(formatStreamHead("t/x", {}),
              HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(formatStreamHead("t/x", {.isHttp11 = false}),
              Not(HasSubstr("Transfer-Encoding")));
  EXPECT_EQ(formatChunk(std::string(26, 'x')),
            "1a\r\n" + std::string(26, 'x') + "\r\n");
}

} // namespace
} // namespace g4rt
