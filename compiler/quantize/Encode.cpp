//===- Encode.cpp - Numbers as a weight format stores them ----------------===//

#include "compiler/quantize/Encode.h"

#include "compiler/quantize/ErrorFeedback.h"
#include "compiler/quantize/GroupRules.h"
#include "compiler/quantize/Lattice.h"
#include "compiler/quantize/ScaleSearch.h"

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

static GroupScale encodeTrained(const WeightFormat &format,
                                std::span<const float> numbers,
                                std::span<uint8_t> codes) {
  if (auto group = encodeOnLattice(format, numbers, codes))
    return *group;
  return encodeOffset(format, numbers, codes);
}

static GroupRule &ruleOf(const Encoding &encoding) {
  const WeightFormat &format = encoding.format;
  if (format.hasMinimum)
    return encodeWithMinimum;
  switch (format.element) {
  case NumberType::I8:
    return encodeSigned;
  case NumberType::F8E4M3:
    return encodeFp8;
  default:
    return encoding.rule == ScaleRule::Lattice ? encodeTrained : encodeOffset;
  }
}

/// Of a format that has an offset.
static void encodeSearched(const Encoding &encoding, std::span<const float> row,
                           EncodedRow &out) {
  const WeightFormat &format = encoding.format;
  if (encoding.feedback) {
    std::vector<float> moved(row.begin(), row.end());
    return encoding.feedback->encode(format, moved, out);
  }
  EncodedFields fields(format, out, static_cast<int64_t>(row.size()));
  std::vector<uint32_t> scales(fields.numGroups());
  searchScales(format, row, encoding.importance, scales);
  size_t size = row.size() / scales.size();
  for (size_t g = 0; g < scales.size(); ++g) {
    encodeWithScale(format, row.subspan(g * size, size), scales[g],
                    std::span(fields.codes() + g * size, size));
    fields.setScale(static_cast<int64_t>(g), scales[g]);
  }
}

void encodeRow(const Encoding &encoding, std::span<const float> row,
               EncodedRow &out) {
  const WeightFormat &format = encoding.format;
  assert(format.takesRowsOf(static_cast<int64_t>(row.size())));
  if (format.isPlain())
    return encodePlain(format, row, out);
  if (encoding.rule == ScaleRule::Search && hasOffset(format))
    return encodeSearched(encoding, row, out);
  EncodedFields fields(format, out, static_cast<int64_t>(row.size()));
  GroupRule &rule = ruleOf(encoding);
  size_t size = row.size() / fields.numGroups();
  for (int64_t g = 0; g < fields.numGroups(); ++g) {
    GroupScale group = rule(format, row.subspan(g * size, size),
                            std::span(fields.codes() + g * size, size));
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

void roundRow(const Encoding &encoding, std::span<float> row) {
  EncodedRow encoded;
  encodeRow(encoding, row, encoded);
  decodeRow(encoding.format, encoded, row);
}

} // namespace g4
