// Embedding, rope, routing and row-wise kernels, each in all its readings.

#include "gtest/gtest.h"
#include "mlir/Parser/Parser.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "test/codegen/Everywhere.h"

namespace g4 {
namespace {

using namespace mlir;

quant::WeightType weightType(MLIRContext *context, ArrayRef<int64_t> shape,
                             bool bf16, int64_t panel, int64_t mma = 0) {
  Builder b(context);
  auto format = quant::FormatAttr::get(
      context, bf16 ? Type(b.getBF16Type()) : Type(b.getF32Type()), 0, Type());
  int64_t interleave = bf16 && panel && !mma ? 2 : 1;
  auto layout = quant::LayoutAttr::get(context, panel, interleave, mma);
  return quant::WeightType::get(context, shape, format, layout);
}

/// The router as a GPU's, with column blocks of 32, on x, scale, proj (row by
/// row) and the experts' scales; after them weights, experts, logits,
/// counters.
KernelCase splitRouter(int64_t cols, int64_t numExperts, int64_t topK,
                       RouterConfig config, std::vector<CaseParam> params,
                       double skipBelow = 0) {
  int64_t numRows = params[0].content.size() / cols;
  auto build = [=](OpBuilder &b) {
    auto proj = weightType(b.getContext(), {numExperts, cols}, false, 0);
    RouterConfig onThreads = config;
    onThreads.tile = {.layout =
                          tile::BlockedAttr::get(b.getContext(), 8, 32, 1),
                      .threads = 256,
                      .colBlock = 32};
    return buildRouter(b, b.getUnknownLoc(), "router",
                       {proj, topK, 0.25, 1e-6, skipBelow}, onThreads);
  };
  params.push_back(CaseNumbers::zeros(numRows * topK));
  params.push_back(CaseNumbers::zeros(numRows * topK, Element::I32));
  params.push_back(CaseNumbers::zeros(numRows * numExperts));
  params.push_back(CaseNumbers::zeros(numRows, Element::I32));
  params.push_back(CaseNumbers::number(numRows));
  return {.name = "split_router",
          .build = build,
          .params = std::move(params),
          .grid = {(numRows + config.rowTile - 1) / config.rowTile,
                   (numExperts + config.expertTile - 1) / config.expertTile}};
}

class RowKernels : public testing::Test {
protected:
  void checkRouter(double skipBelow);
  /// Rows of an embedding [kVocab, numCols] of the type that `type` makes in a
  /// context: as the numbers themselves have them, in every lowering.
  template <typename TypeIn>
  void expectEmbed(TypeIn type, int64_t numCols) {
    RowKernel kernel{"embed",
                     [=](OpBuilder &b, const TileConfig &tile) {
                       return buildEmbed(b, b.getUnknownLoc(), "embed",
                                         type(b.getContext()), 2.5, tile);
                     },
                     {},
                     {4, 1}};
    kernel.params = {CaseNumbers::words({3, 36, 0, 17}),
                     numbers_.weight(type(context_.get()), 1),
                     CaseNumbers::zeros(4 * numCols)};
    std::vector<double> plain;
    for (double id : kernel.params[0].content)
      for (int64_t c = 0; c < numCols; ++c)
        plain.push_back(2.5 * numbers_.lastWeight()[id * numCols + c]);
    expectEverywhere(kernel, 2, plain, 1e-6);
  }

  static constexpr int64_t kVocab = 37;
  std::unique_ptr<MLIRContext> context_ = makeKernelContext();
  CaseNumbers numbers_{9};
};

TEST_F(RowKernels, EmbedReadsRowsOfEveryPacking) {
  for (bool bf16 : {false, true})
    for (auto [panel, mma] : {std::pair(0, 0), {16, 0}, {16, 16}}) {
      if (mma && !bf16)
        continue;
      constexpr int64_t kCols = 70;
      auto type = [bf16, panel = panel, mma = mma](MLIRContext *context) {
        return weightType(context, {kVocab, kCols}, bf16, panel, mma);
      };
      expectEmbed(type, kCols);
    }
}

TEST_F(RowKernels, EmbedReadsRowsOfEveryFormatWithScales) {
  for (const artifact::WeightFormat &format : artifact::weightFormats())
    for (const artifact::Packing &packing : format.packings) {
      if (format.isPlain())
        continue;
      SCOPED_TRACE(packing.name);
      constexpr int64_t kCols = 192;
      auto type = [&](MLIRContext *context) {
        return quant::WeightType::get(context, {kVocab, kCols},
                                      quant::FormatAttr::of(context, format),
                                      quant::LayoutAttr::of(context, packing));
      };
      expectEmbed(type, kCols);
    }
}

TEST_F(RowKernels, RopeTableIsRightAtTheLastPositions) {
  constexpr int64_t kHalf = 24;
  RowKernel kernel{"rope_table",
                   [](OpBuilder &b, const TileConfig &tile) {
                     return buildRopeTable(b, b.getUnknownLoc(), "rope", kHalf,
                                           tile);
                   },
                   {},
                   {4, 1}};
  kernel.params = {CaseNumbers::words({0, 1, 777, 262143}),
                   numbers_.uniform(kHalf, 0, 1), CaseNumbers::zeros(4 * kHalf),
                   CaseNumbers::zeros(4 * kHalf)};
  std::vector<double> cosines;
  for (double position : kernel.params[0].content)
    for (double frequency : kernel.params[1].content)
      // The angle is an f32 in the reference, too.
      cosines.push_back(std::cos(double(float(position * frequency))));
  // The interpreter's angle is exact: 2^18 radians have an f32 ulp of 2^-5.
  KernelCase exact{.name = "rope_table",
                   .build = [&](OpBuilder &b) { return kernel.build(b, {}); },
                   .params = kernel.params,
                   .grid = kernel.grid};
  CaseResult rounded = runInterpreted(exact, Precision::F32);
  EXPECT_LE(largestError({cosines}, {rounded[2]}), 1e-6);
  EXPECT_LE(largestError(rounded, runOnCpu(exact, *nativeCpuTarget())), 1e-6);
}

/// Drops the shares below `least`, and divides the others by their sum.
void skipSmall(std::vector<std::pair<double, int>> &places, double least) {
  double kept = 0;
  for (auto &[share, expert] : places) {
    if (share < least) {
      share = 0;
      expert = places[0].second;
    }
    kept += share;
  }
  for (auto &[share, expert] : places)
    share /= kept;
}

TEST_F(RowKernels, RouterTakesTheLargestAndRenormalises) { checkRouter(0); }

TEST_F(RowKernels, RouterDropsPlacesOfSmallWeight) { checkRouter(0.3); }

void RowKernels::checkRouter(double skipBelow) {
  constexpr int64_t kRows = 5, kCols = 40, kExperts = 21, kTop = 3;
  auto type = [](MLIRContext *context) {
    return weightType(context, {kExperts, kCols}, false, kPanelRows);
  };
  // On a GPU the logits' tile has to divide over the threads.
  RowKernel kernel{
      "router",
      [=](OpBuilder &b, const TileConfig &tile) {
        TileConfig narrow = tile;
        if (tile.layout)
          narrow = {.layout = tile::BlockedAttr::get(b.getContext(), 1, 32, 1),
                    .threads = 32,
                    .colBlock = 32};
        return buildRouter(b, b.getUnknownLoc(), "router",
                           {type(b.getContext()), kTop, 0.25, 1e-6, skipBelow},
                           {.tile = narrow});
      },
      {},
      {kRows, 1}};
  kernel.params = {numbers_.uniform(kRows * kCols, -1, 1),
                   numbers_.uniform(kCols, 0.5, 2),
                   numbers_.weight(type(context_.get()), 2),
                   numbers_.uniform(kExperts, 0.5, 2),
                   CaseNumbers::zeros(kRows * kTop),
                   CaseNumbers::zeros(kRows * kTop, Element::I32)};
  std::vector<double> weights, experts;
  int numDropped = 0;
  for (int64_t t = 0; t < kRows; ++t) {
    const double *x = &kernel.params[0].content[t * kCols];
    double sum = std::inner_product(x, x + kCols, x, 0.0);
    std::vector<std::pair<double, int>> logits;
    for (int64_t e = 0; e < kExperts; ++e) {
      double logit = 0;
      for (int64_t k = 0; k < kCols; ++k)
        logit += x[k] / std::sqrt(sum / kCols + 1e-6) *
                 kernel.params[1].content[k] * 0.25 *
                 numbers_.lastWeight()[e * kCols + k];
      logits.push_back({-logit, int(e)});
    }
    std::sort(logits.begin(), logits.end());
    double total = 0;
    for (int j = 0; j < kTop; ++j)
      total += std::exp(-logits[j].first);
    std::vector<std::pair<double, int>> places;
    for (int j = 0; j < kTop; ++j)
      places.push_back({std::exp(-logits[j].first) / total, logits[j].second});
    skipSmall(places, skipBelow);
    for (auto [share, expert] : places) {
      numDropped += share == 0;
      experts.push_back(expert);
      weights.push_back(share * kernel.params[3].content[expert]);
    }
  }
  EXPECT_EQ(numDropped > 0, skipBelow > 0);
  expectEverywhere(kernel, 4, weights, 2e-6);
  expectEverywhere(kernel, 5, experts, 2e-6);
  // Some experts an item: the matrix row by row, logits, counters.
  kernel.params[2].content = numbers_.lastWeight();
  for (RouterConfig config : {RouterConfig{.expertTile = 8},
                              RouterConfig{.expertTile = 16, .rowTile = 4},
                              RouterConfig{.expertTile = 8, .rowTile = 8}}) {
    KernelCase split = splitRouter(
        kCols, kExperts, kTop, config,
        {kernel.params.begin(), kernel.params.begin() + 4}, skipBelow);
    for (auto [vendor, warp] :
         {std::pair(GpuVendor::Nvidia, 32), std::pair(GpuVendor::Amd, 64)}) {
      CaseResult emulated = runEmulated(split, vendor, warp, warp);
      EXPECT_LE(largestError({weights, experts}, {emulated[4], emulated[5]}),
                2e-6);
      EXPECT_EQ(emulated[7], std::vector<double>(kRows)) << "counters";
    }
  }
}

// With 5 blocks of columns and a part of one; rows that fill no item.
TEST_F(RowKernels, ARowOfTheRouterHasTheSameBitsInEveryForm) {
  constexpr int64_t kRows = 11, kCols = 168, kExperts = 21, kTop = 5;
  std::vector<CaseParam> inputs = {numbers_.uniform(kRows * kCols, -1, 1),
                                   numbers_.uniform(kCols, 0.5, 2),
                                   numbers_.uniform(kExperts * kCols, -1, 1),
                                   numbers_.uniform(kExperts, 0.5, 2)};
  auto run = [&](RouterConfig config) {
    KernelCase split = splitRouter(kCols, kExperts, kTop, config, inputs);
    CaseResult result = runEmulated(split, GpuVendor::Nvidia, 32, 3);
    return CaseResult{result[4], result[5], result[6]};
  };
  CaseResult alone = run({.expertTile = 8, .blocksAtOnce = 5});
  EXPECT_EQ(run({.expertTile = 16, .rowTile = 4, .blocksAtOnce = 1}), alone);
  EXPECT_EQ(run({.expertTile = 16, .rowTile = 8, .blocksAtOnce = 5}), alone);
  EXPECT_EQ(run({.expertTile = 8, .rowTile = 2, .blocksAtOnce = 1}), alone);
}

// Of a row of no numbers, too, the experts must exist: they become addresses.
TEST_F(RowKernels, SplitRouterGivesExpertsOfAnyRow) {
  constexpr int64_t kCols = 64, kExperts = 16, kTop = 4;
  for (int64_t rowTile : {1, 4}) {
    KernelCase kernel = splitRouter(
        kCols, kExperts, kTop, {.expertTile = 8, .rowTile = rowTile},
        {numbers_.uniform(2 * kCols, -1, 1), numbers_.uniform(kCols, 0.5, 2),
         numbers_.uniform(kExperts * kCols, -1, 1),
         numbers_.uniform(kExperts, 0.5, 2)});
    kernel.params[0].content[5] = std::nan("");
    CaseResult emulated = runEmulated(kernel, GpuVendor::Nvidia, 32, 1);
    for (double expert : emulated[5])
      EXPECT_TRUE(expert >= 0 && expert < kExperts) << expert;
    // Equal logits below zero: the lowest experts, and none that does not
    // exist.
    kernel.params[0].content.assign(2 * kCols, 1.0);
    kernel.params[2].content.assign(kExperts * kCols, -0.5);
    emulated = runEmulated(kernel, GpuVendor::Nvidia, 32, 1);
    EXPECT_EQ(emulated[5], (std::vector<double>{0, 1, 2, 3, 0, 1, 2, 3}));
  }
}

TEST_F(RowKernels, LargestTakesTheLargestOfEachBlockInOrder) {
  constexpr int64_t kRows = 2, kCols = 300, kBlock = 256, kCount = 4;
  RowKernel kernel{"largest",
                   [](OpBuilder &b, const TileConfig &tile) {
                     return buildLargest(b, b.getUnknownLoc(), "largest",
                                         {kCols, kBlock, kCount}, tile);
                   },
                   {},
                   {kRows, 2}};
  kernel.params = {numbers_.uniform(kRows * kCols, -1, 1),
                   CaseNumbers::zeros(kRows * 2 * kCount),
                   CaseNumbers::zeros(kRows * 2 * kCount, Element::I32)};
  std::vector<double> &x = kernel.params[0].content;
  x[7] = x[130] = x[255] = 3; // equals: the lowest first
  x[kCols + 299] = 5;
  // No number of the last block is as large as the zeros after it.
  for (int64_t c = kBlock; c < kCols; ++c)
    x[c] = float(-1 - std::abs(x[c]));
  std::vector<double> values, ids;
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t begin : {int64_t{0}, kBlock}) {
      std::vector<std::pair<double, int64_t>> order;
      for (int64_t c = begin; c < std::min(begin + kBlock, kCols); ++c)
        order.push_back({-x[row * kCols + c], c});
      std::sort(order.begin(), order.end());
      for (int64_t i = 0; i < kCount; ++i) {
        values.push_back(-order[i].first);
        ids.push_back(order[i].second);
      }
    }
  expectEverywhere(kernel, 1, values, 0);
  expectEverywhere(kernel, 2, ids, 0);
}

TEST_F(RowKernels, LargestOfNamedNumbersKeepsTheirNames) {
  constexpr int64_t kCols = 256, kCount = 3;
  RowKernel kernel{"largest",
                   [](OpBuilder &b, const TileConfig &tile) {
                     return buildLargest(b, b.getUnknownLoc(), "largest",
                                         {kCols, kCols, kCount, true}, tile);
                   },
                   {},
                   {1, 1}};
  std::vector<double> names(kCols);
  for (int64_t i = 0; i < kCols; ++i)
    names[i] = double(5000 - 7 * i);
  kernel.params = {numbers_.uniform(kCols, -1, 1), CaseNumbers::words(names),
                   CaseNumbers::zeros(kCount),
                   CaseNumbers::zeros(kCount, Element::I32)};
  std::vector<double> &x = kernel.params[0].content;
  x[200] = 4;
  x[10] = x[20] = 2; // the name of the second is the lower one
  expectEverywhere(kernel, 2, {4, 2, 2}, 0);
  expectEverywhere(kernel, 3, {names[200], names[20], names[10]}, 0);
}

TEST_F(RowKernels, LargestShowsANumberThatIsNotFinite) {
  constexpr int64_t kCols = 256;
  KernelCase kernel{.name = "largest",
                    .build =
                        [](OpBuilder &b) {
                          return buildLargest(b, b.getUnknownLoc(), "largest",
                                              {kCols, kCols, 1}, {});
                        },
                    .params = {numbers_.uniform(kCols, -1, 1),
                               CaseNumbers::zeros(1),
                               CaseNumbers::zeros(1, Element::I32)},
                    .grid = {1, 1}};
  kernel.params[0].content[77] = std::nan("");
  for (const CaseResult &result : {runInterpreted(kernel, Precision::F64),
                                   runOnCpu(kernel, *nativeCpuTarget())}) {
    EXPECT_TRUE(std::isinf(result[1][0]));
    EXPECT_EQ(result[2][0], 77);
  }
}

struct Routing {
  int64_t numExperts, topK, rowTile;
  std::vector<double> experts;
};

/// Expects all outputs of a grouping to be those of a sort by expert, then by
/// number.
void expectGrouped(const Routing &routing) {
  int64_t numAssignments = routing.experts.size();
  int64_t room = numAssignments / routing.rowTile + routing.numExperts;
  std::vector<double> order(numAssignments), tokens, tiles[3];
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](double a, double b) {
    return std::pair(routing.experts[a], a) < std::pair(routing.experts[b], b);
  });
  for (double a : order)
    tokens.push_back(std::floor(a / routing.topK));
  for (int64_t begin = 0, end; begin < numAssignments; begin = end) {
    double expert = routing.experts[order[begin]];
    for (end = begin; end < numAssignments && end < begin + routing.rowTile &&
                      routing.experts[order[end]] == expert;)
      ++end;
    tiles[0].push_back(expert);
    tiles[1].push_back(double(begin));
    tiles[2].push_back(double(end));
  }
  double numTiles = double(tiles[0].size());
  for (auto &list : tiles)
    list.resize(room);
  auto words = [](int64_t count) {
    return CaseNumbers::zeros(count, Element::I32);
  };
  RowKernel kernel{"group",
                   [&](OpBuilder &b, const TileConfig &tile) {
                     return buildGroupByExpert(b, b.getUnknownLoc(), "group",
                                               routing.numExperts, routing.topK,
                                               routing.rowTile, tile);
                   },
                   {CaseNumbers::words(routing.experts),
                    CaseNumbers::number(numAssignments / routing.topK),
                    words(room), words(room), words(room), words(1),
                    words(numAssignments), words(numAssignments)},
                   {1, 1}};
  expectEverywhere(kernel,
                   {{2, tiles[0]},
                    {3, tiles[1]},
                    {4, tiles[2]},
                    {5, {numTiles}},
                    {6, order},
                    {7, tokens}},
                   0);
}

// Six tokens: expert 2 gets seven assignments, expert 1 none.
TEST_F(RowKernels, GroupByExpertSortsAndCuts) {
  expectGrouped({4, 2, 3, {2, 0, 2, 3, 2, 0, 2, 3, 2, 0, 2, 2}});
}

/// Few assignments go to most experts, and many to some.
std::vector<double> skewedExperts(int64_t numExperts, int64_t count) {
  std::vector<double> experts;
  for (int64_t i = 0; i < count; ++i)
    experts.push_back(double(i % 3 ? i * i % numExperts : i % 2));
  return experts;
}

// More experts than threads and fewer; no row; fewer assignments than parts,
// and parts of many; rows of scratch for 64 parts and for fewer.
TEST_F(RowKernels, GroupByExpertHoldsForAnyNumberOfExpertsAndRows) {
  expectGrouped({2, 2, 8, skewedExperts(2, 500)});
  expectGrouped({128, 8, 16, skewedExperts(128, 97 * 8)});
  expectGrouped({129, 1, 8, skewedExperts(129, 65)});
  expectGrouped({512, 4, 16, skewedExperts(512, 300 * 4)});
  expectGrouped({512, 3, 16, skewedExperts(512, 3)});
  expectGrouped({128, 8, 16, {}});
}

// One sum over several warps a round, and nothing else that has a barrier: the
// next round must not overwrite what a slow thread still reads.
TEST_F(RowKernels, SumsOfARoundSurviveUntilAllHaveReadThem) {
  constexpr int64_t kRows = 6, kCols = 256;
  RowKernel kernel{
      "sums",
      [](OpBuilder &b, const TileConfig &tile) {
        constexpr int64_t kAny = ShapedType::kDynamic;
        KernelBuilder k(b, b.getUnknownLoc(), "sums",
                        {MemRefType::get({kAny, kCols}, b.getF32Type()),
                         MemRefType::get({kAny, 1}, b.getF32Type())},
                        tile);
        Value zero = k.index(0);
        Value total = k.forLoop(
            zero, k.index(kRows), 1, k.constant(1, 1, 0.0),
            [&](Value row, ValueRange args) -> KernelBuilder::Values {
              Value x = k.load(k.param(0), {.at = {row, zero}}, 1, kCols);
              return {k.addf(args[0], k.reduce(tile::ReduceKind::Add, x))};
            })[0];
        k.store(total, k.param(1), {.at = {zero, zero}});
        return k.finish();
      },
      {},
      {1, 1}};
  kernel.params = {numbers_.uniform(kRows * kCols, 0, 1),
                   CaseNumbers::zeros(1)};
  const std::vector<double> &x = kernel.params[0].content;
  expectEverywhere(kernel, 1, {std::accumulate(x.begin(), x.end(), 0.0)}, 2e-6);
}

// Rows of fragments, as they lie and transposed, in one warp and in two.
TEST_F(RowKernels, SumsOfRowsOfFragments) {
  constexpr int64_t kRows = 32, kCols = 64;
  for (auto [transposed, colWarps] :
       {std::pair(false, 1), {false, 2}, {true, 1}, {true, 2}}) {
    auto build = [=, isTransposed = transposed,
                  warps = colWarps](OpBuilder &b) {
      auto layout = tile::MmaAttr::get(b.getContext(), 2, warps, isTransposed);
      auto rows = [&](int64_t cols) {
        return MemRefType::get({kRows, cols}, b.getF32Type());
      };
      KernelBuilder k(b, b.getUnknownLoc(), "sums", {rows(kCols), rows(1)},
                      {.layout = layout, .threads = 64 * warps});
      KernelBuilder::Place all{.at = {k.index(0), k.index(0)}};
      Value x = k.load(k.param(0), all, kRows, kCols);
      k.store(k.reduce(tile::ReduceKind::Add, x), k.param(1), all);
      return k.finish();
    };
    KernelCase kernel{.name = "sums",
                      .build = build,
                      .params = {numbers_.uniform(kRows * kCols, 0, 1),
                                 CaseNumbers::zeros(kRows)},
                      .grid = {1, 1}};
    const std::vector<double> &x = kernel.params[0].content;
    std::vector<double> sums;
    for (auto row = x.begin(); row != x.end(); row += kCols)
      sums.push_back(std::accumulate(row, row + kCols, 0.0));
    EXPECT_LE(largestError({sums},
                           {runEmulated(kernel, GpuVendor::Nvidia, 32, 3)[1]}),
              1e-6)
        << "transposed: " << transposed << ", warps side by side: " << colWarps;
  }
}

// Residual + post-norm after experts: two norms deep, one value kept over a
// pass, one input read again.
constexpr const char *kRowsIr = R"(
  func.func @f(%x: tensor<?x2x70xf32>, %w: tensor<?x2xf32>,
               %h: tensor<?x70xf32>, %s: !g4q.weight<[70], <f32>>,
               %l: !g4q.weight<[1], <f32>>) -> tensor<?x70xf32> {
    %y = g4.rows(%x, %w, %h, %s, %l) : (tensor<?x2x70xf32>, tensor<?x2xf32>,
        tensor<?x70xf32>, !g4q.weight<[70], <f32>>, !g4q.weight<[1], <f32>>)
        -> tensor<?x70xf32> {
    ^bb0(%x0: tensor<?x2x70xf32>, %w0: tensor<?x2xf32>, %h0: tensor<?x70xf32>,
         %s0: !g4q.weight<[70], <f32>>, %l0: !g4q.weight<[1], <f32>>):
      %m = g4.expert_sum %x0, %w0 : tensor<?x2x70xf32>, tensor<?x2xf32> -> tensor<?x70xf32>
      %n = g4.rms_norm %m, %s0 {epsilon = 1.0e-6 : f32} : tensor<?x70xf32>, !g4q.weight<[70], <f32>> -> tensor<?x70xf32>
      %a = g4.add %n, %m : tensor<?x70xf32>
      %b = g4.rms_norm %a {epsilon = 1.0e-6 : f32} : tensor<?x70xf32> -> tensor<?x70xf32>
      %c = g4.add %h0, %b : tensor<?x70xf32>
      %d = g4.scale %c, %l0 {factor = 0.5 : f32} : tensor<?x70xf32>, !g4q.weight<[1], <f32>> -> tensor<?x70xf32>
      g4.yield %d : tensor<?x70xf32>
    }
    return %y : tensor<?x70xf32>
  })";

TEST_F(RowKernels, RowsRunPassByPass) {
  constexpr int64_t kRows = 3, kCols = 70;
  RowKernel kernel{"rows",
                   [](OpBuilder &b, const TileConfig &tile) {
                     auto parsed = parseSourceString<ModuleOp>(
                         kRowsIr, ParserConfig(b.getContext()));
                     graph::RowsOp rows;
                     parsed->walk([&](graph::RowsOp op) { rows = op; });
                     return buildRows(b, b.getUnknownLoc(), "rows", rows, tile);
                   },
                   {},
                   {kRows, 1}};
  kernel.params = {numbers_.uniform(kRows * 2 * kCols, -1, 1),
                   numbers_.uniform(kRows * 2, 0, 1),
                   numbers_.uniform(kRows * kCols, -1, 1),
                   numbers_.uniform(kCols, 0.5, 1.5),
                   numbers_.uniform(1, 0.5, 1.5),
                   CaseNumbers::zeros(kRows * kCols)};
  auto p = [&](int i) { return kernel.params[i].content.data(); };
  std::vector<double> plain;
  for (int64_t t = 0; t < kRows; ++t) {
    auto norm = [&](std::vector<double> x) {
      double sum = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
      for (double &v : x)
        v /= std::sqrt(sum / kCols + 1e-6);
      return x;
    };
    std::vector<double> m(kCols), a(kCols);
    for (int64_t i = 0; i < kCols; ++i)
      m[i] = p(1)[2 * t] * p(0)[2 * t * kCols + i] +
             p(1)[2 * t + 1] * p(0)[(2 * t + 1) * kCols + i];
    std::vector<double> n = norm(m);
    for (int64_t i = 0; i < kCols; ++i)
      a[i] = n[i] * p(3)[i] + m[i];
    std::vector<double> b = norm(a);
    for (int64_t i = 0; i < kCols; ++i)
      plain.push_back((p(2)[t * kCols + i] + b[i]) * 0.5 * p(4)[0]);
  }
  expectEverywhere(kernel, 5, plain, 2e-6);
}

} // namespace
} // namespace g4
