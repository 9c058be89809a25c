//===- HeaderCheckTest.cpp - What is refused before it is parsed ----------===//

#include "runtime/http/HeaderCheck.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

struct Case {
  const char *name;
  std::string header;
  int status; // 0: plain
};

std::string line(std::string_view text) { return std::string(text) + "\r\n"; }
std::string get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields);
}

/// What is wrong with the lines of `header`.
std::optional<ApiError> checkHeader(std::string_view header) {
  HttpLimits limits;
  HeaderCheck check(limits);
  for (size_t end = 0; !header.empty(); header.remove_prefix(end + 2)) {
    end = header.find("\r\n");
    if (auto problem = check.addLine(header.substr(0, end)))
      return problem;
  }
  return check.finish();
}

class HeaderCheckTest : public testing::TestWithParam<Case> {};

TEST_P(HeaderCheckTest, GivesTheStatus) {
  auto problem = checkHeader(GetParam().header);
  EXPECT_EQ(problem ? problem->status() : 0, GetParam().status)
      << (problem ? problem->message : "plain");
}

INSTANTIATE_TEST_SUITE_P(
    Headers, HeaderCheckTest,
    testing::Values(
        Case{"Plain", get(""), 0},
        Case{"OldWithoutHost", line("GET /x HTTP/1.0"), 0},
        Case{"Length", get("Content-Length: 12\r\n"), 0},
        Case{"Chunked", get("Transfer-Encoding: Chunked\r\n"), 0},
        Case{"HostWithPort", line("GET / HTTP/1.1") + line("Host: [::1]:80"),
             0},
        Case{"OptionsOfAll", line("OPTIONS * HTTP/1.1") + line("Host: a"), 0},
        Case{"Continue", get("Expect: 100-continue\r\n"), 0},
        Case{"Utf8Value", get("X: \xc3\xa9\r\n"), 0},
        Case{"NoVersion", line("GET /") + line("Host: a"), 400},
        Case{"SmallVersion", line("GET / http/1.1") + line("Host: a"), 400},
        Case{"OtherVersion", line("GET / HTTP/2.0") + line("Host: a"), 505},
        Case{"LongVersion", line("GET / HTTP/1.10") + line("Host: a"), 400},
        Case{"TwoSpaces", line("GET  / HTTP/1.1") + line("Host: a"), 400},
        Case{"SpaceInTarget", line("GET /a b HTTP/1.1") + line("Host: a"), 400},
        Case{"Absolute", line("GET http://a/ HTTP/1.1") + line("Host: a"), 400},
        Case{"Authority", line("CONNECT a:80 HTTP/1.1") + line("Host: a"), 400},
        Case{"StarOfGet", line("GET * HTTP/1.1") + line("Host: a"), 400},
        Case{"RawByteInTarget", line("GET /\xff HTTP/1.1") + line("Host: a"),
             400},
        Case{"BadMethod", line("G(T / HTTP/1.1") + line("Host: a"), 400},
        Case{"EmptyLine", line(""), 400},
        Case{"LongTarget", line("GET /" + std::string(9000, 'a') + " HTTP/1.1"),
             414},
        Case{"EmptyHost", line("GET / HTTP/1.1") + line("Host:"), 400},
        Case{"EmptyOrigin", get("Origin:\r\n"), 400},
        Case{"TwoOrigins", get("Origin: http://a\r\norigin: http://b\r\n"),
             400},
        Case{"TwoAuthorizations",
             get("Authorization: a\r\nAuthorization: a\r\n"), 400},
        Case{"TwoContentTypes", get("Content-Type: a\r\nContent-Type: a\r\n"),
             400},
        Case{"TwoExpectations",
             get("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 400},
        Case{"TwoOthers", get("Accept: a\r\nAccept: b\r\n"), 0},
        Case{"NoHost", line("GET / HTTP/1.1"), 400},
        Case{"TwoHosts", get("Host: b\r\n"), 400},
        Case{"HostWithPath", line("GET / HTTP/1.1") + line("Host: a/b"), 400},
        Case{"HostWithQuery", line("GET / HTTP/1.1") + line("Host: a?b"), 400},
        Case{"HostWithUser", line("GET / HTTP/1.1") + line("Host: u@a"), 400},
        Case{"BareLf", "GET / HTTP/1.1\nHost: a\r\n", 400},
        Case{"BareLfLater", get("A: b\nC: d\r\n"), 400},
        Case{"BareCr", get("A: b\rC: d\r\n"), 400},
        Case{"Folded", get("A: b\r\n c\r\n"), 400},
        Case{"SpaceBeforeColon", get("A : b\r\n"), 400},
        Case{"NoColon", get("A\r\n"), 400}, Case{"NoName", get(": b\r\n"), 400},
        Case{"NulInName", get(std::string("A\0: b\r\n", 7)), 400},
        Case{"NulInValue", get(std::string("A: \0b\r\n", 7)), 400},
        Case{"TwoLengths", get("Content-Length: 1\r\nContent-Length: 1\r\n"),
             400},
        Case{"ListOfLengths", get("Content-Length: 1, 1\r\n"), 400},
        Case{"PlusLength", get("Content-Length: +1\r\n"), 400},
        Case{"MinusLength", get("Content-Length: -1\r\n"), 400},
        Case{"HexLength", get("Content-Length: 0x1\r\n"), 400},
        Case{"EmptyLength", get("Content-Length:\r\n"), 400},
        Case{"HugeLength", get("Content-Length: 99999999999999999999\r\n"),
             400},
        Case{"LengthAndChunked",
             get("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{"ZeroLengthAndChunked",
             get("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{"TwoEncodings",
             get("Transfer-Encoding: chunked\r\nTransfer-Encoding: "
                 "chunked\r\n"),
             400},
        Case{"OtherEncoding", get("Transfer-Encoding: gzip\r\n"), 400},
        Case{"ListOfEncodings", get("Transfer-Encoding: gzip, chunked\r\n"),
             400},
        Case{"OddEncoding", get("Transfer-Encoding: xchunked\r\n"), 400},
        Case{"OldChunked",
             line("POST / HTTP/1.0") + line("Transfer-Encoding: chunked"), 400},
        Case{"Gzip", get("Content-Encoding: gzip\r\n"), 415},
        Case{"OtherExpectation", get("Expect: 200-ok\r\n"), 417}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(HeaderCheckCountTest, TheHundredthFieldIsTheLast) {
  std::string header = get("");
  for (int i = 0; i < 99; ++i)
    header += "X: y\r\n";
  EXPECT_FALSE(checkHeader(header));
  auto problem = checkHeader(header + "X: y\r\n");
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->status(), 431);
}

} // namespace
} // namespace g4rt
