// What generators are launched with.

#include "runtime/artifact/Generator.h"

#include <gtest/gtest.h>

#include <bit>

namespace g4rt {
namespace {

/// A weight table alone.
class TestWeight {
public:
  TestWeight(std::vector<int64_t> shape, const char *packing,
             artifact::DType dtype) {
    table_.name = "w";
    table_.shape = std::move(shape);
    table_.packing = packing;
    table_.dtype = dtype;
    table_.data = std::make_unique<artifact::Span>(0, 0);
    table_.synthetic = std::make_unique<artifact::SyntheticT>();
    table_.synthetic->seed = 0x1111111122222222;
    table_.synthetic->half_width = 8;
  }
  artifact::SyntheticT &synthetic() { return *table_.synthetic; }
  GeneratorCall call() {
    builder_.Clear();
    builder_.Finish(artifact::Weight::Pack(builder_, &table_));
    return GeneratorCall::of(
        *flatbuffers::GetRoot<artifact::Weight>(builder_.GetBufferPointer()));
  }

private:
  artifact::WeightT table_;
  flatbuffers::FlatBufferBuilder builder_;
};

using Numbers = std::array<uint64_t, kNumGeneratorNumbers>;

uint64_t bitsOf(float x) { return std::bit_cast<uint32_t>(x); }

TEST(GeneratorTest, AVectorIsOneRow) {
  TestWeight weight({40}, "rows", artifact::DType::f32);
  weight.synthetic().center = 1;
  GeneratorCall call = weight.call();
  EXPECT_EQ(call.numPanels, 1u);
  EXPECT_EQ(call.numbers, (Numbers{0x22222222, 0x11111111, bitsOf(1),
                                   bitsOf(0x1p-20f), 40, 40, 1, 1}));
}

TEST(GeneratorTest, RowsOfAMatrixArePaddedToPanels) {
  TestWeight weight({33, 5}, "panel16x2", artifact::DType::bf16);
  GeneratorCall call = weight.call();
  EXPECT_EQ(call.numPanels, 3u);
  EXPECT_EQ(call.numbers[4], 5u);
  EXPECT_EQ(call.numbers[5], 16u * 6);
  EXPECT_EQ(call.numbers[6], 3u);
  EXPECT_EQ(call.numbers[7], 33u);
}

TEST(GeneratorTest, SegmentsOfExpertsArePaddedEach) {
  TestWeight weight({4, 64, 16}, "mma16x16", artifact::DType::bf16);
  weight.synthetic().segments = 2;
  weight.synthetic().source_rows = 44;
  GeneratorCall call = weight.call();
  EXPECT_EQ(call.numPanels, 4u * 4);
  EXPECT_EQ(call.numbers[6], 2u);
  EXPECT_EQ(call.numbers[7], 22u);
}

TEST(GeneratorTest, IntegersAreCountedInWords) {
  TestWeight weight({32, 96}, "panel16g32", artifact::DType::i4);
  GeneratorCall call = weight.call();
  EXPECT_EQ(call.numPanels, 2u);
  EXPECT_EQ(call.numbers[3], 0x3f80u); // 1 as a bf16
  EXPECT_EQ(call.numbers[5], 2u * 144);
}

} // namespace
} // namespace g4rt
