#include <gmock/gmock.h>

#include "TestPictures.h"

using testing::HasSubstr;

namespace g4rt {
namespace {

TEST(PngPictureTest, ADamagedChunkIsRefused) {
  std::string whole = pictureBytes("rgb.png");
  size_t data = whole.find("IDAT");
  ASSERT_NE(data, std::string::npos);
  whole[data + 10] = static_cast<char>(~whole[data + 10]);
  EXPECT_THAT(refusalOf(whole), HasSubstr("a picture in PNG: IDAT: "));
}

/// 65,535 x 65,535 pixels in 200 bytes.
TEST(PngPictureTest, ABombIsRefusedByItsHead) {
  std::string whole = pictureBytes("one-pixel.png");
  size_t head = whole.find("IHDR") + 4;
  for (size_t at : {head + 2, head + 3, head + 6, head + 7})
    whole[at] = '\xff';
  boost::crc_32_type crc;
  crc.process_bytes(&whole[head - 4], 17);
  for (int i = 0; i < 4; ++i)
    whole[head + 13 + static_cast<size_t>(i)] =
        static_cast<char>(crc.checksum() >> (24 - 8 * i));
  EXPECT_THAT(refusalOf(whole), HasSubstr("has 65535 x 65535 pixels"));
}

} // namespace
} // namespace g4rt
