//===- QkvKernelTest.cpp - Norm, rope and the KV write, in all readings ---===//

#include "gtest/gtest.h"

#include <cmath>
#include <span>

#include "test/codegen/Everywhere.h"

namespace g4 {
namespace {

using namespace mlir;
using Numbers = std::vector<double>;

struct QkvCase {
  bool hasKeys, kEqV;
};

// Two slots with a table of three pages each; position 49 is in the fourth page
// of its slot, whose ring begins anew there.
constexpr int64_t kRows = 3, kHeads = 4, kKvHeads = 2, kDim = 24;
constexpr int64_t kHalf = kDim / 2, kPageSize = 16, kNumPages = 5, kWidth = 3;
constexpr double kEpsilon = 1e-6;
// What a cache holds where no row of the step is written.
constexpr double kOld = 7;
constexpr int64_t kPositions[kRows] = {2, 17, 49}, kSlots[kRows] = {0, 1, 0};
constexpr int64_t kTable[2 * kWidth] = {4, 1, 0, 3, 2, 2};

class QkvKernel : public testing::TestWithParam<QkvCase> {
protected:
  enum Param { Qkv, Cos, Sin, QNorm, Q, KNorm, Keys, Values };

  QkvKernel() {
    kernel_.params = {numbers_.uniform(kRows * numHeads() * kDim, -1, 1),
                      numbers_.uniform(kRows * kHalf, -1, 1),
                      numbers_.uniform(kRows * kHalf, -1, 1),
                      numbers_.uniform(kDim, 0.5, 1.5),
                      CaseNumbers::zeros(kRows * kHeads * kDim)};
    if (hasKeys_)
      addCacheParams();
  }

  void addCacheParams() {
    auto &params = kernel_.params;
    params.push_back(numbers_.uniform(kDim, 0.5, 1.5));
    for (int i = 0; i < 2; ++i)
      params.push_back(
          {Element::F32, std::vector<double>(cacheSize(), kOld), {}});
    params.push_back(words(kTable));
    params.push_back(CaseNumbers::number(kWidth));
    params.push_back(words(kPositions));
    params.push_back(words(kSlots));
  }

  static CaseParam words(std::span<const int64_t> numbers) {
    return CaseNumbers::words({numbers.begin(), numbers.end()});
  }

  /// Heads of a row of qkv.
  int64_t numHeads() const {
    return kHeads + (hasKeys_ ? kKvHeads * (kEqV_ ? 1 : 2) : 0);
  }
  static int64_t cacheSize() { return kNumPages * kKvHeads * kDim * kPageSize; }
  const Numbers &content(Param param) const {
    return kernel_.params[param].content;
  }

  /// A head of qkv by the root of its mean square.
  Numbers normalised(int64_t t, int64_t head) const {
    const double *x = &content(Qkv)[(t * numHeads() + head) * kDim];
    double sum = 0;
    for (int64_t i = 0; i < kDim; ++i)
      sum += x[i] * x[i];
    Numbers y(x, x + kDim);
    for (double &element : y)
      element /= std::sqrt(sum / kDim + kEpsilon);
    return y;
  }

  /// The same times a norm's weight, rotated.
  Numbers rotated(int64_t t, int64_t head, Param norm) const {
    Numbers n = normalised(t, head), y(kDim);
    for (int64_t i = 0; i < kDim; ++i)
      n[i] *= content(norm)[i];
    for (int64_t i = 0; i < kHalf; ++i) {
      double c = content(Cos)[t * kHalf + i], s = content(Sin)[t * kHalf + i];
      y[i] = n[i] * c - n[i + kHalf] * s;
      y[i + kHalf] = n[i + kHalf] * c + n[i] * s;
    }
    return y;
  }

  Numbers queries() const {
    Numbers q;
    for (int64_t t = 0; t < kRows; ++t)
      for (int64_t head = 0; head < kHeads; ++head)
        for (double x : rotated(t, head, QNorm))
          q.push_back(x);
    return q;
  }

  /// Of row t and a KV head: where its block of the cache begins.
  static int64_t blockOf(int64_t t, int64_t head) {
    int64_t page = kPositions[t] / kPageSize % kWidth;
    return (kTable[kSlots[t] * kWidth + page] * kKvHeads + head) * kDim *
           kPageSize;
  }

  /// Keys lie [D, P] in a block, values [P, D].
  Numbers keys() const {
    Numbers cache(cacheSize(), kOld);
    for (int64_t t = 0; t < kRows; ++t)
      for (int64_t head = 0; head < kKvHeads; ++head) {
        Numbers key = rotated(t, kHeads + head, KNorm);
        for (int64_t i = 0; i < kDim; ++i)
          cache[blockOf(t, head) + i * kPageSize + placeOf(t)] = key[i];
      }
    return cache;
  }

  Numbers values() const {
    Numbers cache(cacheSize(), kOld);
    for (int64_t t = 0; t < kRows; ++t)
      for (int64_t head = 0; head < kKvHeads; ++head) {
        int64_t source = kHeads + (kEqV_ ? 0 : kKvHeads) + head;
        Numbers value = normalised(t, source);
        for (int64_t i = 0; i < kDim; ++i)
          cache[blockOf(t, head) + placeOf(t) * kDim + i] = value[i];
      }
    return cache;
  }

  static int64_t placeOf(int64_t t) { return kPositions[t] % kPageSize; }

  bool hasKeys_ = GetParam().hasKeys, kEqV_ = GetParam().kEqV;
  CaseNumbers numbers_{10};
  RowKernel kernel_{
      "qkv",
      [hasKeys = hasKeys_, kEqV = kEqV_](OpBuilder &b, const TileConfig &tile) {
        QkvSpec spec{
            .numHeads = kHeads,
            .headDim = kDim,
            .hasKeys = hasKeys,
            .kEqV = kEqV,
            .epsilon = kEpsilon,
            .cache = {kKvHeads, kDim, kPageSize, /*window=*/0, b.getF32Type()}};
        return buildQkvPrepare(b, b.getUnknownLoc(), "qkv", spec, tile);
      },
      {},
      {kRows, kHeads + (hasKeys_ ? kKvHeads : 0)}};
};

TEST_P(QkvKernel, NormalisesRotatesAndWritesTheCache) {
  expectEverywhere(kernel_, Q, queries(), 2e-6);
  if (!hasKeys_)
    return;
  expectEverywhere(kernel_, Keys, keys(), 2e-6);
  expectEverywhere(kernel_, Values, values(), 2e-6);
}

// Three rows in an item of four, keys as rows: an item ends behind the last
// row.
TEST_P(QkvKernel, RowTilesWriteKeysAsRows) {
  KernelCase tiles{
      .name = "qkv_tiles",
      .build =
          [hasKeys = hasKeys_, kEqV = kEqV_](OpBuilder &b) {
            MLIRContext *c = b.getContext();
            TileConfig tile{.layout = tile::BlockedAttr::get(c, 2, 4, 4),
                            .threads = 8,
                            .colBlock = 16};
            QkvSpec spec{.numHeads = kHeads,
                         .headDim = kDim,
                         .hasKeys = hasKeys,
                         .kEqV = kEqV,
                         .epsilon = kEpsilon,
                         .cache = {kKvHeads, kDim, kPageSize, /*window=*/0,
                                   b.getF32Type(), /*keysAsRows=*/true},
                         .rowTile = 2};
            return buildQkvPrepare(b, b.getUnknownLoc(), "qkv", spec, tile);
          },
      .params = kernel_.params,
      .grid = {2, kernel_.grid.y}};
  tiles.params.push_back(CaseNumbers::number(kRows));
  CaseResult meaning = runInterpreted(tiles, Precision::F64);
  EXPECT_LE(largestError({queries()}, {meaning[Q]}), 2e-6);
  CaseResult emulated = runEmulated(tiles, GpuVendor::Nvidia, 8, 4);
  EXPECT_LE(largestError(meaning, emulated), 2e-6);
  if (!hasKeys_)
    return;
  Numbers rows(cacheSize()), panels = keys();
  for (int64_t block = 0; block < kNumPages * kKvHeads; ++block)
    for (int64_t i = 0; i < kDim; ++i)
      for (int64_t at = 0; at < kPageSize; ++at)
        rows[(block * kPageSize + at) * kDim + i] =
            panels[(block * kDim + i) * kPageSize + at];
  EXPECT_LE(largestError({rows, values()}, {meaning[Keys], meaning[Values]}),
            2e-6);
}

INSTANTIATE_TEST_SUITE_P(Layers, QkvKernel,
                         testing::Values(QkvCase{true, false},
                                         QkvCase{true, true},
                                         QkvCase{false, false}));

} // namespace
} // namespace g4
