#include <gmock/gmock.h>

#include "TestPictures.h"

using testing::HasSubstr;

namespace g4rt {
namespace {

TEST(WebpPictureTest, TheFirstFrameOfAFileThatMoves) {
  EXPECT_EQ(pictureOf("moving.webp").size, (PictureSize{32, 24}));
}

TEST(WebpPictureTest, OtherContentsOfTheContainerAreRefused) {
  EXPECT_THAT(refusalOf(std::string("RIFF\x04\0\0\0WEBP", 12)),
              HasSubstr("a picture in WebP: "));
}

} // namespace
} // namespace g4rt
