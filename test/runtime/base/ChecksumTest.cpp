#include "runtime/base/Checksum.h"

#include <gtest/gtest.h>

#include <string_view>

namespace g4rt {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(ChecksumTest, IsXxh3) {
  // The published XXH3-64 value of the empty input, seed 0.
  EXPECT_EQ(checksum({}), 0x2d06800538d394c2ull);
}

TEST(ChecksumTest, PiecesGiveTheSameAsTheWhole) {
  ChecksumStream stream;
  stream.update(bytes("hello "));
  stream.update(bytes("world"));
  EXPECT_EQ(stream.digest(), checksum(bytes("hello world")));
  EXPECT_NE(stream.digest(), checksum(bytes("hello worle")));
}

} // namespace
} // namespace g4rt
