//===- Encode.cpp - Numbers as a weight format stores them ----------------===//

#include "compiler/quantize/Encode.h"

#include "compiler/quantize/GroupRules.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace g4 {

using artifact::NumberType;
using artifact::WeightFormat;

int64_t bytesOfCode(const WeightFormat &format) {
  return std::max(1, format.bits / 8);
}

EncodedFields::EncodedFields(const WeightFormat &format, EncodedRow &row,
                             int64_t numCols)
    : codeBytes_(bytesOfCode(format)), scaleBytes_(format.scaleBytes()),
      numGroups_(format.groupsOf(numCols)), row_(row) {
  row.codes.resize(numCols * codeBytes_);
  row.scales.resize(numGroups_ * scaleBytes_);
  row.minima.resize(format.hasMinimum ? row.scales.size() : 0);
}

static void encodePlain(const WeightFormat &format, std::span<const float> row,
                        EncodedRow &out) {
  EncodedFields fields(format, out, static_cast<int64_t>(row.size()));
  for (size_t k = 0; k < row.size(); ++k)
    fields.setCode(static_cast<int64_t>(k),
                   artifact::bitsOf(format.element, row[k]));
}

static GroupRule &ruleOf(const WeightFormat &format) {
  if (format.hasMinimum)
    return encodeWithMinimum;
  switch (format.element) {
  case NumberType::I8:
    return encodeSigned;
  case NumberType::F8E4M3:
    return encodeFp8;
  default:
    return encodeOffset;
  }
}

void encodeRow(const WeightFormat &format, std::span<const float> row,
               EncodedRow &out) {
  assert(format.takesRowsOf(static_cast<int64_t>(row.size())));
  if (format.isPlain())
    return encodePlain(format, row, out);
  EncodedFields fields(format, out, static_cast<int64_t>(row.size()));
  std::span codes(reinterpret_cast<uint8_t *>(out.codes.data()), row.size());
  GroupRule &rule = ruleOf(format);
  size_t size = row.size() / fields.numGroups();
  for (int64_t g = 0; g < fields.numGroups(); ++g) {
    GroupScale group = rule(format, row.subspan(g * size, size),
                            codes.subspan(g * size, size));
    fields.setScale(g, group.scale);
    if (format.hasMinimum)
      fields.setMinimum(g, group.minimum);
  }
}

/// Number `index` of little-endian numbers of `size` bytes.
static uint32_t fieldOf(std::span<const std::byte> fields, int64_t size,
                        size_t index) {
  uint32_t bits = 0;
  std::memcpy(&bits, &fields[index * size], size);
  return bits;
}

void decodeRow(const WeightFormat &format, const EncodedRow &row,
               std::span<float> out) {
  size_t group = format.hasGroups() ? format.group : out.size();
  auto floatAt = [&](std::span<const std::byte> fields, size_t g) {
    return artifact::floatOf(format.scale,
                             fieldOf(fields, format.scaleBytes(), g));
  };
  for (size_t k = 0; k < out.size(); ++k) {
    out[k] = format.numberOf(fieldOf(row.codes, bytesOfCode(format), k));
    if (format.hasMinimum)
      out[k] = std::fma(out[k], floatAt(row.scales, k / group),
                        floatAt(row.minima, k / group));
    else if (!format.isPlain())
      out[k] *= floatAt(row.scales, k / group);
  }
}

void roundRow(const WeightFormat &format, std::span<float> row) {
  EncodedRow encoded;
  encodeRow(format, row, encoded);
  decodeRow(format, encoded, row);
}

} // namespace g4
