//===- DecodePicture.h - A picture from the bytes of a file -----*- C++ -*-===//
//
// Reads JPEG, PNG, WebP and GIF by the libraries that everybody uses, and gives
// the pixels that transformers' processor sees: turned as its Exif orientation
// says, laid over white where it is transparent, the first frame where it moves
// (PIL's ImageOps.exif_transpose, and convert_to_rgb in transformers'
// image_transforms.py).
//
// The bytes may come from anybody. What a picture takes is known, and refused
// if it is too much, before a pixel is decoded.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_MEDIA_DECODEPICTURE_H
#define G4_RUNTIME_MEDIA_DECODEPICTURE_H

#include "runtime/base/Status.h"
#include "runtime/media/Picture.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace g4rt {

enum class PictureFormat : uint8_t { Jpeg, Png, WebP, Gif };

/// "JPEG", "PNG", "WebP", "GIF".
std::string_view toString(PictureFormat format);

/// What the first bytes say, whatever the file is called; none if no format of
/// ours begins so.
std::optional<PictureFormat> pictureFormat(std::span<const std::byte> bytes);

struct PictureLimits {
  /// Width times height. Decoding takes up to 16 bytes a pixel: the pixels, and
  /// what the decoder keeps beside them.
  int64_t maxPixels = 50'000'000;
};

/// Errors: InvalidArgument if the bytes are no picture, end early or are
/// damaged, or if it has more pixels than allowed; ResourceExhausted if there
/// is no memory for it. Thread-safe.
Result<Picture> decodePicture(std::span<const std::byte> bytes,
                              const PictureLimits &limits = {});

} // namespace g4rt

#endif // G4_RUNTIME_MEDIA_DECODEPICTURE_H
