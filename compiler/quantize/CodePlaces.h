//===- CodePlaces.h - Where the codes of a row go in a panel ----*- C++ -*-===//
//
// A checkpoint has billions of codes, and each goes to a place of its own. What
// an order says bit by bit is looked up here: the place of [row, column] is one
// number of the row plus one of the column.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_CODEPLACES_H
#define G4_COMPILER_QUANTIZE_CODEPLACES_H

#include "runtime/artifact/Packing.h"

#include <cstddef>
#include <vector>

namespace g4 {

/// Some columns of a row.
struct Columns {
  int64_t begin, end;
};

/// One part of the codes: all of their bits, the four low or the two high ones.
/// Threads may use it at once.
class CodePlaces {
public:
  /// All bits of codes of whole bytes, else the four low ones.
  static CodePlaces ofCodes(const artifact::PackedMatrix &matrix);
  /// Bits 4 and 5 of codes of 6.
  static CodePlaces ofHighBits(const artifact::PackedMatrix &matrix);

  /// Puts the part of these columns' codes into row `n` of a panel. `codes`
  /// begins with column 0, as EncodedRow has it. Parts of less than a byte must
  /// find zeros.
  void put(int64_t n, Columns cols, const std::byte *codes,
           std::byte *panel) const;

private:
  /// Columns that one table is for: whole units.
  static constexpr int64_t kSpan = 64;

  CodePlaces(const artifact::PackedMatrix &matrix,
             const artifact::PlaceOrder &order, int bits);
  void findSources(const artifact::PlaceOrder &order);
  template <typename Code>
  void putBytes(int64_t row, Columns cols, const std::byte *codes,
                std::byte *span) const;
  template <int kBits, int kShift>
  void putBits(int64_t row, Columns cols, const std::byte *codes,
               std::byte *span) const;
  void findWords();
  void putWords(int64_t row, const std::byte *codes, std::byte *span) const;
  template <int kBits, int kShift>
  void putWholeBytes(int64_t row, const std::byte *codes,
                     std::byte *span) const;
  template <typename PutSpan>
  void putSpans(int64_t n, Columns cols, const std::byte *codes,
                std::byte *panel, PutSpan putSpan) const;

  int bits_; // of the part: 32, 16, 8, 4 or 2
  int64_t spanBytes_;
  /// Bits from the beginning of a span.
  std::vector<uint32_t> ofRow_, ofCol_;
  /// A byte of a row that has nothing of other rows: where it is, and the
  /// columns that it is made of, the lowest bits first. Empty where rows share
  /// bytes.
  struct Byte {
    uint32_t at;
    uint8_t cols[4];
  };
  std::vector<Byte> bytes_;
  /// Where each 8 columns of a span begin, if their codes of 4 bits are a word:
  /// those of even columns in its lower half. Else empty.
  std::vector<uint32_t> words_;
};

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_CODEPLACES_H
