//===- RequestParserTest.cpp - Bytes to requests --------------------------===//

#include "runtime/http/RequestParser.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

using State = RequestParser::State;

const std::string kSized = "POST /p?q=1 HTTP/1.1\r\nHost: h:1\r\nOrigin: o\r\n"
                           "Content-Length: 5\r\n\r\nhello";
const std::string kChunked =
    "POST /p HTTP/1.1\r\nHost: h\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
    "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n";

/// Feeds `bytes` cut before `cut`.
State feedCut(RequestParser &parser, const std::string &bytes, size_t cut,
              std::string &input) {
  input = bytes.substr(0, cut);
  parser.feed(input);
  input += bytes.substr(cut);
  return parser.feed(input);
}

TEST(RequestParserTest, EveryCutOfASizedRequestGivesTheSame) {
  for (size_t cut = 0; cut <= kSized.size(); ++cut) {
    RequestParser parser(HttpLimits{});
    std::string input;
    ASSERT_EQ(feedCut(parser, kSized + "GET", cut, input), State::Done) << cut;
    EXPECT_EQ(input, "GET") << cut;
    HttpRequest request = parser.take();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/p");
    EXPECT_EQ(request.host, "h:1");
    EXPECT_EQ(request.origin, "o");
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(request.keepAlive);
    EXPECT_TRUE(request.isHttp11);
  }
}

TEST(RequestParserTest, TheKeyIsReadAndABodyAskedForWithIt) {
  std::string seen;
  RequestParser parser(HttpLimits{}, [&](const HttpRequest &head, size_t) {
    seen = head.path + " " + head.key;
    return std::optional(ApiError{ErrorKind::KeyUnknown, "no"});
  });
  std::string input = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                      "Authorization: Bearer k\r\n\r\n";
  EXPECT_EQ(parser.feed(input), State::Failed);
  EXPECT_EQ(parser.error().status(), 401);
  EXPECT_EQ(seen, "/p k");
}

TEST(RequestParserTest, TheQueryIsNoPartOfThePath) {
  for (auto [target, path, query] : {std::tuple("/p?a=b?c", "/p", "a=b?c"),
                                     {"/p?", "/p", ""},
                                     {"/p", "/p", ""},
                                     {"/?a", "/", "a"}}) {
    RequestParser parser(HttpLimits{});
    std::string input =
        "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    ASSERT_EQ(parser.feed(input), State::Done);
    HttpRequest request = parser.take();
    EXPECT_EQ(request.path, path);
    EXPECT_EQ(request.query, query);
  }
}

TEST(RequestParserTest, EveryCutOfAChunkedRequestGivesTheSame) {
  for (size_t cut = 0; cut <= kChunked.size(); ++cut) {
    RequestParser parser(HttpLimits{});
    std::string input;
    ASSERT_EQ(feedCut(parser, kChunked, cut, input), State::Done) << cut;
    EXPECT_TRUE(input.empty());
    EXPECT_EQ(parser.take().body, "hello");
  }
}

TEST(RequestParserTest, BytesOneByOneGiveTheSame) {
  for (const std::string &bytes : {kSized, kChunked}) {
    RequestParser parser(HttpLimits{});
    std::string input;
    State state = State::Header;
    for (char c : bytes)
      state = parser.feed(input += c);
    ASSERT_EQ(state, State::Done);
    EXPECT_EQ(parser.take().body, "hello");
  }
}

// Beast's parser asserts when it sees the last chunk in such pieces.
TEST(RequestParserTest, TheLastChunkMayComeByteByByte) {
  RequestParser parser(HttpLimits{});
  std::string input =
      "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  State state = parser.feed(input);
  for (char c : std::string("0\r\nA: b\r\n\r\n")) {
    ASSERT_EQ(state, State::Body);
    state = parser.feed(input += c);
  }
  ASSERT_EQ(state, State::Done);
  EXPECT_EQ(parser.take().body, "");
}

TEST(RequestParserTest, EmptyLinesBeforeARequestAreSkipped) {
  RequestParser parser(HttpLimits{});
  std::string input = "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(parser.feed(input), State::Done);
}

TEST(RequestParserTest, CloseEndsAConnection) {
  RequestParser parser(HttpLimits{});
  std::string input = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  ASSERT_EQ(parser.feed(input), State::Done);
  EXPECT_FALSE(parser.take().keepAlive);
}

TEST(RequestParserTest, TheExpectationIsKnownBeforeTheBody) {
  RequestParser parser(HttpLimits{});
  std::string input = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                      "Content-Length: 1\r\n\r\n";
  ASSERT_EQ(parser.feed(input), State::Body);
  EXPECT_TRUE(parser.expectsContinue());
}

int statusOf(std::string input, const HttpLimits &limits = {}) {
  RequestParser parser(limits);
  return parser.feed(input) == State::Failed ? parser.error().status() : 0;
}

TEST(RequestParserTest, AHeaderWithoutEndIsRefusedAtItsLimit) {
  std::string start = "GET / HTTP/1.1\r\nA: ";
  EXPECT_EQ(statusOf(start + std::string(16000, 'b')), 0);
  EXPECT_EQ(statusOf(start + std::string(17000, 'b')), 431);
  EXPECT_EQ(statusOf(std::string(17000, 'b')), 414);
}

TEST(RequestParserTest, ABareLfIsRefusedAtOnce) {
  EXPECT_EQ(statusOf("GET / HTTP/1.1\n"), 400);
}

TEST(RequestParserTest, ABodyIsRefusedByItsLengthAlone) {
  HttpLimits limits{.maxBodyBytes = 10};
  std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ";
  EXPECT_EQ(statusOf(head + "10\r\n\r\n", limits), 0);
  EXPECT_EQ(statusOf(head + "11\r\n\r\n", limits), 413);
}

TEST(RequestParserTest, ChunksCountTowardsTheLimit) {
  HttpLimits limits{.maxBodyBytes = 10};
  std::string head =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(statusOf(head + "5\r\nabcde\r\n6\r\nabcdef\r\n", limits), 413);
}

TEST(RequestParserTest, TrailersChangeNothing) {
  RequestParser parser(HttpLimits{});
  std::string input = "POST /p HTTP/1.1\r\nHost: h\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n0\r\n"
                      "Origin: http://evil\r\nConnection: close\r\n"
                      "Host: evil\r\n\r\n";
  ASSERT_EQ(parser.feed(input), State::Done);
  HttpRequest request = parser.take();
  EXPECT_EQ(request.host, "h");
  EXPECT_EQ(request.origin, "");
  EXPECT_TRUE(request.keepAlive);
}

TEST(RequestParserTest, ABodyAsksForRoomBeforeItTakesIt) {
  size_t asked = 0;
  auto few = [&](const HttpRequest &, size_t numBytes) {
    bool fits = (asked = numBytes) <= 100'000;
    return fits ? std::nullopt : std::optional(overloadedError());
  };
  std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
  RequestParser sized(HttpLimits{}, few);
  std::string input = head + "Content-Length: 100001\r\n\r\n";
  EXPECT_EQ(sized.feed(input), State::Failed);
  EXPECT_EQ(sized.error().status(), 503);
  EXPECT_EQ(asked, 100'001u);
  RequestParser chunked(HttpLimits{}, few);
  input = head + "Transfer-Encoding: chunked\r\n\r\n2000a\r\n" +
          std::string(50'000, 'x');
  EXPECT_EQ(chunked.feed(input), State::Body);
  EXPECT_EQ(asked, 65'536u);
  input = std::string(50'000, 'x');
  EXPECT_EQ(chunked.feed(input), State::Failed);
  EXPECT_GT(asked, 100'000u);
}

TEST(RequestParserTest, BadChunksAreRefused) {
  std::string head =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char *chunk :
       {"-2\r\nab\r\n", "0x2\r\nab\r\n", "11111111111111111\r\nab", "g\r\n",
        "2\r\nabc\r\n", "2\nab\r\n", "\r\nab\r\n", " 2\r\nab\r\n"})
    EXPECT_EQ(statusOf(head + chunk + "0\r\n\r\n\r\n") / 100, 4) << chunk;
  EXPECT_EQ(statusOf(head + "2;" + std::string(20000, 'x')), 400);
}

} // namespace
} // namespace g4rt
