//===- CodePlaces.cpp - Where the codes of a row go in a panel ------------===//

#include "compiler/quantize/CodePlaces.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace g4 {

using artifact::PackedMatrix;
using artifact::PlaceOrder;

CodePlaces CodePlaces::ofCodes(const PackedMatrix &matrix) {
  return {matrix, matrix.packing->codes, matrix.format->lowBits()};
}

CodePlaces CodePlaces::ofHighBits(const PackedMatrix &matrix) {
  CodePlaces places(matrix, matrix.packing->highBits, 2);
  auto begin = static_cast<uint32_t>(matrix.lowBytes());
  for (uint32_t &bit : places.ofCol_)
    bit += begin * 8;
  for (Byte &byte : places.bytes_)
    byte.at += begin;
  return places;
}

CodePlaces::CodePlaces(const PackedMatrix &matrix, const PlaceOrder &order,
                       int bits)
    : bits_(bits) {
  int64_t unitCols = matrix.packing->cols, unitBytes = matrix.unitBytes();
  assert(kSpan % unitCols == 0 && "a span is whole units");
  spanBytes_ = kSpan / unitCols * unitBytes;
  for (int64_t n = 0; n < matrix.packing->rows; ++n)
    ofRow_.push_back(static_cast<uint32_t>(order.placeOf(n, 0) * bits));
  for (int64_t k = 0; k < kSpan; ++k)
    ofCol_.push_back(static_cast<uint32_t>(k / unitCols * unitBytes * 8 +
                                           order.placeOf(0, k) * bits));
  if (bits < 8)
    findSources(order);
  if (bits == 4)
    findWords();
}

void CodePlaces::findSources(const PlaceOrder &order) {
  size_t perByte = 8 / bits_;
  for (size_t i = 0; size_t{1} << i < perByte; ++i)
    if (order.bits()[i].isRow)
      return; // rows share bytes
  for (int64_t k = 0; k < kSpan; ++k) {
    uint32_t at = ofCol_[k] / 8;
    auto byte = std::ranges::find(bytes_, at, &Byte::at);
    if (byte == bytes_.end())
      byte = bytes_.insert(byte, {.at = at, .cols = {}});
    byte->cols[ofCol_[k] % 8 / bits_] = static_cast<uint8_t>(k);
  }
}

void CodePlaces::findWords() {
  constexpr uint32_t kBitOf[] = {0, 16, 4, 20, 8, 24, 12, 28}; // by column
  if (bytes_.empty())
    return;
  for (int64_t k = 0; k < kSpan; ++k)
    if (ofCol_[k] != ofCol_[k / 8 * 8] + kBitOf[k % 8])
      return;
  for (int64_t k = 0; k < kSpan; k += 8)
    words_.push_back(ofCol_[k] / 8);
}

/// The low 4 bits of every second byte, as neighbours. The product has each of
/// them in a place of its own, so nothing is carried.
static uint32_t everySecond(uint64_t codes) {
  constexpr uint64_t kNibbles = 0x000f000f000f000f,
                     kPlaces =
                         1ULL << 48 | 1ULL << 36 | 1ULL << 24 | 1ULL << 12;
  return static_cast<uint32_t>((codes & kNibbles) * kPlaces >> 48);
}

void CodePlaces::putWords(int64_t row, const std::byte *codes,
                          std::byte *span) const {
  for (uint32_t at : words_) {
    uint64_t eight;
    std::memcpy(&eight, codes, sizeof(eight));
    codes += sizeof(eight);
    uint32_t word = everySecond(eight) | everySecond(eight >> 8) << 16;
    std::memcpy(span + row / 8 + at, &word, sizeof(word));
  }
}

template <typename Code>
void CodePlaces::putBytes(int64_t row, Columns cols, const std::byte *codes,
                          std::byte *span) const {
  for (int64_t k = cols.begin; k < cols.end; ++k)
    std::memcpy(span + (row + ofCol_[k]) / 8, codes + k * sizeof(Code),
                sizeof(Code));
}

/// Bits `kShift` and higher of a code, `kBits` of them.
template <int kBits, int kShift>
static std::byte partOf(std::byte code) {
  return (code >> kShift) & std::byte{(1 << kBits) - 1};
}

template <int kBits, int kShift>
void CodePlaces::putBits(int64_t row, Columns cols, const std::byte *codes,
                         std::byte *span) const {
  for (int64_t k = cols.begin; k < cols.end; ++k) {
    int64_t bit = row + ofCol_[k];
    span[bit / 8] |= partOf<kBits, kShift>(codes[k]) << (bit % 8);
  }
}

template <int kBits, int kShift>
void CodePlaces::putWholeBytes(int64_t row, const std::byte *codes,
                               std::byte *span) const {
  for (const Byte &byte : bytes_) {
    std::byte whole{0};
    for (int i = 0; i < 8 / kBits; ++i)
      whole |= partOf<kBits, kShift>(codes[byte.cols[i]]) << (i * kBits);
    span[row / 8 + byte.at] = whole;
  }
}

/// Calls `putSpan` with the columns of each span, counted from its first.
template <typename PutSpan>
void CodePlaces::putSpans(int64_t n, Columns cols, const std::byte *codes,
                          std::byte *panel, PutSpan putSpan) const {
  int64_t codeBytes = std::max(1, bits_ / 8);
  for (int64_t first = cols.begin / kSpan * kSpan; first < cols.end;
       first += kSpan)
    putSpan(ofRow_[n],
            Columns{std::max<int64_t>(cols.begin - first, 0),
                    std::min(cols.end - first, kSpan)},
            codes + first * codeBytes, panel + first / kSpan * spanBytes_);
}

void CodePlaces::put(int64_t n, Columns cols, const std::byte *codes,
                     std::byte *panel) const {
  auto bytes = [&]<typename Code>(Code) {
    putSpans(n, cols, codes, panel,
             [&](auto... span) { putBytes<Code>(span...); });
  };
  auto bits = [&]<int kBits, int kShift>() {
    putSpans(
        n, cols, codes, panel,
        [&](int64_t row, Columns some, const std::byte *from, std::byte *span) {
          bool isWhole = some.end - some.begin == kSpan;
          if (isWhole && !words_.empty())
            putWords(row, from, span);
          else if (isWhole && !bytes_.empty())
            putWholeBytes<kBits, kShift>(row, from, span);
          else
            putBits<kBits, kShift>(row, some, from, span);
        });
  };
  switch (bits_) {
  case 32:
    return bytes(uint32_t{});
  case 16:
    return bytes(uint16_t{});
  case 8:
    return bytes(uint8_t{});
  case 4:
    return bits.template operator()<4, 0>();
  default:
    return bits.template operator()<2, 4>();
  }
}

} // namespace g4
