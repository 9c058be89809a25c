//===- PanelWriter.h - Encoded rows into their places -----------*- C++ -*-===//

#ifndef G4_COMPILER_QUANTIZE_PANELWRITER_H
#define G4_COMPILER_QUANTIZE_PANELWRITER_H

#include "compiler/quantize/CodePlaces.h"
#include "compiler/quantize/Encode.h"
#include "runtime/artifact/Packing.h"

#include <optional>
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
  void putColumns(int64_t n, Columns cols, const std::byte *codes,
                  std::byte *panel) const;
  /// Scales or minima, the latter `from` bytes further.
  void putScales(int64_t n, std::span<const std::byte> scales, int64_t from,
                 std::span<std::byte> panel) const;

  artifact::PackedMatrix matrix_;
  /// Bytes where a row's and a group's scale are: the sum of both.
  std::vector<int64_t> scaleOfRow_, scaleOfGroup_;
  CodePlaces codes_;
  /// None where codes have no high bits of their own.
  std::optional<CodePlaces> highBits_;
  /// Codes of zeros, for all columns.
  EncodedRow zeros_;
};

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_PANELWRITER_H
