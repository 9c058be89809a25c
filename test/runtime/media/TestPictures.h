//===- TestPictures.h - Pictures and what they are --------------*- C++ -*-===//
//
// test/reference/make_pictures.py made test/inputs/pictures and wrote down what
// PIL and transformers' processor see in them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_RUNTIME_MEDIA_TESTPICTURES_H
#define G4_TEST_RUNTIME_MEDIA_TESTPICTURES_H

#include "runtime/base/Json.h"
#include "runtime/media/DecodePicture.h"

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

inline std::string picturePath(const std::string &name) {
  return G4_TEST_INPUTS "/pictures/" + name;
}

/// The file's bytes; the test fails if there is none.
inline std::string pictureBytes(const std::string &name) {
  std::ifstream in(picturePath(name), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

inline std::span<const std::byte> asBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The decoded picture; the test fails if it cannot be read.
inline Picture pictureOf(const std::string &name) {
  auto picture = decodePicture(asBytes(pictureBytes(name)));
  if (picture)
    return *std::move(picture);
  ADD_FAILURE() << name << ": " << picture.error().message();
  return {{1, 1}, {0, 0, 0}};
}

/// What decodePicture() says of bytes that it must refuse.
inline std::string refusalOf(std::string_view bytes,
                             const PictureLimits &limits = {}) {
  auto picture = decodePicture(asBytes(bytes), limits);
  if (picture)
    return "taken";
  EXPECT_EQ(picture.error().code(), StatusCode::InvalidArgument);
  return picture.error().message();
}

inline uint32_t crcOf(const Picture &picture) {
  boost::crc_32_type crc;
  crc.process_bytes(picture.rgb.data(), picture.rgb.size());
  return crc.checksum();
}

/// What make_pictures.py wrote down.
inline json::object expectedPictures() {
  auto value = parseJsonFile(picturePath("expected.json"));
  EXPECT_TRUE(value) << value.error().message();
  return value ? value->as_object() : json::object();
}

/// Two numbers, width first.
inline PictureSize sizeIn(const json::value &pair) {
  return {pair.at(0).to_number<int64_t>(), pair.at(1).to_number<int64_t>()};
}

} // namespace g4rt

#endif // G4_TEST_RUNTIME_MEDIA_TESTPICTURES_H
