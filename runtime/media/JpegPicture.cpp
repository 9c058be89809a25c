//===- JpegPicture.cpp - Pixels of a JPEG file ----------------------------===//
//
// By libjpeg-turbo, whose pixels PIL gives, too. Its errors are jumps: what one
// crosses must have no destructor, so all that owns memory lives outside of the
// function that jumps are made in.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Exif.h"
#include "runtime/media/Raster.h"

#include <csetjmp>
#include <cstdio>
// After <cstdio>, which it needs and does not include.
#include <jerror.h>
#include <jpeglib.h>

namespace g4rt {

namespace {

/// A decompression and where it goes on after an error.
struct Decoder {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf afterError;
  char message[JMSG_LENGTH_MAX] = "";
  bool endsEarly = false;

  Decoder() = default;
  Decoder(const Decoder &) = delete;
  ~Decoder() { jpeg_destroy_decompress(&info); }
};

} // namespace

static Decoder &decoderOf(j_common_ptr info) {
  return *static_cast<Decoder *>(info->client_data);
}

[[noreturn]] static void failWith(Decoder &decoder, const char *message) {
  std::snprintf(decoder.message, sizeof decoder.message, "%s", message);
  std::longjmp(decoder.afterError, 1);
}

[[noreturn]] static void onError(j_common_ptr info) {
  Decoder &decoder = decoderOf(info);
  info->err->format_message(info, decoder.message);
  std::longjmp(decoder.afterError, 1);
}

/// Warnings are no failure, as with PIL, but for the one that pixels are
/// missing: libjpeg makes them grey.
static void onMessage(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF)
    decoderOf(info).endsEarly = true;
}

/// Each scan of a progressive file goes over all pixels, and a scan of a few
/// bytes can do so: without a bound a small file takes hours.
static void onProgress(j_common_ptr info) {
  constexpr int kMostScans = 500;
  if (info->is_decompressor &&
      reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMostScans)
    failWith(decoderOf(info), "has more than 500 scans");
}

static void prepare(Decoder &decoder, std::span<const std::byte> bytes) {
  jpeg_decompress_struct &info = decoder.info;
  info.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = onError;
  decoder.errors.emit_message = onMessage;
  info.client_data = &decoder;
  jpeg_create_decompress(&info);
  decoder.progress.progress_monitor = onProgress;
  info.progress = &decoder.progress;
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()),
               bytes.size());
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xFFFF);
}

/// Reads what is before the pixels and chooses what they become.
static bool readHead(Decoder &decoder, std::span<const std::byte> bytes) {
  if (setjmp(decoder.afterError))
    return false;
  prepare(decoder, bytes);
  jpeg_decompress_struct &info = decoder.info;
  jpeg_read_header(&info, TRUE);
  // What libjpeg does not make red, green and blue of: for printers.
  bool isForPrinters =
      info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = isForPrinters ? JCS_CMYK : JCS_RGB;
  return true;
}

/// Rows of 3 or 4 bytes a pixel.
static bool readRows(Decoder &decoder, uint8_t *pixels) {
  if (setjmp(decoder.afterError))
    return false;
  jpeg_decompress_struct &info = decoder.info;
  jpeg_start_decompress(&info);
  size_t rowBytes = static_cast<size_t>(info.output_width) *
                    static_cast<size_t>(info.output_components);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels + info.output_scanline * rowBytes;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return !decoder.endsEarly;
}

/// a * b / 255, rounded.
static uint32_t multiply255(uint32_t a, uint32_t b) {
  uint32_t product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/// Inks to light. The files have inks inverted, 255 for none, whatever they say
/// of it: PIL reads all of them so.
static void lightFromInks(Raster &raster) {
  size_t numPixels = raster.pixels.size() / 4;
  for (size_t i = 0; i < numPixels; ++i) {
    uint32_t black = raster.pixels[4 * i + 3];
    for (size_t c = 0; c < 3; ++c) {
      uint32_t ink = 255 - raster.pixels[4 * i + c];
      raster.pixels[3 * i + c] =
          static_cast<uint8_t>(black - multiply255(ink, black));
    }
  }
  raster.pixels.resize(3 * numPixels);
  raster.hasAlpha = false;
}

static std::vector<uint8_t> exifOf(const jpeg_decompress_struct &info) {
  for (auto *marker = info.marker_list; marker; marker = marker->next)
    if (marker->marker == JPEG_APP0 + 1 &&
        hasExifMark({marker->data, marker->data_length}))
      return {marker->data, marker->data + marker->data_length};
  return {};
}

Result<Raster> decodeJpeg(std::span<const std::byte> bytes,
                          const PictureLimits &limits) {
  Decoder decoder;
  if (!readHead(decoder, bytes))
    return damagedPicture(decoder.message);
  bool isForPrinters = decoder.info.out_color_space == JCS_CMYK;
  G4RT_ASSIGN(Raster raster,
              makeRaster({decoder.info.image_width, decoder.info.image_height},
                         /*hasAlpha=*/isForPrinters, limits));
  raster.exif = exifOf(decoder.info); // gone once the last row is read
  if (!readRows(decoder, raster.pixels.data()))
    return damagedPicture(decoder.endsEarly ? "ends early" : decoder.message);
  if (isForPrinters)
    lightFromInks(raster);
  return raster;
}

} // namespace g4rt
