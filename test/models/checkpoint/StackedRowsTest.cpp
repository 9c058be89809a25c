#include "models/checkpoint/StackedRows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace g4 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A checkpoint of these tensors: f [2, 2] F32, b [1, 2] BF16, h [2] F16,
/// i [1] I32.
class StackedRowsTest : public testing::Test {
protected:
  StackedRowsTest() {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/config.json") << "{}";
    std::string header =
        R"({"f":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
        R"("b":{"dtype":"BF16","shape":[1,2],"data_offsets":[16,20]},)"
        R"("h":{"dtype":"F16","shape":[2],"data_offsets":[20,24]},)"
        R"("i":{"dtype":"I32","shape":[1],"data_offsets":[24,28]}})";
    std::ofstream file(folder_ + "/model.safetensors", std::ios::binary);
    auto put = [&](auto number) {
      file.write(reinterpret_cast<const char *>(&number), sizeof(number));
    };
    put(uint64_t(header.size()));
    file << header;
    for (float number : {1.5f, -2.0f, 3.0f, 4.0f})
      put(number);
    for (uint16_t bits : {0x3f80, 0xc040, 0x3c00, 0x0001})
      put(bits);
    put(int32_t(7));
  }
  ~StackedRowsTest() override { std::filesystem::remove_all(folder_); }

  g4rt::Result<StackedRows> open(const std::vector<std::string> &names,
                                 int64_t numCols) {
    if (!checkpoint_)
      checkpoint_ = std::make_unique<Checkpoint>(*Checkpoint::open(folder_));
    return StackedRows::open(*checkpoint_, names, numCols);
  }
  static std::vector<float> row(const StackedRows &rows, int64_t i) {
    std::vector<float> numbers(rows.numCols());
    rows.read(i, numbers);
    return numbers;
  }

  std::string folder_ = testing::TempDir() + "StackedRowsTest";
  std::unique_ptr<Checkpoint> checkpoint_;
};

TEST_F(StackedRowsTest, RowsOfSeveralTensorsFollowEachOther) {
  auto rows = open({"b", "f", "h"}, 2);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->numRows(), 4);
  EXPECT_THAT(row(*rows, 3), ElementsAre(1.0f, 0x1p-24f));
  EXPECT_THAT(row(*rows, 0), ElementsAre(1.0f, -3.0f));
  EXPECT_THAT(row(*rows, 2), ElementsAre(3.0f, 4.0f));
  EXPECT_THAT(row(*rows, 1), ElementsAre(1.5f, -2.0f));
}

TEST_F(StackedRowsTest, ARowIsGivenAsItIsStored) {
  auto rows = open({"b", "f"}, 2);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->storage(0), RowStorage::BF16);
  EXPECT_EQ(rows->storage(2), RowStorage::F32);
  std::span<const std::byte> bf16 = rows->storedRow(0);
  ASSERT_EQ(bf16.size(), 4u);
  EXPECT_EQ(bf16[3], std::byte{0xc0});
  EXPECT_EQ(rows->storedRow(2).size(), 8u);
}

TEST_F(StackedRowsTest, ASourceSaysWhatItIs) {
  ASSERT_TRUE(open({"f"}, 2));
  const RowSource &f = *checkpoint_->find("f"), &i = *checkpoint_->find("i");
  EXPECT_EQ(f.numRows(), 2);
  EXPECT_EQ(f.numCols(), 2);
  EXPECT_EQ(i.typeName(), "I32");
  EXPECT_FALSE(i.isReadable());
  EXPECT_THAT(i.storedRow(0), testing::IsEmpty());
  EXPECT_TRUE(haveEqualRows(f, f));
  EXPECT_FALSE(haveEqualRows(f, *checkpoint_->find("b")));
}

TEST_F(StackedRowsTest, WhatCannotBeReadAsRowsIsNamed) {
  EXPECT_THAT(open({"f", "none"}, 2).error().message(),
              HasSubstr("tensor none is missing"));
  EXPECT_THAT(open({"i"}, 1).error().message(), HasSubstr("tensor i is"));
  EXPECT_THAT(open({"f"}, 3).error().message(), HasSubstr("tensor f is"));
  EXPECT_THAT(open({"f"}, 1).error().message(), HasSubstr("tensor f is"));
}

} // namespace
} // namespace g4
