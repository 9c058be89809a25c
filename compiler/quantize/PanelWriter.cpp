//===- PanelWriter.cpp - Encoded rows into their places -------------------===//

#include "compiler/quantize/PanelWriter.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace g4 {

PanelWriter::PanelWriter(const artifact::PackedMatrix &matrix)
    : matrix_(matrix), codes_(CodePlaces::ofCodes(matrix)) {
  const artifact::WeightFormat &format = *matrix.format;
  if (format.hasHighBits())
    highBits_ = CodePlaces::ofHighBits(matrix);
  for (int64_t g = 0; g < format.groupsOf(matrix.numCols); ++g)
    scaleOfGroup_.push_back(
        matrix.scaleAt(0, format.hasGroups() ? g * format.group : 0));
  for (int64_t n = 0; n < numRows(); ++n)
    scaleOfRow_.push_back(matrix.packing->scales.placeOf(n, 0) *
                          format.scaleBytes());
  EncodedFields fields(format, zeros_, matrix.paddedCols());
  for (int64_t k = 0; k < matrix.paddedCols(); ++k)
    fields.setCode(k, format.zeroCode);
}

void PanelWriter::begin(std::span<std::byte> panel) const {
  assert(int64_t(panel.size()) == numBytes());
  std::ranges::fill(panel, std::byte{0});
}

void PanelWriter::putColumns(int64_t n, Columns cols, const std::byte *codes,
                             std::byte *panel) const {
  codes_.put(n, cols, codes, panel);
  if (highBits_)
    highBits_->put(n, cols, codes, panel);
}

void PanelWriter::put(int64_t n, const EncodedRow &row,
                      std::span<std::byte> panel) const {
  putColumns(n, {0, matrix_.numCols}, row.codes.data(), panel.data());
  putColumns(n, {matrix_.numCols, matrix_.paddedCols()}, zeros_.codes.data(),
             panel.data());
  putScales(n, row.scales, 0, panel);
  putScales(n, row.minima, matrix_.scaleBytes(), panel);
}

void PanelWriter::putScales(int64_t n, std::span<const std::byte> scales,
                            int64_t from, std::span<std::byte> panel) const {
  if (scales.empty())
    return;
  auto put = [&]<size_t kBytes>() {
    for (size_t g = 0; g < scaleOfGroup_.size(); ++g)
      std::memcpy(&panel[from + scaleOfRow_[n] + scaleOfGroup_[g]],
                  &scales[g * kBytes], kBytes);
  };
  if (matrix_.format->scaleBytes() == 2)
    put.operator()<2>();
  else
    put.operator()<4>();
}

void PanelWriter::putPadding(int64_t n, std::span<std::byte> panel) const {
  putColumns(n, {0, matrix_.paddedCols()}, zeros_.codes.data(), panel.data());
}

} // namespace g4
