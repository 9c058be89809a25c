// The attention kernel: interpreter against plain loops and the graph op,
// compiled code and the emulated GPU against the interpreter.

#include "gtest/gtest.h"

#include "test/codegen/GraphMeaning.h"

namespace g4 {
namespace {

using namespace mlir;

constexpr int kOutput = 10;

struct AttentionCaseRow {
  const char *name;
  AttentionStep step;
  AttentionConfig config;
};

AttentionConfig cpu(int64_t queryTile, int64_t headTile, int64_t valueTile) {
  return {.queryTile = queryTile, .headTile = headTile, .valueTile = valueTile};
}

const AttentionCaseRow kCpuCases[] = {
    {"decode", {{{40, 1}, {7, 1}, {1, 1}}, 4, 2, 32, 16, 0}, cpu(1, 2, 32)},
    {"window", {{{90, 1}, {33, 1}, {5, 1}}, 4, 2, 32, 16, 20}, cpu(1, 2, 32)},
    {"prefill", {{{45, 30}, {9, 9}, {3, 1}}, 4, 2, 32, 16, 0}, cpu(4, 2, 16)},
    {"prefill_window", {{{70, 37}, {9, 9}}, 8, 1, 24, 16, 17}, cpu(4, 4, 24)},
    {"bf16", {{{40, 3}, {66, 1}}, 4, 1, 64, 32, 0, true}, cpu(2, 4, 64)},
};

TEST(AttentionTest, AgreesWithPlainLoopsTheGraphOpAndCompiledCode) {
  for (const AttentionCaseRow &row : kCpuCases) {
    KernelCase kernel = makeAttentionCase(row.step, row.config, 5);
    CaseResult meaning = runInterpreted(kernel, Precision::F64);
    EXPECT_LE(
        largestError({plainAttention(row.step, kernel)}, {meaning[kOutput]}),
        1e-6)
        << row.name;
    EXPECT_LE(
        largestError({graphAttention(row.step, kernel)}, {meaning[kOutput]}),
        1e-6)
        << row.name;
    for (const CpuTarget &target : allCpuTargets())
      if (&target >= nativeCpuTarget()) {
        EXPECT_LE(largestError(meaning, runOnCpu(kernel, target)), 2e-6)
            << row.name << " " << target.name;
      }
  }
}

// models/tiny's full layers have 8 of 32 pairs, which is a multiple of 8; 12 of
// 16 and 3 of 12 are not.
const AttentionCaseRow kCompactCases[] = {
    {"pairs", with({{{40, 3}, {66, 1}}, 8, 1, 64, 32, 0}, 8), cpu(2, 4, 64)},
    {"pairs_bf16", with({{{40, 1}, {7, 1}}, 4, 2, 32, 16, 0, true}, 12),
     cpu(1, 2, 32)},
    {"pairs_window", with({{{70, 37}, {9, 9}}, 8, 1, 24, 16, 17}, 3),
     cpu(4, 4, 24)},
    {"int8", with({{{40, 1}, {7, 1}}, 4, 2, 32, 16, 0}, 0, kInt8),
     cpu(1, 2, 32)},
    {"int8_window", with({{{70, 37}, {9, 9}}, 8, 1, 24, 16, 17}, 0, kInt8),
     cpu(4, 4, 24)},
    {"int8_pairs", with({{{40, 3}, {66, 1}}, 8, 1, 64, 32, 0}, 8, kInt8),
     cpu(2, 4, 64)},
    {"fp8", with({{{45, 30}, {9, 9}, {3, 1}}, 4, 2, 32, 16, 0}, 0, kFp8),
     cpu(4, 2, 16)},
    {"fp8_pairs", with({{{40, 3}, {66, 1}}, 8, 1, 64, 32, 0}, 8, kFp8),
     cpu(2, 4, 64)},
};

TEST(AttentionTest, CompactCachesAgreeWithPlainLoopsAndCompiledCode) {
  for (const AttentionCaseRow &row : kCompactCases) {
    KernelCase kernel = makeAttentionCase(row.step, row.config, 5);
    CaseResult meaning = runInterpreted(kernel, Precision::F64);
    EXPECT_LE(
        largestError({plainAttention(row.step, kernel)}, {meaning[kOutput]}),
        1e-6)
        << row.name;
    for (const CpuTarget &target : allCpuTargets())
      if (&target >= nativeCpuTarget()) {
        EXPECT_LE(largestError(meaning, runOnCpu(kernel, target)), 2e-6)
            << row.name << " " << target.name;
      }
  }
}

TEST(AttentionTest, RowsOfCompactCachesDoNotDependOnTheirTile) {
  const CpuTarget &target = *nativeCpuTarget();
  for (auto bits8 : {AttentionStep::Bits8::None, kInt8}) {
    AttentionStep step =
        with({{{77, 40}, {33, 33}}, 4, 2, 32, 16, 0}, 4, bits8);
    auto run = [&](const AttentionConfig &config) {
      return runOnCpu(makeAttentionCase(step, config, 6), target)[kOutput];
    };
    std::vector<double> alone = run(cpu(1, 1, 32));
    for (const AttentionConfig &config : {cpu(4, 2, 32), cpu(3, 1, 16)})
      EXPECT_EQ(alone, run(config));
  }
}

// A row's bits must not depend on how the rows were cut into tiles.
TEST(AttentionTest, RowsDoNotDependOnTheirTile) {
  AttentionStep step{{{77, 40}, {33, 33}}, 4, 2, 32, 16, 21};
  const CpuTarget &target = *nativeCpuTarget();
  auto run = [&](const AttentionConfig &config) {
    return runOnCpu(makeAttentionCase(step, config, 6), target)[kOutput];
  };
  std::vector<double> alone = run(cpu(1, 1, 32));
  for (const AttentionConfig &config : {cpu(4, 2, 32), cpu(3, 1, 16)})
    EXPECT_EQ(alone, run(config));
}

struct GpuAttentionRow {
  const char *name;
  AttentionStep step;
  int64_t queryTile, headTile;
  int64_t rowThreads;
};

class GpuAttention
    : public testing::TestWithParam<std::tuple<GpuAttentionRow, int>> {};

TEST_P(GpuAttention, EqualsTheInterpreter) {
  auto [row, warpSize] = GetParam();
  AttentionConfig config{
      .queryTile = row.queryTile, .headTile = row.headTile, .valueTile = 64};
  auto setTile = [&row = row](MLIRContext *context, AttentionConfig &c) {
    c.tile = {.layout = tile::BlockedAttr::get(context, row.rowThreads, 32, 1),
              .threads = 32 * row.rowThreads,
              .colBlock = 64};
  };
  KernelCase kernel = makeAttentionCase(row.step, config, 7, setTile);
  CaseResult meaning = runInterpreted(kernel, Precision::F64);
  CaseResult emulated =
      runEmulated(kernel, warpSize == 32 ? GpuVendor::Nvidia : GpuVendor::Amd,
                  warpSize, 11);
  EXPECT_LE(largestError(meaning, emulated), 5e-6) << row.name;
}

// 26B-A4B's two kinds of layers, fewer heads.
INSTANTIATE_TEST_SUITE_P(
    Layers, GpuAttention,
    testing::Combine(
        testing::Values(
            GpuAttentionRow{"window256",
                            {{{150, 1}, {40, 1}}, 4, 2, 256, 32, 100, true},
                            1,
                            2,
                            2},
            GpuAttentionRow{"global512",
                            {{{70, 1}, {3, 1}}, 8, 1, 512, 32, 0, true},
                            1,
                            8,
                            8},
            GpuAttentionRow{
                "prefill", {{{45, 13}}, 4, 2, 64, 32, 20, false}, 4, 2, 2},
            // A row of the tile belongs to other threads than the same row of
            // its token.
            GpuAttentionRow{
                "rows", {{{12, 3}}, 2, 1, 64, 32, 0, false}, 4, 2, 4}),
        testing::Values(32, 64)));

} // namespace
} // namespace g4
