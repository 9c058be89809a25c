//===- QuantizedRows.cpp - Rows of codes and scales -----------------------===//

#include "models/checkpoint/quantized/QuantizedRows.h"

#include "models/checkpoint/quantized/SmallFloats.h"
#include "runtime/base/Bf16.h"
#include "runtime/base/F16.h"

#include <bit>
#include <cassert>
#include <cstring>

namespace g4 {

template <typename T>
static T load(const std::byte *bytes, int64_t index) {
  T value;
  std::memcpy(&value, bytes + index * static_cast<int64_t>(sizeof(T)),
              sizeof(T));
  return value;
}

static float scaleAt(Scales::Kind kind, const std::byte *bytes, int64_t index) {
  switch (kind) {
  case Scales::Kind::F32:
    return load<float>(bytes, index);
  case Scales::Kind::BF16:
    return g4rt::fromBf16(load<uint16_t>(bytes, index));
  case Scales::Kind::F16:
    return g4rt::fromF16(load<uint16_t>(bytes, index));
  case Scales::Kind::E4M3:
    return fromE4M3(load<uint8_t>(bytes, index));
  }
  return 0;
}

int64_t QuantizedRows::blockOf(int64_t col) const {
  return parts_.blockOfCol ? load<int32_t>(parts_.blockOfCol, col)
                           : col / parts_.scales.colsPerBlock;
}

float QuantizedRows::scaleOf(int64_t row, int64_t block) const {
  const Scales &s = parts_.scales;
  float scale =
      scaleAt(s.kind, s.bytes,
              row / s.rowsPerBlock * s.rowStride + block * s.colStride);
  return s.divides ? scale / s.global : scale * s.global;
}

int64_t QuantizedRows::zeroOf(int64_t row, int64_t block) const {
  const Zeros &zeros = parts_.zeros;
  int64_t zero = zeros.offset;
  if (zeros.packed)
    zero += zeros.packed->at(block, row);
  if (zeros.bytes)
    zero += load<int8_t>(zeros.bytes, row * parts_.scales.rowStride +
                                          block * parts_.scales.colStride);
  return zero;
}

void QuantizedRows::readCodes(int64_t row, std::span<float> out) const {
  const Codes &codes = parts_.codes;
  int64_t numCols = static_cast<int64_t>(out.size());
  const std::byte *bytes = codes.bytes ? codes.bytes + row * numCols : nullptr;
  switch (codes.kind) {
  case Codes::Kind::PackedRows:
    for (int64_t k = 0; k < numCols; ++k)
      out[k] = static_cast<float>(codes.packed.at(row, k));
    return;
  case Codes::Kind::PackedColumns:
    for (int64_t k = 0; k < numCols; ++k)
      out[k] = static_cast<float>(codes.packed.at(k, row));
    return;
  case Codes::Kind::I8:
    for (int64_t k = 0; k < numCols; ++k)
      out[k] = load<int8_t>(bytes, k);
    return;
  case Codes::Kind::E4M3:
    for (int64_t k = 0; k < numCols; ++k)
      out[k] = fromE4M3(load<uint8_t>(bytes, k));
    return;
  case Codes::Kind::E2M1:
    bytes = codes.bytes + row * (numCols / 2);
    for (int64_t k = 0; k < numCols; ++k)
      out[k] = kE2M1[load<uint8_t>(bytes, k / 2) >> (k % 2 * 4) & 15];
    return;
  }
}

void QuantizedRows::read(int64_t row, std::span<float> out) const {
  assert(row >= 0 && row < numRows() && "outside of the tensor");
  readCodes(row, out);
  int64_t lastBlock = -1;
  float scale = 0, zero = 0;
  for (int64_t k = 0; k < static_cast<int64_t>(out.size()); ++k) {
    int64_t block = blockOf(k);
    if (block != lastBlock) {
      scale = scaleOf(row, block);
      zero = static_cast<float>(zeroOf(row, block));
      lastBlock = block;
    }
    out[k] = (out[k] - zero) * scale;
  }
}

} // namespace g4
