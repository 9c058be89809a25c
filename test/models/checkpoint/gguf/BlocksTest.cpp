#include "models/checkpoint/gguf/GgufFile.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "test/support/Npy.h"

namespace g4 {
namespace {

/// Equal bit for bit; one NaN is as good as another.
bool isSame(float a, float b) {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) && std::isnan(b);
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

// test/reference/gguf_blocks.py writes both files with the gguf package.
TEST(Blocks, NumbersOfEveryTypeAreThoseOfTheGgufPackage) {
  auto file = GgufFile::open(G4_TEST_INPUTS "/gguf/every_type.gguf");
  ASSERT_TRUE(file) << file.error().message();
  NpyArray expected = readNpy(G4_TEST_INPUTS "/gguf/every_type.npy");
  ASSERT_EQ(file->tensors().size(), 13u);
  std::vector<float> numbers = expected.as<float>();
  const float *next = numbers.data();
  for (const auto &[name, tensor] : file->tensors()) {
    MappedRows rows(name, tensor);
    EXPECT_EQ(name, rows.typeName());
    std::vector<float> row(rows.numCols());
    for (int64_t i = 0; i < rows.numRows(); ++i) {
      rows.read(i, row);
      for (size_t k = 0; k < row.size(); ++k)
        ASSERT_TRUE(isSame(row[k], *next++))
            << name << " row " << i << " number " << k;
    }
  }
  EXPECT_EQ(next, numbers.data() + numbers.size());
}

TEST(Blocks, ARowIsStoredInItsBlocks) {
  auto file = GgufFile::open(G4_TEST_INPUTS "/gguf/every_type.gguf");
  ASSERT_TRUE(file);
  MappedRows rows("Q4_0", file->tensors().at("Q4_0"));
  EXPECT_EQ(rows.storage(), RowStorage::Q4_0);
  EXPECT_EQ(rows.storedRow(1).size(), 8u * 18);
  EXPECT_EQ(rows.storedRow(1).data() - rows.storedRow(0).data(), 8 * 18);
}

} // namespace
} // namespace g4
