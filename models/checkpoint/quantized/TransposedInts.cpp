//===- TransposedInts.cpp - Weights as AWQ and GPTQ write them ------------===//
//
// Both store a weight transposed, [cols, rows], in words of 32 bits, with
// scales [blocks, rows] and zero points qzeros [blocks, rows / per word]:
//
//   AWQ   qweight [cols, rows / 8]        a word holds 8 rows, interleaved
//   GPTQ  qweight [cols / per word, rows]  a word holds 4 or 8 columns
//
// GPTQ's zero points are stored less one in its first version, and g_idx, where
// it is there, names the block of each column. Source: the formulas of AutoAWQ
// (gemm) and of GPTQModel, written down in test/reference/make_quantized.py.
//
//===----------------------------------------------------------------------===//

#include "models/checkpoint/quantized/ModuleTensors.h"

#include <cstring>

namespace g4 {

using g4rt::Result;
using g4rt::Status;

/// Where a word of AWQ holds each of its 8 rows.
constexpr uint8_t kAwqOrder[8] = {0, 4, 1, 5, 2, 6, 3, 7};

/// Scales and zero points, which both lay out alike. The codes' order within a
/// word is that of the zero points, too.
static Status readBlocks(const ModuleTensors &module,
                         const QuantizationConfig &config, int64_t rows,
                         int64_t cols, QuantizedRows::Parts &parts) {
  int64_t bits = config.numBits, perWord = 32 / bits;
  int64_t group = config.groupSize < 0 ? cols : config.groupSize;
  int64_t blocks = (cols + group - 1) / group;
  // Seen from the columns, which are the rows of the stored matrix.
  G4RT_ASSIGN(Scales scales, module.needScales("scales", cols, rows, group, 1));
  parts.scales = scales;
  parts.scales.rowsPerBlock = 1;
  parts.scales.colsPerBlock = group;
  parts.scales.rowStride = 1;
  parts.scales.colStride = rows;
  if (!module.find("qzeros")) {
    if (config.hasZeroPoints &&
        config.method == QuantizationConfig::Method::Awq)
      return module.wrong("qzeros", "is missing beside qweight");
    parts.zeros.offset = int64_t{1} << (bits - 1);
    return Status();
  }
  G4RT_ASSIGN(const StoredTensor *zeros, module.needMatrix("qzeros", {"I32"}));
  G4RT_TRY(module.checkShape("qzeros", *zeros,
                             {blocks, (rows + perWord - 1) / perWord}));
  parts.zeros.packed = PackedInts{.words = zeros->bytes.data(),
                                  .bits = bits,
                                  .lineStride = zeros->shape[1],
                                  .order = parts.codes.packed.order};
  return Status();
}

MadeRows readAwq(const ModuleTensors &module,
                 const QuantizationConfig &config) {
  G4RT_ASSIGN(const StoredTensor *weight,
              module.needMatrix("qweight", {"I32"}));
  int64_t cols = weight->shape[0], rows = weight->shape[1] * 8;
  QuantizedRows::Parts parts;
  parts.codes = {.kind = Codes::Kind::PackedColumns,
                 .packed = {.words = weight->bytes.data(),
                            .lineStride = weight->shape[1],
                            .order = kAwqOrder}};
  G4RT_TRY(readBlocks(module, config, rows, cols, parts));
  return makeQuantizedRows(module, "awq", rows, cols, parts);
}

/// Success if each column's block is one of `blocks`.
static Status checkBlocks(const ModuleTensors &module,
                          const StoredTensor &index, int64_t cols,
                          int64_t blocks) {
  G4RT_TRY(module.checkShape("g_idx", index, {cols}));
  for (int64_t k = 0; k < cols; ++k) {
    int32_t block;
    std::memcpy(&block, index.bytes.data() + k * sizeof(block), sizeof(block));
    if (block < 0 || block >= blocks)
      return module.wrong("g_idx", "block " + std::to_string(block) +
                                       " of column " + std::to_string(k) +
                                       ", needed one below " +
                                       std::to_string(blocks));
  }
  return Status();
}

MadeRows readGptq(const ModuleTensors &module,
                  const QuantizationConfig &config) {
  G4RT_ASSIGN(const StoredTensor *weight,
              module.needMatrix("qweight", {"I32"}));
  int64_t perWord = 32 / config.numBits;
  int64_t cols = weight->shape[0] * perWord, rows = weight->shape[1];
  QuantizedRows::Parts parts;
  parts.codes = {.kind = Codes::Kind::PackedRows,
                 .packed = {.words = weight->bytes.data(),
                            .bits = config.numBits,
                            .lineStride = 1,
                            .wordStride = rows}};
  G4RT_TRY(readBlocks(module, config, rows, cols, parts));
  if (parts.zeros.packed && config.storesZerosLessOne)
    parts.zeros.offset = 1;
  if (module.find("g_idx")) {
    G4RT_ASSIGN(const StoredTensor *index, module.need("g_idx", {"I32"}));
    int64_t group = parts.scales.colsPerBlock;
    G4RT_TRY(checkBlocks(module, *index, cols, (cols + group - 1) / group));
    parts.blockOfCol = index->bytes.data();
  }
  return makeQuantizedRows(module, "gptq", rows, cols, parts);
}

} // namespace g4
