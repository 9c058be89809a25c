#include "runtime/artifact/ArtifactHead.h"

#include "runtime/base/Checksum.h"

#include <gtest/gtest.h>

#include <cstring>

namespace g4rt {
namespace {

constexpr uint64_t kFileSize = 4096;

ArtifactHead sample() {
  return {.fileSize = kFileSize,
          .metadataOffset = 1024,
          .metadataSize = kFileSize - 1024,
          .metadataChecksum = 0x0123456789abcdef};
}

using Bytes = std::array<std::byte, kHeadBytes>;

/// `head` with a field overwritten and its own checksum made right.
template <typename T>
Bytes with(size_t offset, T value, const ArtifactHead &head = sample()) {
  Bytes bytes = head.encode();
  std::memcpy(bytes.data() + offset, &value, sizeof(value));
  uint64_t sum = checksum(std::span(bytes).first(120));
  std::memcpy(bytes.data() + 120, &sum, sizeof(sum));
  return bytes;
}

StatusCode codeOf(const Result<ArtifactHead> &head) {
  return head ? StatusCode::Ok : head.error().code();
}

TEST(ArtifactHeadTest, DecodesWhatWasEncoded) {
  Result<ArtifactHead> head =
      ArtifactHead::decode(sample().encode(), kFileSize);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->fileSize, kFileSize);
  EXPECT_EQ(head->metadataOffset, 1024u);
  EXPECT_EQ(head->metadataSize, kFileSize - 1024);
  EXPECT_EQ(head->metadataChecksum, 0x0123456789abcdefu);
}

TEST(ArtifactHeadTest, HasItsFieldsWhereTheDocumentSays) {
  Bytes bytes = sample().encode();
  EXPECT_EQ(std::memcmp(bytes.data(), "\x89G4A\r\n\x1a\n", 8), 0);
  uint64_t fileSize, metadataOffset;
  std::memcpy(&fileSize, bytes.data() + 16, 8);
  std::memcpy(&metadataOffset, bytes.data() + 24, 8);
  EXPECT_EQ(fileSize, kFileSize);
  EXPECT_EQ(metadataOffset, 1024u);
}

TEST(ArtifactHeadTest, RefusesEveryChangedByte) {
  for (size_t i = 0; i < kHeadBytes; ++i) {
    Bytes bytes = sample().encode();
    bytes[i] ^= std::byte{0x40};
    EXPECT_EQ(codeOf(ArtifactHead::decode(bytes, kFileSize)),
              StatusCode::DataLoss)
        << "byte " << i;
  }
}

TEST(ArtifactHeadTest, RefusesFewerBytesThanAHead) {
  Bytes bytes = sample().encode();
  for (size_t size = 0; size < kHeadBytes; ++size)
    EXPECT_EQ(codeOf(ArtifactHead::decode(std::span(bytes).first(size), size)),
              StatusCode::DataLoss)
        << size << " bytes";
}

TEST(ArtifactHeadTest, RefusesAnotherMajorVersionByItsNumber) {
  Result<ArtifactHead> head =
      ArtifactHead::decode(with(8, uint16_t{kFormatMajor + 1}), kFileSize);
  ASSERT_FALSE(head);
  EXPECT_NE(head.error().message().find("version is 2, needed 1"),
            std::string::npos)
      << head.error().message();
}

TEST(ArtifactHeadTest, AcceptsAnyMinorVersion) {
  EXPECT_TRUE(ArtifactHead::decode(with(10, uint16_t{777}), kFileSize));
}

TEST(ArtifactHeadTest, RefusesAHeadOfAnotherSize) {
  EXPECT_EQ(codeOf(ArtifactHead::decode(with(12, uint32_t{192}), kFileSize)),
            StatusCode::DataLoss);
}

TEST(ArtifactHeadTest, RefusesAFileOfAnotherSize) {
  for (uint64_t size : {kFileSize - 1, kFileSize + 1})
    EXPECT_EQ(codeOf(ArtifactHead::decode(sample().encode(), size)),
              StatusCode::DataLoss)
        << size;
}

TEST(ArtifactHeadTest, RefusesMetadataThatDoesNotEndTheFile) {
  struct Case {
    uint64_t offset, size;
  };
  for (Case c :
       {Case{0, kFileSize}, Case{64, kFileSize - 64},
        Case{1024 + 32, kFileSize - 1024 - 32}, Case{1024, kFileSize - 1025},
        Case{1024, kFileSize}, Case{kFileSize + 64, 0},
        // Their sum is the file's size only modulo 2^64.
        Case{kFileSize + 64, ~uint64_t{63}}}) {
    ArtifactHead head = sample();
    head.metadataOffset = c.offset;
    head.metadataSize = c.size;
    EXPECT_EQ(codeOf(ArtifactHead::decode(head.encode(), kFileSize)),
              StatusCode::DataLoss)
        << c.offset << " " << c.size;
  }
}

} // namespace
} // namespace g4rt
