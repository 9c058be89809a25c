//===- PanelWriter.h - Encoded rows into their places -----------*- C++ -*-===//

#ifndef G4_COMPILER_QUANTIZE_PANELWRITER_H
#define G4_COMPILER_QUANTIZE_PANELWRITER_H

#include "compiler/quantize/Encode.h"
#include "runtime/artifact/Packing.h"

#include <span>
#include <vector>

namespace g4 {

/// Fills the panels of a packed matrix. One object serves all panels of a
/// matrix; threads may use it at once.
class PanelWriter {
public:
  explicit PanelWriter(const artifact::PackedMatrix &matrix);

  /// Rows of a panel, and its bytes.
  int64_t numRows() const { return matrix_.packing->rows; }
  int64_t numBytes() const { return matrix_.panelBytes(); }

  /// Makes a panel empty; each of its rows must then be put once.
  void begin(std::span<std::byte> panel) const;
  /// Puts row `n` < numRows(), padded to the panel's columns.
  void put(int64_t n, const EncodedRow &row, std::span<std::byte> panel) const;
  /// The same for a row that the matrix does not have.
  void putPadding(int64_t n, std::span<std::byte> panel) const;

private:
  struct Columns {
    int64_t begin, end;
  };
  void putColumns(int64_t n, Columns cols, const std::byte *codes,
                  std::byte *panel) const;
  /// `places` are those of the row.
  template <typename Code>
  void putCodes(std::span<const uint32_t> places, Columns cols,
                const std::byte *codes, std::byte *panel) const;

  artifact::PackedMatrix matrix_;
  /// Of [row, column] of a unit: where its code begins, in bits, and its high
  /// bits, counted from their own first byte.
  std::vector<uint32_t> places_, highPlaces_;
  /// Codes of zeros, for all columns.
  EncodedRow zeros_;
};

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_PANELWRITER_H
