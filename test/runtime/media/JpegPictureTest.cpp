#include <gmock/gmock.h>

#include "TestPictures.h"

using testing::HasSubstr;

namespace g4rt {
namespace {

TEST(JpegPictureTest, FilesForPrintersAreRead) {
  Picture picture = pictureOf("cmyk.jpg");
  EXPECT_EQ(picture.size, (PictureSize{50, 41}));
  EXPECT_EQ(picture.rgb.size(), size_t(50 * 41 * 3));
}

/// A file whose second scan comes again and again.
TEST(JpegPictureTest, AFileOfManyScansIsRefused) {
  std::string whole = pictureBytes("progressive.jpg");
  size_t first = whole.find("\xff\xda");
  size_t second = whole.find("\xff\xda", first + 2);
  size_t third = whole.find("\xff\xda", second + 2);
  ASSERT_NE(third, std::string::npos);
  std::string scan = whole.substr(second, third - second);
  std::string many = whole.substr(0, third);
  for (int i = 0; i < 600; ++i)
    many += scan;
  EXPECT_THAT(refusalOf(many + whole.substr(third)),
              HasSubstr("has more than 500 scans"));
}

TEST(JpegPictureTest, TheLibraryNamesWhatItCannotRead) {
  std::string whole = pictureBytes("rgb-420.jpg");
  size_t frame = whole.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  whole[frame + 4] = 12; // bits a number
  EXPECT_THAT(refusalOf(whole), HasSubstr("a picture in JPEG: "));
  EXPECT_THAT(refusalOf(whole), HasSubstr("precision 12"));
}

} // namespace
} // namespace g4rt
