#include <gmock/gmock.h>

#include "TestPictures.h"

using testing::AnyOf;
using testing::HasSubstr;

namespace g4rt {
namespace {

TEST(DecodePictureTest, EveryFileHasThePixelsThatTransformersSees) {
  json::object expected = expectedPictures();
  const json::array &pictures = expected.at("pictures").as_array();
  EXPECT_EQ(pictures.size(), 54u);
  for (const json::value &one : pictures) {
    std::string name = json::value_to<std::string>(one.at("file"));
    Picture picture = pictureOf(name);
    EXPECT_EQ(picture.size, sizeIn(one.at("size"))) << name;
    EXPECT_EQ(crcOf(picture), one.at("crc32").to_number<uint32_t>()) << name;
  }
}

TEST(DecodePictureTest, TheFirstBytesSayWhatAFileIs) {
  EXPECT_EQ(pictureFormat(asBytes(pictureBytes("rgb.png"))),
            PictureFormat::Png);
  EXPECT_EQ(pictureFormat(asBytes(pictureBytes("rgb-420.jpg"))),
            PictureFormat::Jpeg);
  EXPECT_EQ(pictureFormat(asBytes(pictureBytes("lossy.webp"))),
            PictureFormat::WebP);
  EXPECT_EQ(pictureFormat(asBytes(pictureBytes("plain.gif"))),
            PictureFormat::Gif);
  EXPECT_EQ(pictureFormat(asBytes("RIFF....WAVE")), std::nullopt);
  EXPECT_EQ(pictureFormat({}), std::nullopt);
  EXPECT_EQ(refusalOf("<svg/>"), "is no JPEG, PNG, WebP or GIF");
}

TEST(DecodePictureTest, APictureThatEndsEarlyIsRefused) {
  for (const char *name : {"rgb.png", "interlaced.png", "rgb-420.jpg",
                           "progressive.jpg", "cmyk.jpg", "lossy.webp",
                           "lossless.webp", "plain.gif", "interlaced.gif"}) {
    std::string whole = pictureBytes(name);
    for (size_t kept = 0; kept < whole.size() * 3 / 4; ++kept) {
      std::string wrong = refusalOf(whole.substr(0, kept));
      ASSERT_NE(wrong, "taken") << name << " of " << kept << " bytes";
    }
    EXPECT_THAT(refusalOf(whole.substr(0, whole.size() / 2)),
                HasSubstr("ends early"))
        << name;
  }
}

// Damage is refused or gives other pixels; which is the library's business.
TEST(DecodePictureTest, NoDamagedByteDoesHarm) {
  for (const char *name : {"palette-transparent.png", "exif-6.jpg", "exif.webp",
                           "small-frame-transparent.gif", "exif.png"}) {
    std::string whole = pictureBytes(name);
    size_t refused = 0;
    for (size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(~damaged[at]);
      auto picture = decodePicture(asBytes(damaged), {.maxPixels = 1 << 20});
      refused += !picture;
      if (picture)
        ASSERT_EQ(picture->rgb.size(),
                  size_t(picture->size.width * picture->size.height * 3));
    }
    EXPECT_GT(refused, 5u) << name;
  }
}

TEST(DecodePictureTest, TooManyPixelsAreRefusedBeforeTheyAreDecoded) {
  EXPECT_THAT(refusalOf(pictureBytes("rgb.png"), {.maxPixels = 3071}),
              HasSubstr("has 64 x 48 pixels, at most 3071 are taken"));
  EXPECT_TRUE(
      decodePicture(asBytes(pictureBytes("rgb.png")), {.maxPixels = 3072}));
  for (const char *name : {"rgb-444.jpg", "lossless.webp", "moving.gif"})
    EXPECT_THAT(refusalOf(pictureBytes(name), {.maxPixels = 100}),
                HasSubstr("at most 100 are taken"))
        << name;
}

} // namespace
} // namespace g4rt
