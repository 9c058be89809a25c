//===- TileItemIntegers.cpp - One work item: rows of integers -------------===//
//
// g4t.quantize and the dot that reads its rows. Codes and scales are made in
// f32 whatever the precision: they are bytes that every target stores alike.
//
//===----------------------------------------------------------------------===//

#include "compiler/interpret/TileItem.h"
#include "dialects/tile/QuantizedRow.h"
#include "runtime/artifact/Packing.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace g4 {

using namespace mlir;
using tile::QuantizedRow;

namespace {

/// The bytes of one group of a quantized row.
class RowGroup {
public:
  explicit RowGroup(std::byte *bytes) : bytes_(bytes) {}

  void quantize(ArrayRef<float> x) const {
    float largest = 0;
    for (float number : x)
      largest = std::fmax(largest, std::abs(number));
    bool isZero = largest < QuantizedRow::kSmallest;
    float factor = isZero ? 0 : QuantizedRow::kLargest / largest;
    int32_t sums[3] = {};
    for (int64_t col = 0; col < QuantizedRow::kGroup; ++col) {
      float code = std::nearbyint(x[col] * factor);
      bytes_[QuantizedRow::kOrder.placeOf(0, col)] =
          static_cast<std::byte>(static_cast<int>(code));
      sums[0] += static_cast<int>(code);
      sums[1 + col / QuantizedRow::kHalf] += static_cast<int>(code);
    }
    float scale = isZero ? 0 : largest / QuantizedRow::kLargest;
    std::memcpy(bytes_ + QuantizedRow::kScaleAt, &scale, sizeof(scale));
    std::memcpy(bytes_ + QuantizedRow::kSumsAt, sums, sizeof(sums));
  }

  int codeOf(int64_t col) const {
    return static_cast<int8_t>(bytes_[QuantizedRow::kOrder.placeOf(0, col)]);
  }
  float scale() const {
    float scale;
    std::memcpy(&scale, bytes_ + QuantizedRow::kScaleAt, sizeof(scale));
    return scale;
  }

private:
  std::byte *bytes_;
};

} // namespace

/// The bytes of the group of column `col` of a row; null, with an error, where
/// memory ends before.
std::byte *TileItem::rowGroup(Value memory, int64_t row, int64_t col) {
  const HostArray &array = std::get<HostArray>(values_[memory]);
  int64_t cols = cast<MemRefType>(memory.getType()).getDimSize(1);
  int64_t at = row * cols + QuantizedRow::wordsOf(col);
  if (!inBounds(array, at) ||
      !inBounds(array, at + QuantizedRow::wordsOf(QuantizedRow::kGroup) - 1))
    return nullptr;
  return array.data + at * sizeOf(array.element);
}

void TileItem::quantize(tile::QuantizeOp op) {
  const TileValue &value = tile(op.getValue());
  std::vector<float> x(value.elements.begin(), value.elements.end());
  int64_t row = integer(op.getRow()), first = integer(op.getCol());
  for (int64_t c = 0; c < value.cols; c += QuantizedRow::kGroup)
    if (std::byte *group = rowGroup(op.getDest(), row, first + c))
      RowGroup(group).quantize(ArrayRef(x).slice(c, QuantizedRow::kGroup));
}

void TileItem::dotIntegers(tile::DotPackedOp op) {
  SmallVector<int64_t> a = integers(op.getAIndices());
  SmallVector<int64_t> w = integers(op.getWIndices());
  auto type = cast<quant::WeightType>(op.getW().getType());
  artifact::PackedMatrix matrix = type.getMatrix();
  const artifact::WeightFormat &format = *matrix.format;
  const HostArray &weight = std::get<HostArray>(values_[op.getW()]);
  const std::byte *codes =
      weight.data + (w.size() == 3 ? w[0] * matrix.numBytes() : 0);
  Type element = op.getAcc().getType().getElementType();
  int64_t depth = op.getDepth();
  int64_t step = std::min(format.group, QuantizedRow::kGroup);
  TileValue out = tile(op.getAcc());
  for (int64_t r = 0; r < out.rows; ++r)
    for (int64_t k = 0; k < depth; k += step) {
      std::byte *bytes = rowGroup(op.getA(), a[0] + r, k);
      if (!bytes)
        return;
      RowGroup group(bytes);
      for (int64_t c = 0; c < out.cols; ++c) {
        int64_t n = w.end()[-2] + c, at = w.back() + k;
        SmallVector<int64_t> place = w;
        place.end()[-2] = n;
        place.back() = at;
        readWeight(op.getW(), place); // fails outside of the weight
        if (error_)
          return;
        int64_t sum = 0, codesOfRow = 0;
        for (int64_t i = 0; i < step; ++i) {
          int code = group.codeOf((k + i) % QuantizedRow::kGroup);
          sum += code * static_cast<int>(
                            format.numberOf(matrix.codeOf(codes, n, at + i)));
          codesOfRow += code;
        }
        auto add = [&](int64_t integers, uint32_t bits) {
          double factor = rounded(double(group.scale()) *
                                      artifact::floatOf(format.scale, bits),
                                  element);
          out.at(r, c) =
              rounded(out.at(r, c) + double(integers) * factor, element);
        };
        add(sum, matrix.scaleBitsOf(codes, n, at));
        if (format.hasMinimum)
          add(codesOfRow, matrix.minimumBitsOf(codes, n, at));
      }
    }
  bind(op, std::move(out));
}

} // namespace g4
