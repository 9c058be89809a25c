//===- EncodeStored.cpp - Rows that are encoded already -------------------===//
//
// Blocks as ggml has them (ggml-quants.c): all numbers little-endian, d and m
// f16.
//
//   Q4_0  d, 16 bytes: column i the low, column 16 + i the high nibble of byte
//         i; (q - 8) * d
//   Q4_1  d, m, the same; q * d + m
//   Q8_0  d, 32 signed bytes; q * d
//   Q4_K  256 columns: d, dmin, 12 bytes of eight 6-bit scales and minima, 128
//         bytes, of which 32 are 64 columns, the low nibbles first;
//         q * (d * scale) - dmin * minimum
//   Q6_K  256 columns: 128 bytes of low nibbles, 64 of high bits, 16 signed
//         scales of 16 columns, d; (q - 32) * (d * scale)
//
//===----------------------------------------------------------------------===//

#include "compiler/quantize/EncodeStored.h"

#include "models/checkpoint/gguf/BlockBytes.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace g4 {

using artifact::NumberType;
using artifact::WeightFormat;

namespace {

struct Pair {
  RowStorage storage;
  std::string_view format;
};

constexpr Pair kPairs[] = {
    {RowStorage::F32, "f32"},       {RowStorage::BF16, "bf16"},
    {RowStorage::F16, "f16"},       {RowStorage::Q4_0, "int4-f16"},
    {RowStorage::Q4_0, "int4"},     {RowStorage::Q8_0, "int8-g32"},
    {RowStorage::Q4_1, "int4-min"}, {RowStorage::Q4_K, "int4-min-f32"},
    {RowStorage::Q4_K, "int4-min"}, {RowStorage::Q6_K, "int6"},
};

/// The bytes of a row, read block after block, and what becomes of them.
class Repacking {
public:
  Repacking(const WeightFormat &format, std::span<const std::byte> bytes,
            int64_t numCols, EncodedRow &out)
      : format_(format), bytes_(bytes), numCols_(numCols), out_(out),
        fields_(format, out, numCols) {}

  int64_t numNotFinite() const { return numNotFinite_; }

  void q4_0();
  void q4_1();
  void q8_0();
  void q4_k();
  void q6_k();

private:
  std::span<const std::byte> take(size_t count) {
    auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  static uint32_t byteAt(std::span<const std::byte> bytes, int64_t i) {
    return std::to_integer<uint32_t>(bytes[i]);
  }
  float takeF16() { return gguf::f16At(take(2).data()); }
  uint32_t bitsOf(float value) {
    numNotFinite_ += !std::isfinite(value);
    return artifact::bitsOf(format_.scale, value);
  }
  void setScale(int64_t col, float value) {
    fields_.setScale(col / format_.group, bitsOf(value));
  }
  void setMinimum(int64_t col, float value) {
    fields_.setMinimum(col / format_.group, bitsOf(value));
  }
  /// `half` bytes of columns `col`.. and those `half` columns further.
  void setNibbles(int64_t col, int64_t half) {
    auto packed = take(half);
    uint8_t *low = fields_.codes() + col, *high = low + half;
    for (int64_t i = 0; i < half; ++i) {
      low[i] = byteAt(packed, i) & 15;
      high[i] = byteAt(packed, i) >> 4;
    }
  }

  const WeightFormat &format_;
  std::span<const std::byte> bytes_;
  int64_t numCols_, numNotFinite_ = 0;
  EncodedRow &out_;
  EncodedFields fields_;
};

} // namespace

void Repacking::q4_0() {
  for (int64_t col = 0; col < numCols_; col += 32) {
    setScale(col, takeF16());
    setNibbles(col, 16);
  }
}

void Repacking::q4_1() {
  for (int64_t col = 0; col < numCols_; col += 32) {
    setScale(col, takeF16());
    setMinimum(col, takeF16());
    setNibbles(col, 16);
  }
}

void Repacking::q8_0() {
  for (int64_t col = 0; col < numCols_; col += 32) {
    setScale(col, takeF16());
    std::ranges::copy(take(32), out_.codes.begin() + col);
  }
}

void Repacking::q4_k() {
  for (int64_t col = 0; col < numCols_; col += 256) {
    float d = takeF16(), dMin = takeF16();
    auto packed = take(12);
    for (int g = 0; g < 8; ++g) {
      gguf::SmallScale small = gguf::smallScaleAt(packed.data(), g);
      setScale(col + 32 * g, d * static_cast<float>(small.scale));
      setMinimum(col + 32 * g, -(dMin * static_cast<float>(small.minimum)));
    }
    for (int64_t part = 0; part < 256; part += 64)
      setNibbles(col + part, 32);
  }
}

void Repacking::q6_k() {
  for (int64_t col = 0; col < numCols_; col += 256) {
    auto low = take(128), high = take(64), scales = take(16);
    float d = takeF16();
    for (int64_t g = 0; g < 16; ++g)
      setScale(col + 16 * g,
               d * static_cast<float>(static_cast<int8_t>(byteAt(scales, g))));
    // 128 columns are four runs of 32, of which run r has the high bits 2r.
    for (int64_t i = 0; i < 256; ++i) {
      int64_t part = i / 128, run = i % 128 / 32, l = i % 32;
      uint32_t nibbles = byteAt(low, 64 * part + 32 * (run % 2) + l);
      uint32_t bits = byteAt(high, 32 * part + l) >> (2 * run) & 3;
      fields_.codes()[col + i] = (nibbles >> (run / 2 * 4) & 15) | bits << 4;
    }
  }
}

bool takesStorage(const WeightFormat &format, RowStorage storage) {
  for (const Pair &pair : kPairs)
    if (pair.storage == storage && pair.format == format.name)
      return true;
  return false;
}

/// Numbers whose exponent has ones alone: NaN and infinity.
template <typename Bits>
static int64_t countNotFinite(std::span<const std::byte> bytes, Bits exponent) {
  int64_t count = 0;
  for (size_t at = 0; at < bytes.size(); at += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, &bytes[at], sizeof(bits));
    count += (bits & exponent) == exponent;
  }
  return count;
}

static int64_t copyPlain(const WeightFormat &format,
                         std::span<const std::byte> bytes, EncodedRow &out) {
  out.codes.assign(bytes.begin(), bytes.end());
  if (format.element == NumberType::F32)
    return countNotFinite<uint32_t>(bytes, 0x7f800000);
  return countNotFinite<uint16_t>(
      bytes, format.element == NumberType::BF16 ? 0x7f80 : 0x7c00);
}

int64_t encodeStored(const WeightFormat &format, RowStorage storage,
                     std::span<const std::byte> bytes, int64_t numCols,
                     EncodedRow &out) {
  if (format.isPlain())
    return copyPlain(format, bytes, out);
  Repacking repacking(format, bytes, numCols, out);
  switch (storage) {
  case RowStorage::Q4_0:
    repacking.q4_0();
    break;
  case RowStorage::Q4_1:
    repacking.q4_1();
    break;
  case RowStorage::Q8_0:
    repacking.q8_0();
    break;
  case RowStorage::Q4_K:
    repacking.q4_k();
    break;
  case RowStorage::Q6_K:
    repacking.q6_k();
    break;
  default:
    break; // no format takes it
  }
  return repacking.numNotFinite();
}

} // namespace g4
