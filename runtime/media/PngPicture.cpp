//===- PngPicture.cpp - Pixels of a PNG file ------------------------------===//
//
// By libpng. Its errors are jumps: what one crosses must have no destructor, so
// all that owns memory lives outside of the functions that jumps are made in.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Raster.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <png.h>

namespace g4rt {

namespace {

/// A file that is read, and the bytes that are left of it.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> rest;
  bool isCutOff = false; // rows are of 16 bits a pixel
  char message[200] = "";

  Decoder() = default;
  Decoder(const Decoder &) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

} // namespace

[[noreturn]] static void onError(png_structp png, png_const_charp message) {
  auto *decoder = static_cast<Decoder *>(png_get_error_ptr(png));
  std::snprintf(decoder->message, sizeof decoder->message, "%s", message);
  png_longjmp(png, 1);
}

static void onWarning(png_structp, png_const_charp) {}

static void onRead(png_structp png, png_bytep to, size_t count) {
  auto *decoder = static_cast<Decoder *>(png_get_io_ptr(png));
  if (count > decoder->rest.size())
    png_error(png, "ends early");
  std::memcpy(to, decoder->rest.data(), count);
  decoder->rest = decoder->rest.subspan(count);
}

static bool create(Decoder &decoder) {
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, onError,
                                       onWarning);
  if (decoder.png)
    decoder.info = png_create_info_struct(decoder.png);
  return decoder.info != nullptr;
}

/// PIL makes greys of 16 bits to 8 by cutting them off at 255, so that most of
/// such pictures are white. The models know them so.
static bool isCutOff(Decoder &decoder) {
  return png_get_color_type(decoder.png, decoder.info) == PNG_COLOR_TYPE_GRAY &&
         png_get_bit_depth(decoder.png, decoder.info) == 16 &&
         !png_get_valid(decoder.png, decoder.info, PNG_INFO_tRNS);
}

/// Reads what is before the pixels and has them become 8 bits of red, green,
/// blue and, where anything is transparent, alpha. Other numbers of 16 bits
/// keep their high half, as with PIL.
static bool readHead(Decoder &decoder) {
  if (setjmp(png_jmpbuf(decoder.png)))
    return false;
  png_structp png = decoder.png;
  constexpr png_alloc_size_t kMostChunkBytes = 8 << 20;
  png_set_chunk_malloc_max(png, kMostChunkBytes);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_read_fn(png, &decoder, onRead);
  png_read_info(png, decoder.info);
  decoder.isCutOff = isCutOff(decoder);
  if (!decoder.isCutOff) {
    png_set_expand(png); // palettes, fewer than 8 bits, a transparent color
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, decoder.info);
  return true;
}

/// Interlaced files go over the rows several times.
static bool readRows(Decoder &decoder, uint8_t *pixels, int numPasses) {
  if (setjmp(png_jmpbuf(decoder.png)))
    return false;
  size_t rowBytes = png_get_rowbytes(decoder.png, decoder.info);
  size_t height = png_get_image_height(decoder.png, decoder.info);
  for (int pass = 0; pass < numPasses; ++pass)
    for (size_t y = 0; y < height; ++y)
      png_read_row(decoder.png, pixels + y * rowBytes, nullptr);
  png_read_end(decoder.png, decoder.info);
  return true;
}

/// Greys of 16 bits, high byte first, to three of 8. In place, and from the end
/// because what is written is longer.
static void cutOff(std::vector<uint8_t> &pixels) {
  for (size_t i = pixels.size() / 3; i-- > 0;) {
    uint8_t grey = pixels[2 * i] ? 255 : pixels[2 * i + 1];
    std::fill_n(&pixels[3 * i], 3, grey);
  }
}

static std::vector<uint8_t> exifOf(Decoder &decoder) {
  png_bytep data = nullptr;
  png_uint_32 count = 0;
  if (!png_get_eXIf_1(decoder.png, decoder.info, &count, &data))
    return {};
  return {data, data + count};
}

Result<Raster> decodePng(std::span<const std::byte> bytes,
                         const PictureLimits &limits) {
  Decoder decoder;
  decoder.rest = bytes;
  if (!create(decoder))
    return Status(StatusCode::ResourceExhausted, "no memory for a decoder");
  if (!readHead(decoder))
    return damagedPicture(decoder.message);
  int channels = png_get_channels(decoder.png, decoder.info);
  if (decoder.isCutOff)
    channels = 3;
  if (channels != 3 && channels != 4)
    return damagedPicture("has " + std::to_string(channels) + " channels");
  int numPasses =
      png_get_interlace_type(decoder.png, decoder.info) == PNG_INTERLACE_ADAM7
          ? PNG_INTERLACE_ADAM7_PASSES
          : 1;
  G4RT_ASSIGN(Raster raster,
              makeRaster({png_get_image_width(decoder.png, decoder.info),
                          png_get_image_height(decoder.png, decoder.info)},
                         /*hasAlpha=*/channels == 4, limits));
  if (!readRows(decoder, raster.pixels.data(), numPasses))
    return damagedPicture(decoder.message);
  if (decoder.isCutOff)
    cutOff(raster.pixels);
  raster.exif = exifOf(decoder);
  return raster;
}

} // namespace g4rt
