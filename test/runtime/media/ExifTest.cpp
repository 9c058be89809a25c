#include "runtime/media/Exif.h"

#include <gtest/gtest.h>

#include <string>

namespace g4rt {
namespace {

/// Exif data with one entry: tag 0x0112, a number of 16 bits.
std::vector<uint8_t> exifWith(uint8_t orientation, bool bigEndian = false) {
  if (bigEndian)
    return {'M', 'M', 0, 42, 0, 0, 0,           8, 0, 1, 1, 0x12, 0,
            3,   0,   0, 0,  1, 0, orientation, 0, 0, 0, 0, 0,    0};
  return {'I', 'I', 42, 0, 8, 0,           0, 0, 1, 0, 0x12, 1, 3,
          0,   1,   0,  0, 0, orientation, 0, 0, 0, 0, 0,    0, 0};
}

/// Each pixel one letter.
Picture pictureOf(int64_t width, std::string_view letters) {
  Picture picture{{width, static_cast<int64_t>(letters.size()) / width}, {}};
  for (char letter : letters)
    picture.rgb.insert(picture.rgb.end(), 3, static_cast<uint8_t>(letter));
  return picture;
}

std::string lettersOf(const Picture &picture) {
  std::string letters;
  for (int64_t y = 0; y < picture.size.height; ++y) {
    letters += y ? "/" : "";
    for (int64_t x = 0; x < picture.size.width; ++x)
      letters += static_cast<char>(
          picture.rgb[static_cast<size_t>(y * picture.size.width + x) * 3]);
  }
  return letters;
}

TEST(ExifTest, OrientationIsReadInBothByteOrders) {
  for (uint8_t value = 1; value <= 8; ++value) {
    EXPECT_EQ(orientationIn(exifWith(value)), static_cast<Orientation>(value));
    EXPECT_EQ(orientationIn(exifWith(value, /*bigEndian=*/true)),
              static_cast<Orientation>(value));
  }
}

TEST(ExifTest, WhatCannotBeReadTurnsNothing) {
  EXPECT_EQ(orientationIn({}), Orientation::TopLeft);
  for (uint8_t value : {0, 9, 255})
    EXPECT_EQ(orientationIn(exifWith(value)), Orientation::TopLeft);
  std::vector<uint8_t> whole = exifWith(6);
  for (size_t kept = 0; kept < 20; ++kept)
    EXPECT_EQ(orientationIn(std::span(whole).first(kept)),
              Orientation::TopLeft);
  EXPECT_EQ(orientationIn(std::vector<uint8_t>(1 << 20, 'I')),
            Orientation::TopLeft);
}

TEST(ExifTest, EachOrientationTurnsItsOwnWay) {
  const char *expected[] = {"abc/def",  "cba/fed",  "fed/cba",  "def/abc",
                            "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad"};
  for (int value = 1; value <= 8; ++value)
    EXPECT_EQ(lettersOf(turned(pictureOf(3, "abcdef"),
                               static_cast<Orientation>(value))),
              expected[value - 1])
        << value;
}

} // namespace
} // namespace g4rt
