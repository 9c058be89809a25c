// The order of packed elements: against the fragment as the PTX ISA draws it,
// and that no two share a place.

#include "runtime/artifact/Packing.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <vector>

namespace g4::artifact {
namespace {

PackedMatrix matrixOf(const char *format, const char *packing, int64_t rows,
                      int64_t cols) {
  const WeightFormat *found = findFormat(format);
  return {found, found->findPacking(packing), rows, cols};
}

TEST(PackedMatrix, LanesOfATileHoldTheFragmentOfMma) {
  PackedMatrix matrix = matrixOf("bf16", "mma16x16", 48, 64);
  int64_t tile = (1 * 4 + 3) * 256; // rows 16..31, columns 48..63
  for (int64_t lane = 0; lane < 32; ++lane)
    for (int64_t r = 0; r < 4; ++r)
      for (int64_t h = 0; h < 2; ++h) {
        int64_t row = 16 + lane / 4 + 8 * (r % 2);
        int64_t col = 48 + 2 * (lane % 4) + h + 8 * (r / 2);
        EXPECT_EQ(matrix.codeAt(row, col).byte,
                  2 * (tile + 8 * lane + 2 * r + h));
      }
}

bool isFirstOfGroup(const WeightFormat &format, int64_t col) {
  return format.hasGroups() ? col % format.group == 0
                            : format.isWholeRow() && col == 0;
}

/// Places, in bits, of which no two may be the same.
class Places {
public:
  explicit Places(int64_t numBytes) : isTaken_(8 * numBytes) {}

  void add(int64_t first, int64_t count) {
    for (int64_t bit = first; bit < first + count; ++bit) {
      ASSERT_LT(bit, int64_t(isTaken_.size()));
      EXPECT_FALSE(isTaken_[bit]) << "bit " << bit << " twice";
      isTaken_[bit] = true;
    }
  }
  bool areAll() const {
    return std::find(isTaken_.begin(), isTaken_.end(), false) == isTaken_.end();
  }

private:
  std::vector<bool> isTaken_;
};

TEST(PackedMatrix, EveryCodeAndScaleHasAPlaceOfItsOwnAndNoByteIsLeft) {
  for (const WeightFormat &format : weightFormats())
    for (const Packing &packing : format.packings) {
      SCOPED_TRACE(packing.name);
      PackedMatrix matrix{&format, &packing, 17, format.isPlain() ? 21 : 192};
      Places places(matrix.numBytes());
      for (int64_t n = 0; n < matrix.paddedRows(); ++n)
        for (int64_t k = 0; k < matrix.paddedCols(); ++k) {
          auto [byte, shift] = matrix.codeAt(n, k);
          places.add(8 * byte + shift, format.lowBits());
          if (format.hasHighBits()) {
            auto [high, highShift] = matrix.highBitsAt(n, k);
            places.add(8 * high + highShift, 2);
          }
          if (!isFirstOfGroup(format, k))
            continue;
          places.add(8 * matrix.scaleAt(n, k), 8 * format.scaleBytes());
          if (format.hasMinimum)
            places.add(8 * matrix.minimumAt(n, k), 8 * format.scaleBytes());
        }
      EXPECT_TRUE(places.areAll());
    }
}

TEST(PackedMatrix, AllColumnsOfAGroupHaveItsScale) {
  for (const WeightFormat &format : weightFormats())
    for (const Packing &packing : format.packings) {
      PackedMatrix matrix{&format, &packing, 32, 128};
      for (int64_t k = 0; format.hasGroups() && k < 128; ++k)
        EXPECT_EQ(matrix.scaleAt(5, k),
                  matrix.scaleAt(5, k / format.group * format.group));
    }
}

/// Word `word` of a unit whose codes of row `n` are k % 16.
uint32_t wordOf(const PackedMatrix &matrix, int64_t n, int64_t word) {
  uint32_t bits = 0;
  for (int64_t k = 0; k < 64; ++k) {
    auto [byte, shift] = matrix.codeAt(n, k);
    if (byte / 4 == word)
      bits |= uint32_t(k % 16) << (byte % 4 * 8 + shift);
  }
  return bits;
}

TEST(Int4Packing, AWordHasPairsOfNeighboursInItsHalves) {
  // Columns 8..15 of row 3: pair r in nibbles r and r + 4.
  PackedMatrix matrix = matrixOf("int4", "panel16g32", 16, 64);
  EXPECT_EQ(matrix.unitBytes(), 576);
  EXPECT_EQ(wordOf(matrix, 3, 16 + 3), 0xfdb9eca8u);
}

TEST(Int4Packing, AWordIsTheFragmentOfItsLane) {
  // Lane 4 * 3 + 1, k tile 2: row 3 has columns 34, 35 in register 0 and 42, 43
  // in register 2; row 11 has them in registers 1 and 3.
  PackedMatrix matrix = matrixOf("int4", "mma16x64g32", 16, 64);
  int64_t word = (4 * 3 + 1) * 4 + 2;
  EXPECT_EQ(wordOf(matrix, 3, word), 0x0b030a02u);
  EXPECT_EQ(wordOf(matrix, 11, word), 0xb030a020u);
}

TEST(Int4Packing, ScalesOfALaneAreTogether) {
  PackedMatrix matrix = matrixOf("int4", "mma16x64g32", 16, 64);
  EXPECT_EQ(matrix.scaleAt(3, 0), 512 + 3 * 8);
  EXPECT_EQ(matrix.scaleAt(11, 31), 512 + 3 * 8 + 2);
  EXPECT_EQ(matrix.scaleAt(3, 32), 512 + 3 * 8 + 4);
  EXPECT_EQ(matrix.scaleAt(11, 63), 512 + 3 * 8 + 6);
}

} // namespace
} // namespace g4::artifact
