//===- ChunkDecoderTest.cpp - Chunks, extensions and trailers -------------===//

#include "runtime/http/ChunkDecoder.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

struct Outcome {
  std::string body;
  int status = 0; // of the error; 0: none
  bool isDone = false;
  size_t consumed = 0;

  bool operator==(const Outcome &) const = default;
};

/// What `bytes` give in pieces of `size`.
Outcome decode(const std::string &bytes, const HttpLimits &limits,
               size_t size = std::string::npos) {
  Outcome out;
  ChunkDecoder decoder(limits,
                       [&](std::string_view data) -> std::optional<ApiError> {
                         out.body += data;
                         return {};
                       });
  for (size_t at = 0; at < bytes.size(); at += std::min(size, bytes.size())) {
    std::string piece = bytes.substr(at, size);
    out.consumed += decoder.feed(piece);
  }
  out.status = decoder.error() ? decoder.error()->status() : 0;
  out.isDone = decoder.isDone();
  return out;
}

/// What `bytes` give, which is the same in pieces of any size.
Outcome decode(const std::string &bytes) {
  HttpLimits limits{.maxHeaderBytes = 1000, .maxBodyBytes = 100};
  Outcome whole = decode(bytes, limits);
  for (size_t size = 1; size < 20; ++size)
    EXPECT_EQ(decode(bytes, limits, size), whole) << bytes << size;
  return whole;
}

std::string numbered(size_t count) {
  std::string lines;
  for (size_t i = 0; i < count; ++i)
    lines += "A: b\r\n";
  return lines;
}

TEST(ChunkDecoderTest, ChunksAreJoined) {
  Outcome out = decode("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET");
  EXPECT_EQ(out.body, "abc0123456789");
  EXPECT_TRUE(out.isDone);
  EXPECT_EQ(out.consumed, 28u);
}

TEST(ChunkDecoderTest, ExtensionsAndTrailersAreThrownAway) {
  Outcome out = decode("3;a=b;c=\"d\"\r\nabc\r\n000;x\r\nContent-Length: 5\r\n"
                       "Origin: http://evil\r\n\r\n");
  EXPECT_EQ(out.body, "abc");
  EXPECT_TRUE(out.isDone);
}

TEST(ChunkDecoderTest, ExtensionsAreBoundedAllTogether) {
  EXPECT_EQ(decode("1;" + std::string(900, 'x') + "\r\na\r\n0\r\n\r\n").status,
            0);
  std::string chunk = "1;" + std::string(300, 'x') + "\r\na\r\n";
  EXPECT_EQ(decode(chunk + chunk + chunk + chunk).status, 400);
}

TEST(ChunkDecoderTest, TrailersAreBounded) {
  EXPECT_TRUE(decode("0\r\n" + numbered(100) + "\r\n").isDone);
  EXPECT_EQ(decode("0\r\n" + numbered(101) + "\r\n").status, 431);
  EXPECT_EQ(decode("0\r\nA: " + std::string(1000, 'b')).status, 431);
}

TEST(ChunkDecoderTest, WrongLinesAreRefused) {
  for (const char *bytes :
       {"-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n", "0x1\r\n", "\r\n", "g\r\n",
        "11111111111111111\r\n", "1\n", "1\rx", "1\r\nab", "1\r\na\n",
        "1;\x01\r\n", "0\r\nA\r\n\r\n", "0\r\nA : b\r\n", "0\r\n b\r\n",
        "0\r\nA: \x01\r\n", "0\r\n\n", "0\r\n\rx"})
    EXPECT_EQ(decode(bytes).status, 400) << bytes;
}

TEST(ChunkDecoderTest, TheLimitHoldsForTheSumOfAllChunks) {
  EXPECT_EQ(decode("64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n").status,
            0);
  EXPECT_EQ(decode("65\r\n").status, 413);
  EXPECT_EQ(decode("1\r\na\r\n64\r\n").status, 413);
  EXPECT_EQ(decode("1\r\na\r\nffffffffffffffff\r\n").status, 413);
}

TEST(ChunkDecoderTest, WhatTheSinkSaysIsTheError) {
  HttpLimits limits;
  ChunkDecoder decoder(limits, [](std::string_view) {
    return std::optional<ApiError>(overloadedError());
  });
  decoder.feed("1\r\na");
  ASSERT_TRUE(decoder.error());
  EXPECT_EQ(decoder.error()->status(), 503);
}

} // namespace
} // namespace g4rt
