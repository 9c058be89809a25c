// Linears on matrix instructions, in the emulator: every form and tile that a
// GPU chooses, of NVIDIA and AMD, against plain loops, the interpreter and each
// other.

#include "gtest/gtest.h"

#include <algorithm>
#include <span>

#include "test/codegen/TensorCoreCase.h"

namespace g4 {
namespace {

using graph::Epilogue;
using Form = LinearConfig::Form;

/// y after a run in the emulator.
std::vector<double> emulated(const TensorCoreLinear &linear,
                             const TensorCoreChoice &choice,
                             uint32_t seed = 1) {
  return runEmulated(tensorCoreCase(linear, choice),
                     *findMatrixIntrinsic(choice.intrinsic), seed)[2];
}

struct NamedLinear {
  const char *name;
  TensorCoreLinear linear;
  std::vector<TensorCoreChoice> choices;
};

// 192 columns are three blocks of eight slices, 704 are 11: two a slice, one in
// the last; 576 are 9, 512 are one a slice, 448 leave only the last one empty.
const NamedLinear kLinears[] = {
    {"plain", {11, 512, 96}, {{1}, {8}, {32}, {64}}},
    {"norm", {9, 704, 80, true}, {{8}, {32}, {64}}},
    {"few_blocks", {3, 192, 48, true}, {{8}, {32}}},
    {"seven_blocks", {3, 448, 48, true}, {{8}, {32}}},
    {"dense_inner", {3, 2112, 48}, {{1}, {8}, {64}}},
    {"wide", {5, 64, 8192 + 32, true}, {{8}, {64}}},
    {"gated", {10, 192, 88, true, Epilogue::GeluGated}, {{8}, {32}, {64}}},
    {"times", {10, 576, 40, false, Epilogue::GeluTimes}, {{8}, {32}, {64}}},
    {"softcap", {4, 192, 109, true, Epilogue::Softcap}, {{8}, {32}, {64}}},
    {"rows",
     {9, 192, 48, true, Epilogue::None, {8, 2, 3}},
     {{1}, {8}, {32}, {64}}},
    {"experts_gated",
     {5,
      192,
      40,
      true,
      Epilogue::GeluGated,
      {},
      4,
      2,
      {0, 2, 2, 3, 2, 0, 0, 2, 3, 2}},
     {{1}, {8, true}, {16, true}, {32, true}}},
    // A half of w is a tile of columns and a half.
    {"experts_half_tile",
     {2, 64, 88, false, Epilogue::GeluGated, {}, 2, 1, {1, 1}},
     {{16, true}}},
    {"experts_down",
     {5,
      704,
      40,
      false,
      Epilogue::None,
      {},
      4,
      2,
      {0, 2, 2, 3, 2, 0, 0, 2, 3, 2},
      true},
     {{1}, {8, true}, {16, true}, {32, true}}},
};

class TensorCores : public testing::TestWithParam<
                        std::tuple<NamedLinear, const char *, const char *>> {
protected:
  void SetUp() override {
    const auto &[named, format, intrinsic] = GetParam();
    linear_ = named.linear;
    linear_.format = format;
    bool isAmd = intrinsic != std::string(kMma16x8x16);
    for (TensorCoreChoice choice : named.choices) {
      choice.intrinsic = intrinsic;
      if (isAmd) // as the targets have it
        choice.scratchBytes = 64 * 1024;
      // No target has grouped tiles of less than an intrinsic's columns.
      if (!choice.isGrouped ||
          choice.rowTile >= findMatrixIntrinsic(intrinsic)->cols)
        choices_.push_back(choice);
    }
  }
  TensorCoreLinear linear_;
  std::vector<TensorCoreChoice> choices_;
};

TEST_P(TensorCores, EqualPlainLoopsAndTheInterpreterInEveryConfig) {
  std::vector<double> plain = plainTensorCoreLinear(linear_);
  // Both round rows of x to bf16; after a norm a last bit may decide how.
  double tolerance = linear_.hasNorm ? 1e-2 : 1e-5;
  for (const TensorCoreChoice &choice : choices_) {
    KernelCase kernel = tensorCoreCase(linear_, choice);
    CaseResult meaning = runInterpreted(kernel, Precision::F64);
    for (uint32_t seed : {1, 2}) {
      std::vector<double> y = emulated(linear_, choice, seed);
      EXPECT_LE(largestError({meaning[2]}, {y}), tolerance)
          << "tiles of " << choice.rowTile << " rows, seed " << seed;
      EXPECT_LE(largestError({plain}, {y}), 1e-5)
          << "tiles of " << choice.rowTile << " rows, seed " << seed;
    }
  }
}

TEST_P(TensorCores, GiveTheSameBitsInEveryConfig) {
  std::vector<double> first = emulated(linear_, choices_[0]);
  for (const TensorCoreChoice &choice : choices_)
    EXPECT_EQ(emulated(linear_, choice), first)
        << "tiles of " << choice.rowTile << " rows";
}

std::string nameOf(const testing::TestParamInfo<TensorCores::ParamType> &info) {
  const auto &[named, format, intrinsic] = info.param;
  std::string name = std::string(named.name) + "_" + format;
  if (intrinsic != std::string(kMma16x8x16))
    name += std::string("_") + intrinsic;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, TensorCores,
                         testing::Combine(testing::ValuesIn(kLinears),
                                          testing::Values("bf16", "int4"),
                                          testing::Values(kMma16x8x16)),
                         nameOf);
// Every linear on one instruction of 64 lanes and on one of 32; on the others,
// and with int4, a linear with a norm and experts.
INSTANTIATE_TEST_SUITE_P(
    Amd, TensorCores,
    testing::Combine(testing::ValuesIn(kLinears), testing::Values("bf16"),
                     testing::Values("mfma_16x16x16", "wmma_16x16x16_gfx12")),
    nameOf);
INSTANTIATE_TEST_SUITE_P(
    AmdForms, TensorCores,
    testing::Combine(testing::Values(kLinears[1], kLinears[10]),
                     testing::Values("bf16"),
                     testing::Values("mfma_16x16x32", "wmma_16x16x16_gfx11")),
    nameOf);
INSTANTIATE_TEST_SUITE_P(
    AmdInt4, TensorCores,
    testing::Combine(testing::Values(kLinears[1], kLinears[10]),
                     testing::Values("int4"),
                     testing::Values("mfma_16x16x16", "mfma_16x16x32",
                                     "wmma_16x16x16_gfx11",
                                     "wmma_16x16x16_gfx12")),
    nameOf);

// Its scales are all that differs from int4.
INSTANTIATE_TEST_SUITE_P(
    Int4F16, TensorCores,
    testing::Combine(testing::ValuesIn(std::span(kLinears).first(2)),
                     testing::Values("int4-f16"),
                     testing::Values(kMma16x8x16, "mfma_16x16x16")),
    nameOf);

// 6 bits and groups of one k tile: with and without a norm, a head, experts.
INSTANTIATE_TEST_SUITE_P(
    Int6, TensorCores,
    testing::Combine(testing::Values(kLinears[0], kLinears[1], kLinears[8],
                                     kLinears[10]),
                     testing::Values("int6"), testing::Values(kMma16x8x16)),
    nameOf);

TEST(TensorCoreLinears, ARowHasTheSameBitsAloneAndAmongOthers) {
  TensorCoreLinear all{70, 192, 32, true};
  std::vector<double> together = emulated(all, {64});
  for (double row : {0.0, 7.0, 63.0, 69.0}) {
    TensorCoreLinear alone = all;
    alone.rowMap = {row};
    auto begin = together.begin() + int64_t(row) * all.n;
    EXPECT_EQ(emulated(alone, {8}), std::vector<double>(begin, begin + all.n))
        << "row " << row;
  }
}

TEST(TensorCoreLinears, FewRowsAreSlicedAndManyAreStaged) {
  auto context = makeKernelContext();
  TensorCoreLinear linear{100, 2816, 8192};
  for (int64_t rowTile : {1, 8})
    EXPECT_EQ(configOf(linear, {rowTile}, context.get()).form, Form::Sliced);
  for (int64_t rowTile : {32, 64})
    EXPECT_EQ(configOf(linear, {rowTile}, context.get()).form, Form::Staged);
}

TEST(TensorCoreLinears, FewerRowsFitTheScratchOfASmallTarget) {
  auto context = makeKernelContext();
  TensorCoreLinear linear{8, 8192, 2816};
  EXPECT_EQ(configOf(linear, {8, false, 227 * 1024}, context.get()).rowTile, 8);
  EXPECT_EQ(configOf(linear, {8, false, 99 * 1024}, context.get()).rowTile, 4);
}

TEST(TensorCoreLinears, TilesOfFourRowsGiveTheSameBits) {
  TensorCoreLinear linear{7, 1024, 32, true};
  TensorCoreChoice small{8, false, 16 * 1024};
  auto context = makeKernelContext();
  ASSERT_EQ(configOf(linear, small, context.get()).rowTile, 4);
  EXPECT_EQ(emulated(linear, small), emulated(linear, {8}));
}

} // namespace
} // namespace g4
