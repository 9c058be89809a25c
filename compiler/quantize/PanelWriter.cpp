//===- PanelWriter.cpp - Encoded rows into their places -------------------===//

#include "compiler/quantize/PanelWriter.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace g4 {

/// Of [row, column] of a unit: where its part of `bits` bits begins.
static std::vector<uint32_t> placesIn(const artifact::Packing &packing,
                                      const artifact::PlaceOrder &order,
                                      int bits) {
  std::vector<uint32_t> places;
  for (int64_t n = 0; n < packing.rows; ++n)
    for (int64_t k = 0; k < packing.cols; ++k)
      places.push_back(static_cast<uint32_t>(order.placeOf(n, k) * bits));
  return places;
}

PanelWriter::PanelWriter(const artifact::PackedMatrix &matrix)
    : matrix_(matrix), places_(placesIn(*matrix.packing, matrix.packing->codes,
                                        matrix.format->lowBits())) {
  if (matrix.format->hasHighBits())
    highPlaces_ = placesIn(*matrix.packing, matrix.packing->highBits, 2);
  EncodedFields fields(*matrix.format, zeros_, matrix.paddedCols());
  for (int64_t k = 0; k < matrix.paddedCols(); ++k)
    fields.setCode(k, matrix.format->zeroCode);
}

void PanelWriter::begin(std::span<std::byte> panel) const {
  assert(int64_t(panel.size()) == numBytes());
  std::ranges::fill(panel, std::byte{0});
}

/// Puts codes of whole bytes.
template <typename Code>
static void putCode(std::byte *unit, uint32_t bit, Code code) {
  std::memcpy(unit + bit / 8, &code, sizeof(code));
}

namespace {
/// Four bits of a byte, which is empty, and the code that they are the low bits
/// of.
struct LowBits {
  std::byte code;
};
/// Two bits of a byte, the same of a code's high bits.
struct HighBits {
  std::byte code;
};
} // namespace

static void putCode(std::byte *unit, uint32_t bit, LowBits part) {
  unit[bit / 8] |= (part.code & std::byte{15}) << (bit % 8);
}

static void putCode(std::byte *unit, uint32_t bit, HighBits part) {
  unit[bit / 8] |= (part.code >> 4) << (bit % 8);
}

template <typename Code>
void PanelWriter::putCodes(std::span<const uint32_t> places, Columns cols,
                           const std::byte *codes, std::byte *panel) const {
  int64_t unitCols = matrix_.packing->cols, unitBytes = matrix_.unitBytes();
  for (int64_t k = cols.begin; k < cols.end; ++k) {
    Code code;
    std::memcpy(&code, codes + k * sizeof(code), sizeof(code));
    putCode(panel + k / unitCols * unitBytes, places[k % unitCols], code);
  }
}

void PanelWriter::putColumns(int64_t n, Columns cols, const std::byte *codes,
                             std::byte *panel) const {
  int64_t unitCols = matrix_.packing->cols;
  auto places = std::span(places_).subspan(n * unitCols, unitCols);
  switch (matrix_.format->bits) {
  case 32:
    return putCodes<uint32_t>(places, cols, codes, panel);
  case 16:
    return putCodes<uint16_t>(places, cols, codes, panel);
  case 8:
    return putCodes<uint8_t>(places, cols, codes, panel);
  default:
    putCodes<LowBits>(places, cols, codes, panel);
  }
  if (matrix_.format->hasHighBits())
    putCodes<HighBits>(std::span(highPlaces_).subspan(n * unitCols, unitCols),
                       cols, codes, panel + matrix_.lowBytes());
}

void PanelWriter::put(int64_t n, const EncodedRow &row,
                      std::span<std::byte> panel) const {
  putColumns(n, {0, matrix_.numCols}, row.codes.data(), panel.data());
  putColumns(n, {matrix_.numCols, matrix_.paddedCols()}, zeros_.codes.data(),
             panel.data());
  const artifact::WeightFormat &format = *matrix_.format;
  size_t bytes = format.scaleBytes();
  for (int64_t g = 0; g < format.groupsOf(matrix_.numCols); ++g) {
    int64_t col = format.hasGroups() ? g * format.group : 0;
    std::memcpy(&panel[matrix_.scaleAt(n, col)], &row.scales[g * bytes], bytes);
    if (format.hasMinimum)
      std::memcpy(&panel[matrix_.minimumAt(n, col)], &row.minima[g * bytes],
                  bytes);
  }
}

void PanelWriter::putPadding(int64_t n, std::span<std::byte> panel) const {
  putColumns(n, {0, matrix_.paddedCols()}, zeros_.codes.data(), panel.data());
}

} // namespace g4
