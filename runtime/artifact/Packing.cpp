//===- Packing.cpp - Reading a packed weight ------------------------------===//

#include "runtime/artifact/Packing.h"

#include <cmath>
#include <cstring>

namespace g4::artifact {

/// The `count` bytes at `at` as a little-endian number.
static uint32_t readBits(const std::byte *at, int64_t count) {
  uint32_t bits = 0;
  std::memcpy(&bits, at, static_cast<size_t>(count));
  return bits;
}

uint32_t PackedMatrix::codeOf(const std::byte *matrix, int64_t row,
                              int64_t col) const {
  Place at = codeAt(row, col);
  if (format->bits >= 8)
    return readBits(matrix + at.byte, format->bits / 8);
  uint32_t code = readBits(matrix + at.byte, 1) >> at.shift & 15;
  if (!format->hasHighBits())
    return code;
  at = highBitsAt(row, col);
  return code | (readBits(matrix + at.byte, 1) >> at.shift & 3) << 4;
}

uint32_t PackedMatrix::scaleBitsOf(const std::byte *matrix, int64_t row,
                                   int64_t col) const {
  return readBits(matrix + scaleAt(row, col), format->scaleBytes());
}

uint32_t PackedMatrix::minimumBitsOf(const std::byte *matrix, int64_t row,
                                     int64_t col) const {
  return readBits(matrix + minimumAt(row, col), format->scaleBytes());
}

double PackedMatrix::valueOf(const std::byte *matrix, int64_t row,
                             int64_t col) const {
  double number = format->numberOf(codeOf(matrix, row, col));
  if (format->isPlain())
    return number;
  float scale = floatOf(format->scale, scaleBitsOf(matrix, row, col));
  if (!format->hasMinimum)
    return number * double(scale);
  return std::fma(static_cast<float>(number), scale,
                  floatOf(format->scale, minimumBitsOf(matrix, row, col)));
}

std::optional<PackedMatrix> findPacking(NumberType element,
                                        std::string_view packing, int64_t rows,
                                        int64_t cols) {
  for (const WeightFormat &format : weightFormats())
    if (format.element == element)
      if (const Packing *found = format.findPacking(packing))
        return PackedMatrix{&format, found, rows, cols};
  return std::nullopt;
}

} // namespace g4::artifact
