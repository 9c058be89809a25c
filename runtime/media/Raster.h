//===- Raster.h - What a decoder of one format gives ------------*- C++ -*-===//

#ifndef G4_RUNTIME_MEDIA_RASTER_H
#define G4_RUNTIME_MEDIA_RASTER_H

#include "runtime/base/Status.h"
#include "runtime/media/DecodePicture.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// Pixels as the file has them: not turned, and perhaps transparent.
struct Raster {
  PictureSize size;
  bool hasAlpha = false;
  /// [height, width, channels], red first, alpha last and not multiplied in.
  std::vector<uint8_t> pixels;
  /// The Exif data, with or without the "Exif\0\0" before it; empty if none.
  std::vector<uint8_t> exif;

  int64_t channels() const { return hasAlpha ? 4 : 3; }
  uint8_t *row(int64_t y) {
    return pixels.data() + y * size.width * channels();
  }
};

/// A raster of this size with zeros. Errors: InvalidArgument if a side is 0 or
/// it has more pixels than allowed, ResourceExhausted if there is no memory.
Result<Raster> makeRaster(PictureSize size, bool hasAlpha,
                          const PictureLimits &limits);

/// InvalidArgument: what the decoder found wrong.
Status damagedPicture(const std::string &what);

/// One decoder each; `bytes` begin as pictureFormat() says. Errors: as
/// decodePicture().
Result<Raster> decodeJpeg(std::span<const std::byte> bytes,
                          const PictureLimits &limits);
Result<Raster> decodePng(std::span<const std::byte> bytes,
                         const PictureLimits &limits);
Result<Raster> decodeWebP(std::span<const std::byte> bytes,
                          const PictureLimits &limits);
Result<Raster> decodeGif(std::span<const std::byte> bytes,
                         const PictureLimits &limits);

} // namespace g4rt

#endif // G4_RUNTIME_MEDIA_RASTER_H
