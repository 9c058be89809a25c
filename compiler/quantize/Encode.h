//===- Encode.h - Numbers as a weight format stores them --------*- C++ -*-===//
//
// The rules by which rows become codes and scales, and back. Where they lie in
// a packed weight is another matter: PanelWriter.h.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_ENCODE_H
#define G4_COMPILER_QUANTIZE_ENCODE_H

#include "runtime/artifact/WeightFormat.h"

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace g4 {

/// A row as a format stores it.
struct EncodedRow {
  /// A byte each for codes of up to 8 bits, else as many as a code has.
  std::vector<std::byte> codes;
  /// One for each group, as wide as the format's; minima where it has them.
  std::vector<std::byte> scales, minima;
};

/// Bytes that EncodedRow has for a code.
int64_t bytesOfCode(const artifact::WeightFormat &format);

/// The codes and scales of a row, to be set one by one.
class EncodedFields {
public:
  EncodedFields(const artifact::WeightFormat &format, EncodedRow &row,
                int64_t numCols);

  int64_t numGroups() const { return numGroups_; }
  /// Of a format whose codes have a byte each: all of them.
  uint8_t *codes() { return reinterpret_cast<uint8_t *>(row_.codes.data()); }
  void setCode(int64_t col, uint32_t code) {
    store(row_.codes, col, codeBytes_, code);
  }
  void setScale(int64_t group, uint32_t bits) {
    store(row_.scales, group, scaleBytes_, bits);
  }
  void setMinimum(int64_t group, uint32_t bits) {
    store(row_.minima, group, scaleBytes_, bits);
  }

private:
  /// Copies of a size that the compiler knows are no calls.
  static void store(std::vector<std::byte> &to, int64_t index, int64_t size,
                    uint32_t bits) {
    std::byte *at = &to[index * size];
    if (size == 1)
      std::memcpy(at, &bits, 1);
    else if (size == 2)
      std::memcpy(at, &bits, 2);
    else
      std::memcpy(at, &bits, 4);
  }

  int64_t codeBytes_, scaleBytes_, numGroups_;
  EncodedRow &row_;
};

/// Encodes `row`, finite numbers of whole groups, into `out`, whose memory is
/// used again. A group's codes depend on its numbers alone.
void encodeRow(const artifact::WeightFormat &format, std::span<const float> row,
               EncodedRow &out);

/// The numbers that `row` stands for, as many as there is room for.
void decodeRow(const artifact::WeightFormat &format, const EncodedRow &row,
               std::span<float> out);

/// Rounds a row to the numbers that are stored for it.
void roundRow(const artifact::WeightFormat &format, std::span<float> row);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_ENCODE_H
