#include "runtime/media/PicturePatches.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

/// Each number of the picture tells its place.
TEST(PicturePatchesTest, PixelsOfAPatchLieTogether) {
  Picture picture{{48, 32}, std::vector<uint8_t>(48 * 32 * 3)};
  for (size_t i = 0; i < picture.rgb.size(); ++i)
    picture.rgb[i] = static_cast<uint8_t>(i * 7 % 251);
  PicturePatches patches = patchesOf(picture);
  EXPECT_EQ(patches.numRows, 2);
  EXPECT_EQ(patches.numColumns, 3);
  ASSERT_EQ(patches.values.size(), size_t(6 * 768));
  for (size_t patch = 0; patch < 6; ++patch)
    for (size_t y = 0; y < 16; ++y)
      for (size_t x = 0; x < 16; ++x)
        for (size_t c = 0; c < 3; ++c) {
          size_t row = patch / 3 * 16 + y, column = patch % 3 * 16 + x;
          float expected = picture.rgb[(row * 48 + column) * 3 + c] *
                           static_cast<float>(1 / 255.0);
          ASSERT_EQ(patches.values[patch * 768 + (y * 16 + x) * 3 + c],
                    expected);
        }
}

} // namespace
} // namespace g4rt
