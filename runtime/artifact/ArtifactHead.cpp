//===- ArtifactHead.cpp - The first 128 bytes of a .g4 file ---------------===//

#include "runtime/artifact/ArtifactHead.h"

#include "runtime/base/Checksum.h"

#include <bit>
#include <cstring>
#include <string>

namespace g4rt {

static_assert(std::endian::native == std::endian::little,
              "the file's numbers are read as they lie");

constexpr unsigned char kMagic[8] = {0x89, 'G',  '4',  'A',
                                     '\r', '\n', 0x1a, '\n'};
// Offsets of the fields, as docs/artifact.md lists them.
constexpr size_t kMajorAt = 8, kMinorAt = 10, kHeadSizeAt = 12,
                 kFileSizeAt = 16, kMetadataOffsetAt = 24, kMetadataSizeAt = 32,
                 kMetadataChecksumAt = 40, kHeadChecksumAt = 120;

template <typename T>
static T field(std::span<const std::byte> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

std::array<std::byte, kHeadBytes> ArtifactHead::encode() const {
  std::array<std::byte, kHeadBytes> bytes{};
  auto put = [&](size_t offset, auto value) {
    std::memcpy(bytes.data() + offset, &value, sizeof(value));
  };
  std::memcpy(bytes.data(), kMagic, sizeof(kMagic));
  put(kMajorAt, kFormatMajor);
  put(kMinorAt, kFormatMinor);
  put(kHeadSizeAt, static_cast<uint32_t>(kHeadBytes));
  put(kFileSizeAt, fileSize);
  put(kMetadataOffsetAt, metadataOffset);
  put(kMetadataSizeAt, metadataSize);
  put(kMetadataChecksumAt, metadataChecksum);
  put(kHeadChecksumAt, checksum(std::span(bytes).first(kHeadChecksumAt)));
  return bytes;
}

static Status damaged(const std::string &message) {
  return Status(StatusCode::DataLoss, message);
}

static std::string found(const char *what, uint64_t was, uint64_t needed) {
  return std::string(what) + " is " + std::to_string(was) + ", needed " +
         std::to_string(needed);
}

Result<ArtifactHead> ArtifactHead::decode(std::span<const std::byte> bytes,
                                          uint64_t fileSize) {
  if (bytes.size() < kHeadBytes)
    return damaged("not a .g4 artifact: " + std::to_string(bytes.size()) +
                   " bytes, the head alone has " + std::to_string(kHeadBytes));
  if (std::memcmp(bytes.data(), kMagic, sizeof(kMagic)) != 0)
    return damaged("not a .g4 artifact: it does not begin with its magic "
                   "number");
  if (field<uint64_t>(bytes, kHeadChecksumAt) !=
      checksum(bytes.first(kHeadChecksumAt)))
    return damaged("damaged: the checksum of the head differs");
  if (uint16_t major = field<uint16_t>(bytes, kMajorAt); major != kFormatMajor)
    return damaged(found("format version", major, kFormatMajor));
  if (uint32_t size = field<uint32_t>(bytes, kHeadSizeAt); size != kHeadBytes)
    return damaged(found("size of the head", size, kHeadBytes));
  ArtifactHead head;
  head.fileSize = field<uint64_t>(bytes, kFileSizeAt);
  head.metadataOffset = field<uint64_t>(bytes, kMetadataOffsetAt);
  head.metadataSize = field<uint64_t>(bytes, kMetadataSizeAt);
  head.metadataChecksum = field<uint64_t>(bytes, kMetadataChecksumAt);
  if (head.fileSize != fileSize)
    return damaged("truncated or extended: " +
                   found("size of the file", fileSize, head.fileSize));
  if (head.metadataOffset < kHeadBytes ||
      head.metadataOffset % kSegmentAlignment != 0 ||
      head.metadataOffset > fileSize ||
      head.metadataSize != fileSize - head.metadataOffset)
    return damaged("the metadata does not end the file");
  return head;
}

} // namespace g4rt
