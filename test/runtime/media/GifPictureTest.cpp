#include <gmock/gmock.h>

#include "TestPictures.h"

using testing::HasSubstr;

namespace g4rt {
namespace {

uint8_t redAt(const Picture &picture, int64_t x, int64_t y) {
  return picture.rgb[static_cast<size_t>(y * picture.size.width + x) * 3];
}

TEST(GifPictureTest, ASmallFrameIsLaidOnItsCanvas) {
  Picture picture = pictureOf("small-frame-transparent.gif");
  EXPECT_EQ(picture.size, (PictureSize{16, 12}));
  EXPECT_EQ(redAt(picture, 0, 0), 255);
  EXPECT_EQ(redAt(picture, 15, 11), 255);
}

TEST(GifPictureTest, AFrameThatLeavesItsCanvasIsRefused) {
  std::string whole = pictureBytes("small-frame.gif");
  whole[6] = 10; // the canvas' width, and the frame ends at 11
  EXPECT_THAT(refusalOf(whole),
              HasSubstr("has a frame that leaves its canvas"));
}

TEST(GifPictureTest, AFileWithoutAFrameIsRefused) {
  std::string whole = pictureBytes("plain.gif");
  size_t table = 13 + 3 * (size_t{2} << (whole[10] & 7));
  EXPECT_THAT(refusalOf(whole.substr(0, table) + ";"),
              HasSubstr("a picture in GIF: has no frame"));
}

} // namespace
} // namespace g4rt
