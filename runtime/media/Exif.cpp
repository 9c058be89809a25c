//===- Exif.cpp - How a camera was held -----------------------------------===//

#include "runtime/media/Exif.h"

#include <algorithm>
#include <cstring>
#include <libexif/exif-data.h>
#include <memory>

namespace g4rt {

static constexpr char kExifMark[] = {'E', 'x', 'i', 'f', 0, 0};

bool hasExifMark(std::span<const uint8_t> bytes) {
  return bytes.size() >= sizeof kExifMark &&
         std::memcmp(bytes.data(), kExifMark, sizeof kExifMark) == 0;
}

/// libexif wants the mark, which PNG and mostly WebP leave out.
static std::vector<uint8_t> withMark(std::span<const uint8_t> exif) {
  std::vector<uint8_t> marked;
  if (!hasExifMark(exif))
    marked.assign(std::begin(kExifMark), std::end(kExifMark));
  marked.insert(marked.end(), exif.begin(), exif.end());
  return marked;
}

Orientation orientationIn(std::span<const uint8_t> exif) {
  // A segment of JPEG has no more; libexif counts in 32 bits.
  constexpr size_t kMostBytes = 1 << 16;
  if (exif.empty() || exif.size() > kMostBytes)
    return Orientation::TopLeft;
  std::vector<uint8_t> marked = withMark(exif);
  std::unique_ptr<ExifData, void (*)(ExifData *)> data(
      exif_data_new_from_data(marked.data(),
                              static_cast<unsigned>(marked.size())),
      exif_data_unref);
  if (!data)
    return Orientation::TopLeft;
  ExifEntry *entry =
      exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (!entry || entry->format != EXIF_FORMAT_SHORT || entry->components != 1)
    return Orientation::TopLeft;
  int value = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return value >= 1 && value <= 8 ? static_cast<Orientation>(value)
                                  : Orientation::TopLeft;
}

/// Whether rows of the stored pixels are columns of the picture.
static bool isLying(Orientation orientation) {
  return orientation >= Orientation::LeftTop;
}

/// Whether the first row is at the bottom or, of a lying one, at the right.
static bool isFromFarRow(Orientation orientation) {
  switch (orientation) {
  case Orientation::BottomRight:
  case Orientation::BottomLeft:
  case Orientation::RightTop:
  case Orientation::RightBottom:
    return true;
  default:
    return false;
  }
}

/// Whether the first column is at the right or, of a lying one, at the bottom.
static bool isFromFarColumn(Orientation orientation) {
  switch (orientation) {
  case Orientation::TopRight:
  case Orientation::BottomRight:
  case Orientation::RightBottom:
  case Orientation::LeftBottom:
    return true;
  default:
    return false;
  }
}

Picture turned(Picture picture, Orientation orientation) {
  if (orientation == Orientation::TopLeft)
    return picture;
  auto [width, height] = picture.size;
  bool lying = isLying(orientation);
  Picture result;
  result.size = lying ? PictureSize{height, width} : picture.size;
  result.rgb.resize(picture.rgb.size());
  for (int64_t row = 0; row < height; ++row)
    for (int64_t column = 0; column < width; ++column) {
      int64_t y = isFromFarRow(orientation) ? height - 1 - row : row;
      int64_t x = isFromFarColumn(orientation) ? width - 1 - column : column;
      if (lying)
        std::swap(x, y);
      std::copy_n(&picture.rgb[(row * width + column) * 3], 3,
                  &result.rgb[(y * result.size.width + x) * 3]);
    }
  return result;
}

} // namespace g4rt
