// Attention by chunks of keys: interpreter against plain loops, the emulated
// GPU against the interpreter, and the same bits in every form. What nobody
// wrote in the caches is NaN in all cases.

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

#include "test/codegen/AttentionCase.h"

namespace g4 {
namespace {

using namespace mlir;

constexpr int kOutput = 10, kCounters = 13;

const MatrixIntrinsic *const kNvidia = findMatrixIntrinsic(kMma16x8x16);

GpuAttentionChoice split(int64_t splits, int64_t tiles,
                         const MatrixIntrinsic *intrinsic = kNvidia) {
  return {.queryTile = 1,
          .splits = splits,
          .partialTiles = tiles,
          .maxScoreRows = 16,
          .intrinsic = intrinsic};
}

GpuAttentionChoice whole(int64_t queryTile, int64_t rows,
                         const MatrixIntrinsic *intrinsic = kNvidia) {
  return {.queryTile = queryTile,
          .maxScoreRows = rows,
          .scratchBytes = int64_t{227} << 10,
          .intrinsic = intrinsic};
}

/// Plain loops over the keys as the kernel finds them in the cache.
std::vector<double> plainOf(AttentionStep step, const KernelCase &kernel) {
  step.keysAsRows = true;
  return plainAttention(step, kernel);
}

struct ChunkedRow {
  const char *name;
  AttentionStep step;
  GpuAttentionChoice choice;
};

void PrintTo(const ChunkedRow &row, std::ostream *stream) {
  *stream << row.name;
}

class ChunkedAttentionTest : public testing::TestWithParam<ChunkedRow> {};

// bf16 rounds queries and probabilities: 2^-9 each.
TEST_P(ChunkedAttentionTest, EqualsPlainLoopsAndTheInterpreter) {
  const ChunkedRow &row = GetParam();
  bool rounds = row.step.bf16 && row.choice.intrinsic; // 8 bits become bf16
  KernelCase kernel = makeChunkedCase(row.step, row.choice, 5);
  CaseResult meaning = runInterpreted(kernel, Precision::F64);
  EXPECT_LE(largestError({plainOf(row.step, kernel)}, {meaning[kOutput]}),
            rounds ? 1e-2 : 1e-6);
  for (uint32_t seed : {1, 2}) {
    CaseResult emulated = runEmulated(kernel, GpuVendor::Nvidia, 32, seed);
    EXPECT_LE(largestError({meaning[kOutput]}, {emulated[kOutput]}),
              rounds ? 4e-3 : 5e-6)
        << "seed " << seed;
    if (row.choice.splits > 0)
      for (double counter : emulated[kCounters])
        EXPECT_EQ(counter, 0);
  }
}

// One token a sequence, 1 to 300 keys; the first layers' shapes have fewer
// heads than a model's.
const AttentionStep kWindow{
    {{300, 1}, {1, 1}, {64, 1}, {65, 1}}, 4, 2, 256, 32, 100, true};
const AttentionStep kGlobal{
    {{257, 1}, {3, 1}, {128, 1}}, 8, 1, 512, 64, 0, true};
// A chunk of a prompt among tokens of other sequences.
const AttentionStep kMixed{
    {{7, 1}, {150, 40}, {90, 1}, {33, 33}}, 4, 2, 64, 32, 50, true};

// models/tiny's full layer, whose rotated columns are no whole slice.
const AttentionStep kTiny{{{150, 9}, {40, 1}}, 8, 1, 64, 64, 0, true};
const AttentionStep kTinyF32{{{150, 9}, {40, 1}}, 8, 1, 64, 64, 0, false};

INSTANTIATE_TEST_SUITE_P(
    Compact, ChunkedAttentionTest,
    testing::Values(
        ChunkedRow{"pairs_split", with(kGlobal, 64), split(16, 3)},
        ChunkedRow{"pairs_prefill",
                   with({{{140, 20}}, 8, 1, 512, 64, 0, true}, 64),
                   whole(16, 64)},
        ChunkedRow{"tiny_pairs", with(kTiny, 8), whole(8, 16)},
        ChunkedRow{"tiny_pairs_split",
                   with({{{257, 1}, {3, 1}}, 8, 1, 64, 64, 0, true}, 8),
                   split(3, 2)},
        ChunkedRow{"tiny_pairs_f32", with(kTinyF32, 8), whole(8, 16)},
        ChunkedRow{"int8_split", with(kWindow, 0, kInt8), split(3, 4)},
        ChunkedRow{"int8_mixed", with(kMixed, 0, kInt8), whole(16, 32)},
        ChunkedRow{"int8_pairs", with(kGlobal, 64, kInt8), split(16, 3)},
        ChunkedRow{"int8_tiny", with(kTiny, 8, kInt8), whole(8, 16)},
        ChunkedRow{"int8_without_mma", with(kTiny, 8, kInt8),
                   whole(8, 16, nullptr)},
        ChunkedRow{"fp8_mixed", with(kMixed, 0, kFp8), whole(16, 32)},
        ChunkedRow{"fp8_tiny", with(kTiny, 8, kFp8), whole(8, 16)}),
    [](const auto &info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Forms, ChunkedAttentionTest,
    testing::Values(
        ChunkedRow{"window_split", kWindow, split(3, 4)},
        ChunkedRow{"global_split", kGlobal, split(16, 3)},
        ChunkedRow{"window_whole", kWindow, whole(1, 16)},
        ChunkedRow{"mixed", kMixed, whole(16, 32)},
        ChunkedRow{"global_prefill",
                   {{{140, 20}}, 8, 1, 512, 64, 0, true},
                   whole(16, 64)},
        // The ring's pages of 300 positions are used a third time.
        ChunkedRow{"ring",
                   {{{300, 1}, {130, 1}}, 4, 2, 64, 32, 60, true, 4},
                   split(2, 2)},
        ChunkedRow{"image",
                   {{{120, 30, true}, {50, 4}}, 2, 1, 64, 32, 40, true},
                   whole(8, 16)},
        ChunkedRow{"f32_split",
                   {{{150, 1}, {20, 1}}, 4, 2, 64, 32, 100, false},
                   split(2, 2)},
        ChunkedRow{"f32_prefill",
                   {{{80, 20}, {9, 9}}, 4, 2, 64, 32, 20, false},
                   whole(8, 16)},
        ChunkedRow{"bf16_without_mma",
                   {{{80, 5}}, 4, 1, 32, 32, 0, true},
                   whole(2, 8, nullptr)}),
    [](const auto &info) { return info.param.name; });

// AMD's instructions and 64 KB: windows, a ring, both sizes of heads, chunks of
// prompts.
TEST(ChunkedAttention, RunsOnAmdsMatrixInstructions) {
  const std::pair<AttentionStep, int64_t> steps[] = {
      {kWindow, 1},
      {kGlobal, 1},
      {kMixed, 16},
      {{{{300, 1}, {130, 1}}, 4, 2, 64, 32, 60, true, 4}, 1},
      {{{{140, 20}}, 8, 1, 512, 64, 0, true}, 16}};
  for (const MatrixIntrinsic &intrinsic : matrixIntrinsics().subspan(1))
    for (const auto &[step, queryTile] : steps) {
      GpuAttentionChoice choice = queryTile == 1
                                      ? split(3, 4, &intrinsic)
                                      : whole(queryTile, 32, &intrinsic);
      choice.scratchBytes = int64_t{64} << 10;
      choice.copiesAsync = false;
      KernelCase kernel = makeChunkedCase(step, choice, 5);
      CaseResult meaning = runInterpreted(kernel, Precision::F64);
      CaseResult emulated = runEmulated(kernel, intrinsic, 3);
      EXPECT_LE(largestError({meaning[kOutput]}, {emulated[kOutput]}), 4e-3)
          << intrinsic.name;
      EXPECT_LE(largestError({plainOf(step, kernel)}, {emulated[kOutput]}),
                1e-2)
          << intrinsic.name;
    }
}

// Without matrix instructions.
TEST(ChunkedAttention, RunsInWarpsOfSixtyFour) {
  for (bool bf16 : {false, true}) {
    AttentionStep step{{{100, 1}, {70, 1}}, 4, 2, 64, 32, 0, bf16};
    KernelCase kernel = makeChunkedCase(step, split(2, 2, nullptr), 6);
    CaseResult meaning = runInterpreted(kernel, Precision::F64);
    CaseResult emulated = runEmulated(kernel, GpuVendor::Amd, 64, 3);
    EXPECT_LE(largestError({meaning[kOutput]}, {emulated[kOutput]}), 5e-6);
  }
}

// In the sizes that AMD's 64 KB of LDS leave: decode and a chunk of a prompt,
// of heads with a window and of global heads of 512 columns.
TEST(ChunkedAttention, FitsSixtyFourKilobytes) {
  constexpr int64_t kLds = int64_t{64} << 10;
  const std::pair<AttentionStep, int64_t> steps[] = {
      {kGlobal, 1}, {{{{70, 6}}, 8, 1, 512, 64, 0, true}, 16}};
  for (const auto &[step, queryTile] : steps) {
    GpuAttentionChoice choice =
        queryTile == 1 ? split(3, 4, nullptr) : whole(queryTile, 32, nullptr);
    choice.scratchBytes = kLds;
    choice.copiesAsync = false;
    KernelCase kernel = makeChunkedCase(step, choice, 6);
    CaseResult meaning = runInterpreted(kernel, Precision::F64);
    EXPECT_LE(largestError({plainOf(step, kernel)}, {meaning[kOutput]}), 1e-6);
    for (int lanes : {64, 32}) {
      CaseResult emulated = runEmulated(kernel, GpuVendor::Amd, lanes, 3);
      EXPECT_LE(largestError({meaning[kOutput]}, {emulated[kOutput]}), 5e-6)
          << lanes << " lanes";
    }
  }
}

/// What the kernel stores, on an emulated GPU.
std::vector<double> bitsOf(const AttentionStep &step,
                           const GpuAttentionChoice &choice, uint32_t seed) {
  return runEmulated(makeChunkedCase(step, choice, 7), GpuVendor::Nvidia, 32,
                     seed)[kOutput];
}

// Many items a row or one, alone in its tile or among others, in any order.
TEST(ChunkedAttention, ARowHasTheSameBitsInEveryForm) {
  for (bool bf16 : {true, false})
    for (int64_t window : {0, 60}) {
      AttentionStep step{
          {{290, 9}, {65, 1}, {40, 10}}, 4, 2, 64, 32, window, bf16};
      std::vector<double> whole16 = bitsOf(step, whole(8, 64), 1);
      EXPECT_EQ(whole16, bitsOf(step, whole(1, 16), 2));
      EXPECT_EQ(whole16, bitsOf(step, whole(4, 8), 3));
      EXPECT_EQ(whole16, bitsOf(step, split(2, 20), 4));
      EXPECT_EQ(whole16, bitsOf(step, split(5, 20), 5));
    }
}

TEST(ChunkedAttention, ARowOfACompactCacheHasTheSameBitsInEveryForm) {
  for (auto bits8 : {AttentionStep::Bits8::None, kInt8}) {
    AttentionStep step =
        with({{{290, 9}, {65, 1}, {40, 10}}, 4, 2, 64, 64, 0, true}, 8, bits8);
    std::vector<double> whole16 = bitsOf(step, whole(8, 64), 1);
    EXPECT_EQ(whole16, bitsOf(step, whole(1, 16), 2));
    EXPECT_EQ(whole16, bitsOf(step, split(5, 20), 5));
  }
}

TEST(ChunkedAttention, BatchNeighboursDoNotMatter) {
  AttentionStep together{{{200, 4}, {77, 1}}, 4, 2, 64, 32, 0, true};
  AttentionStep alone = together;
  alone.sequences[1] = {1, 1};
  alone.tableWidth = 7;
  together.tableWidth = 7;
  std::vector<double> first = bitsOf(together, whole(8, 16), 1);
  std::vector<double> second = bitsOf(alone, whole(8, 16), 1);
  size_t ofFirst = 4 * 4 * 64;
  first.resize(ofFirst);
  second.resize(ofFirst);
  EXPECT_EQ(first, second);
}

TEST(ChunkedAttention, EveryNumberOfKeysIsRight) {
  // Of 96 keys a window of 33 begins with the last one of a chunk.
  for (int64_t length :
       {1, 2, 31, 32, 33, 63, 64, 65, 96, 127, 128, 129, 191, 193})
    for (int64_t window : {0, 33}) {
      AttentionStep step{{{length, 1}}, 2, 1, 32, 32, window, true};
      KernelCase kernel = makeChunkedCase(step, split(2, 1), uint32_t(length));
      EXPECT_LE(largestError(
                    {plainOf(step, kernel)},
                    {runEmulated(kernel, GpuVendor::Nvidia, 32, 9)[kOutput]}),
                1.5e-2)
          << length << " keys, window " << window;
    }
}

// A chunk that there is not must not count as one whose largest score is zero:
// of numbers this small nothing would be left.
TEST(ChunkedAttention, ScoresFarBelowZeroAreRight) {
  AttentionStep step{{{129, 1}}, 2, 1, 32, 32, 0, true};
  KernelCase kernel = makeChunkedCase(step, split(2, 1), 3);
  std::fill(kernel.params[0].content.begin(), kernel.params[0].content.end(),
            16.0);
  for (double &key : kernel.params[1].content)
    key = -std::abs(key);
  CaseResult emulated = runEmulated(kernel, GpuVendor::Nvidia, 32, 1);
  EXPECT_LE(largestError({plainOf(step, kernel)}, {emulated[kOutput]}), 1.5e-2);
}

// The smallest machine has 99 KiB a block.
TEST(ChunkedAttention, FitsIntoTheScratchOfEveryTarget) {
  auto context = makeKernelContext();
  Builder b(context.get());
  for (Type dtype :
       {Type(b.getBF16Type()), Type(b.getF32Type()), Type(b.getI8Type())})
    for (int64_t scratch : {99, 163, 227})
      for (int64_t queryTile : {1, 32})
        for (bool global : {false, true}) {
          AttentionSpec spec{16,
                             1.0,
                             {global ? 2 : 8, global ? 512 : 256, 64,
                              global ? 0 : 1024, dtype, true, global ? 64 : 0}};
          AttentionConfig config =
              gpuAttention(spec, {.queryTile = queryTile,
                                  .maxScoreRows = queryTile == 1 ? 16 : 64,
                                  .scratchBytes = scratch << 10});
          if (dtype.isBF16() || scratch > 99 || queryTile == 1)
            EXPECT_LE(scratchOf(spec, config), scratch << 10)
                << scratch << " KiB, " << queryTile << " tokens";
        }
}

} // namespace
} // namespace g4
