//===- Picture.h - Pixels of a picture --------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_MEDIA_PICTURE_H
#define G4_RUNTIME_MEDIA_PICTURE_H

#include <cstdint>
#include <vector>

namespace g4rt {

/// Width and height in pixels.
struct PictureSize {
  int64_t width = 0, height = 0;

  bool operator==(const PictureSize &) const = default;
};

/// Red, green and blue of each pixel, row by row from the upper left corner:
/// [height, width, 3].
struct Picture {
  PictureSize size;
  std::vector<uint8_t> rgb;
};

} // namespace g4rt

#endif // G4_RUNTIME_MEDIA_PICTURE_H
