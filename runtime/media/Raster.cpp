//===- Raster.cpp - What a decoder of one format gives --------------------===//

#include "runtime/media/Raster.h"

#include <new>

namespace g4rt {

Status damagedPicture(const std::string &what) {
  return Status(StatusCode::InvalidArgument, what);
}

Result<Raster> makeRaster(PictureSize size, bool hasAlpha,
                          const PictureLimits &limits) {
  auto [width, height] = size;
  std::string extent = std::to_string(width) + " x " + std::to_string(height);
  if (width < 1 || height < 1)
    return damagedPicture("is " + extent + " pixels");
  if (width > limits.maxPixels / height)
    return damagedPicture("has " + extent + " pixels, at most " +
                          std::to_string(limits.maxPixels) + " are taken");
  Raster raster;
  raster.size = size;
  raster.hasAlpha = hasAlpha;
  try {
    raster.pixels.resize(width * height * raster.channels());
  } catch (const std::bad_alloc &) {
    return Status(StatusCode::ResourceExhausted,
                  "no memory for " + extent + " pixels");
  }
  return raster;
}

} // namespace g4rt
