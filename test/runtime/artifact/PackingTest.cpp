// The order of packed elements, against the fragment as the PTX ISA draws it.

#include "runtime/artifact/Packing.h"

#include "gtest/gtest.h"

#include <set>

namespace g4 {
namespace {

using artifact::PackedMatrix;

TEST(PackedMatrix, LanesOfATileHoldTheFragmentOfMma) {
  PackedMatrix matrix{48, 64, 16, 1, 16};
  int64_t tile = (1 * 4 + 3) * 256; // rows 16..31, columns 48..63
  for (int64_t lane = 0; lane < 32; ++lane)
    for (int64_t r = 0; r < 4; ++r)
      for (int64_t h = 0; h < 2; ++h) {
        int64_t row = 16 + lane / 4 + 8 * (r % 2);
        int64_t col = 48 + 2 * (lane % 4) + h + 8 * (r / 2);
        EXPECT_EQ(matrix.indexOf(row, col), tile + 8 * lane + 2 * r + h);
      }
}

TEST(PackedMatrix, EveryElementHasAPlaceOfItsOwn) {
  for (PackedMatrix matrix :
       {PackedMatrix{17, 21, 0, 1}, PackedMatrix{17, 21, 16, 1},
        PackedMatrix{17, 21, 16, 2}, PackedMatrix{17, 21, 16, 1, 16}}) {
    std::set<int64_t> places;
    for (int64_t n = 0; n < matrix.paddedRows(); ++n)
      for (int64_t k = 0; k < matrix.paddedCols(); ++k)
        places.insert(matrix.indexOf(n, k));
    EXPECT_EQ(int64_t(places.size()), matrix.numElements());
    EXPECT_EQ(*places.begin(), 0);
    EXPECT_EQ(*places.rbegin(), matrix.numElements() - 1);
  }
}

} // namespace
} // namespace g4
