#include "runtime/media/ResizeBicubic.h"

#include "TestPictures.h"

namespace g4rt {
namespace {

TEST(ResizeBicubicTest, GivesThePixelsThatTheProcessorGives) {
  json::object expected = expectedPictures();
  for (const json::value &one : expected.at("pictures").as_array()) {
    std::string name = json::value_to<std::string>(one.at("file"));
    Picture resized = resizeBicubic(pictureOf(name), sizeIn(one.at("resized")));
    EXPECT_EQ(crcOf(resized), one.at("resized_crc32").to_number<uint32_t>())
        << name;
  }
}

TEST(ResizeBicubicTest, OneColorStaysOneColor) {
  Picture picture{{5, 7}, std::vector<uint8_t>(5 * 7 * 3, 200)};
  for (PictureSize size : {PictureSize{1, 1}, {48, 48}, {5, 96}, {96, 7}}) {
    Picture resized = resizeBicubic(picture, size);
    EXPECT_EQ(resized.size, size);
    EXPECT_EQ(resized.rgb,
              std::vector<uint8_t>(size.width * size.height * 3, 200));
  }
}

} // namespace
} // namespace g4rt
