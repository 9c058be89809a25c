//===- GifPicture.cpp - The first frame of a GIF file ---------------------===//

#include "runtime/media/Raster.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <gif_lib.h>
#include <memory>
#include <new>

namespace g4rt {

namespace {

struct CloseGif {
  void operator()(GifFileType *file) const { DGifCloseFile(file, nullptr); }
};
using GifFile = std::unique_ptr<GifFileType, CloseGif>;

/// A frame's place on the canvas and the colors of its numbers.
struct Frame {
  int64_t left = 0, top = 0, width = 0, height = 0;
  bool isInterlaced = false;
  /// Red, green, blue, alpha of each number; those that the file has not are
  /// black.
  std::array<std::array<uint8_t, 4>, 256> colors{};
};

} // namespace

static int readBytes(GifFileType *file, GifByteType *to, int count) {
  auto *rest = static_cast<std::span<const std::byte> *>(file->UserData);
  size_t taken = std::min(rest->size(), static_cast<size_t>(count));
  std::memcpy(to, rest->data(), taken);
  *rest = rest->subspan(taken);
  return static_cast<int>(taken);
}

static Status failure(int error) {
  if (error == D_GIF_ERR_READ_FAILED || error == D_GIF_ERR_EOF_TOO_SOON)
    return damagedPicture("ends early");
  const char *what = GifErrorString(error);
  return damagedPicture(what ? what : "is damaged");
}

/// The number that is transparent in the next frame, from its graphic control
/// extension; -1 if none is. Reads up to the frame.
static Result<int> readExtensions(GifFileType *file) {
  int transparent = NO_TRANSPARENT_COLOR;
  while (true) {
    GifRecordType type;
    if (DGifGetRecordType(file, &type) == GIF_ERROR)
      return failure(file->Error);
    if (type == TERMINATE_RECORD_TYPE)
      return damagedPicture("has no frame");
    if (type == IMAGE_DESC_RECORD_TYPE)
      return transparent;
    int code = 0;
    GifByteType *block = nullptr; // its length first
    if (DGifGetExtension(file, &code, &block) == GIF_ERROR)
      return failure(file->Error);
    GraphicsControlBlock control;
    if (block && code == GRAPHICS_EXT_FUNC_CODE &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      transparent = control.TransparentColor;
    while (block)
      if (DGifGetExtensionNext(file, &block) == GIF_ERROR)
        return failure(file->Error);
  }
}

static Result<Frame> readFrame(GifFileType *file, int transparent) {
  if (DGifGetImageDesc(file) == GIF_ERROR)
    return failure(file->Error);
  const GifImageDesc &image = file->Image;
  Frame frame{image.Left,   image.Top,       image.Width,
              image.Height, image.Interlace, {}};
  if (frame.left < 0 || frame.top < 0 ||
      frame.left + frame.width > file->SWidth ||
      frame.top + frame.height > file->SHeight)
    return damagedPicture("has a frame that leaves its canvas");
  const ColorMapObject *map = image.ColorMap ? image.ColorMap : file->SColorMap;
  if (!map)
    return damagedPicture("has no colors");
  for (auto &color : frame.colors)
    color = {0, 0, 0, 255};
  for (int i = 0; i < std::min(map->ColorCount, 256); ++i) {
    const GifColorType &color = map->Colors[i];
    frame.colors[i] = {color.Red, color.Green, color.Blue, 255};
  }
  if (transparent >= 0)
    frame.colors[transparent & 255][3] = 0;
  return frame;
}

/// Rows in the order of the file: an interlaced frame has every eighth first,
/// then those between.
static std::vector<int64_t> rowOrder(const Frame &frame) {
  struct Pass {
    int64_t first, step;
  };
  std::vector<Pass> passes = {{0, 1}};
  if (frame.isInterlaced)
    passes = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
  std::vector<int64_t> rows;
  for (auto [first, step] : passes)
    for (int64_t row = first; row < frame.height; row += step)
      rows.push_back(row);
  return rows;
}

static Status readRows(GifFileType *file, const Frame &frame, Raster &raster) {
  std::vector<GifPixelType> numbers(frame.width);
  for (int64_t row : rowOrder(frame)) {
    if (DGifGetLine(file, numbers.data(), static_cast<int>(frame.width)) ==
        GIF_ERROR)
      return failure(file->Error);
    uint8_t *to = raster.row(frame.top + row) + 4 * frame.left;
    for (GifPixelType number : numbers)
      to = std::copy_n(frame.colors[number].data(), 4, to);
  }
  return Status();
}

/// What the frame leaves free of its canvas: transparent if the frame has a
/// transparent number, else the color of number 0, as with PIL.
static void fillCanvas(Raster &raster, const Frame &frame, int transparent) {
  const auto &color = frame.colors[transparent >= 0 ? transparent & 255 : 0];
  for (size_t i = 0; i < raster.pixels.size(); i += 4)
    std::copy_n(color.data(), 4, &raster.pixels[i]);
}

Result<Raster> decodeGif(std::span<const std::byte> bytes,
                         const PictureLimits &limits) {
  int error = 0;
  GifFile file(DGifOpen(&bytes, readBytes, &error));
  if (!file)
    return failure(error);
  G4RT_ASSIGN(Raster raster, makeRaster({file->SWidth, file->SHeight},
                                        /*hasAlpha=*/true, limits));
  G4RT_ASSIGN(int transparent, readExtensions(file.get()));
  G4RT_ASSIGN(Frame frame, readFrame(file.get(), transparent));
  fillCanvas(raster, frame, transparent);
  G4RT_TRY(readRows(file.get(), frame, raster));
  return raster;
}

} // namespace g4rt
