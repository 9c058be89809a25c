//===- Exif.h - How a camera was held ---------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_MEDIA_EXIF_H
#define G4_RUNTIME_MEDIA_EXIF_H

#include "runtime/media/Picture.h"

#include <cstdint>
#include <span>

namespace g4rt {

/// Where the first row and the first column of the stored pixels belong in the
/// picture, as Exif 2.32 numbers it (tag 0x0112, section 4.6.4).
enum class Orientation : uint8_t {
  TopLeft = 1, // as it is
  TopRight,
  BottomRight,
  BottomLeft,
  LeftTop,
  RightTop,
  RightBottom,
  LeftBottom,
};

/// Whether the bytes begin with "Exif\0\0", as those of a JPEG's segment do.
bool hasExifMark(std::span<const uint8_t> bytes);

/// TopLeft where the data say nothing or nothing that can be read: a picture is
/// not refused for its Exif data.
Orientation orientationIn(std::span<const uint8_t> exif);

/// The picture as it is to be looked at.
Picture turned(Picture picture, Orientation orientation);

} // namespace g4rt

#endif // G4_RUNTIME_MEDIA_EXIF_H
