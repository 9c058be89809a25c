//===- DecodePicture.cpp - A picture from the bytes of a file -------------===//

#include "runtime/media/DecodePicture.h"

#include "runtime/media/Exif.h"
#include "runtime/media/Raster.h"

#include <cstring>
#include <new>

namespace g4rt {

std::string_view toString(PictureFormat format) {
  switch (format) {
  case PictureFormat::Jpeg:
    return "JPEG";
  case PictureFormat::Png:
    return "PNG";
  case PictureFormat::WebP:
    return "WebP";
  case PictureFormat::Gif:
    return "GIF";
  }
  return "";
}

std::optional<PictureFormat> pictureFormat(std::span<const std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()),
                        bytes.size());
  if (text.starts_with("\xff\xd8\xff"))
    return PictureFormat::Jpeg;
  if (text.starts_with("\x89PNG\r\n\x1a\n"))
    return PictureFormat::Png;
  if (text.starts_with("RIFF") && text.substr(0, 12).ends_with("WEBP"))
    return PictureFormat::WebP;
  if (text.starts_with("GIF87a") || text.starts_with("GIF89a"))
    return PictureFormat::Gif;
  return std::nullopt;
}

static Result<Raster> decode(PictureFormat format,
                             std::span<const std::byte> bytes,
                             const PictureLimits &limits) {
  switch (format) {
  case PictureFormat::Jpeg:
    return decodeJpeg(bytes, limits);
  case PictureFormat::Png:
    return decodePng(bytes, limits);
  case PictureFormat::WebP:
    return decodeWebP(bytes, limits);
  case PictureFormat::Gif:
    return decodeGif(bytes, limits);
  }
  return damagedPicture("is of no format that is read");
}

/// `channel` of a pixel that covers `alpha` / 255 of white, rounded as PIL's
/// alpha_composite rounds it: 7 bits more in between, and a division by 255
/// that is exact.
static uint8_t overWhite(uint32_t channel, uint32_t alpha) {
  uint32_t sum = (channel * alpha + 255 * (255 - alpha)) * 128 + (128 << 7);
  return static_cast<uint8_t>(((sum >> 8) + sum) >> 8 >> 7);
}

/// In place, so that a large picture is not there twice.
static Picture overWhite(Raster raster) {
  Picture picture;
  picture.size = raster.size;
  if (raster.hasAlpha) {
    size_t numPixels = raster.pixels.size() / 4;
    for (size_t i = 0; i < numPixels; ++i) {
      uint8_t alpha = raster.pixels[4 * i + 3];
      for (size_t c = 0; c < 3; ++c)
        raster.pixels[3 * i + c] = overWhite(raster.pixels[4 * i + c], alpha);
    }
    raster.pixels.resize(3 * numPixels);
  }
  picture.rgb = std::move(raster.pixels);
  return picture;
}

Result<Picture> decodePicture(std::span<const std::byte> bytes,
                              const PictureLimits &limits) {
  std::optional<PictureFormat> format = pictureFormat(bytes);
  if (!format)
    return damagedPicture("is no JPEG, PNG, WebP or GIF");
  try {
    auto raster = decode(*format, bytes, limits);
    if (!raster)
      return std::move(raster).error().during("a picture in " +
                                              std::string(toString(*format)));
    Orientation orientation = orientationIn(raster->exif);
    return turned(overWhite(*std::move(raster)), orientation);
  } catch (const std::bad_alloc &) {
    return Status(StatusCode::ResourceExhausted, "no memory for a picture");
  }
}

} // namespace g4rt
