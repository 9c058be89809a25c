//===- WebpPicture.cpp - Pixels of a WebP file ----------------------------===//

#include "runtime/media/Raster.h"

#include <algorithm>
#include <memory>
#include <webp/decode.h>
#include <webp/demux.h>

namespace g4rt {

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T *)>;

static WebPData dataOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
}

static std::vector<uint8_t> exifIn(const WebPDemuxer *file) {
  std::vector<uint8_t> exif;
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(file, "EXIF", 1, &chunk))
    exif.assign(chunk.chunk.bytes, chunk.chunk.bytes + chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  return exif;
}

/// The first frame on its canvas; a file that does not move has one.
static Status decodeFirstFrame(const WebPData &data, Raster &raster) {
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_RGBA;
  Owned<WebPAnimDecoder> decoder(WebPAnimDecoderNew(&data, &options),
                                 WebPAnimDecoderDelete);
  uint8_t *canvas = nullptr; // the decoder's, [height, width, 4]
  int endMs = 0;
  if (!decoder || !WebPAnimDecoderGetNext(decoder.get(), &canvas, &endMs))
    return damagedPicture("ends early or is damaged");
  std::copy_n(canvas, raster.pixels.size(), raster.pixels.begin());
  return Status();
}

Result<Raster> decodeWebP(std::span<const std::byte> bytes,
                          const PictureLimits &limits) {
  WebPData data = dataOf(bytes);
  Owned<WebPDemuxer> file(WebPDemux(&data), WebPDemuxDelete);
  if (!file)
    return damagedPicture("ends early or is damaged");
  G4RT_ASSIGN(Raster raster,
              makeRaster({WebPDemuxGetI(file.get(), WEBP_FF_CANVAS_WIDTH),
                          WebPDemuxGetI(file.get(), WEBP_FF_CANVAS_HEIGHT)},
                         /*hasAlpha=*/true, limits));
  G4RT_TRY(decodeFirstFrame(data, raster));
  raster.exif = exifIn(file.get());
  return raster;
}

} // namespace g4rt
