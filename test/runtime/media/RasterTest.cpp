#include "runtime/media/Raster.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(RasterTest, HasRoomForItsPixels) {
  auto raster = makeRaster({3, 2}, /*hasAlpha=*/true, {.maxPixels = 6});
  ASSERT_TRUE(raster);
  EXPECT_EQ(raster->pixels.size(), 24u);
  EXPECT_EQ(raster->row(1) - raster->row(0), 12);
}

TEST(RasterTest, SizesThatAreNotTakenAreNamed) {
  auto messageFor = [](PictureSize size) {
    auto raster = makeRaster(size, false, {.maxPixels = 6});
    return raster ? "taken" : raster.error().message();
  };
  EXPECT_EQ(messageFor({0, 5}), "is 0 x 5 pixels");
  EXPECT_EQ(messageFor({7, 1}), "has 7 x 1 pixels, at most 6 are taken");
  EXPECT_EQ(messageFor({INT64_MAX, INT64_MAX}).substr(0, 4), "has ");
}

} // namespace
} // namespace g4rt
