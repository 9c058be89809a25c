//===- QkvKernelTest.cpp - Norm, rope and the KV write, in all readings ---===//

#include "gtest/gtest.h"

#include <cmath>
#include <span>

#include "test/codegen/AttentionCase.h"
#include "test/codegen/Everywhere.h"

namespace g4 {
namespace {

using namespace mlir;
using Numbers = std::vector<double>;

using Bits8 = AttentionStep::Bits8;

struct QkvCase {
  bool hasKeys, kEqV;
  /// CacheSpec::rotatedPairs.
  int64_t rotatedPairs = 0;
  Bits8 bits8 = Bits8::None;
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

QkvSpec specOf(const QkvCase &row, OpBuilder &b) {
  AttentionStep step;
  step.bits8 = row.bits8;
  bool areRows = row.bits8 != Bits8::None;
  return {.numHeads = kHeads,
          .headDim = kDim,
          .hasKeys = row.hasKeys,
          .kEqV = row.kEqV,
          .epsilon = kEpsilon,
          .cache = {kKvHeads, kDim, kPageSize, /*window=*/0,
                    step.dtype(b.getContext()), areRows, row.rotatedPairs}};
}

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
    Element element = bits8_ == Bits8::None ? Element::F32 : Element::U8;
    for (int64_t dim : {keyDim(), kDim})
      params.push_back(
          {element, std::vector<double>(kNumPlaces * dim, kOld), {}});
    params.push_back(words(kTable));
    params.push_back(CaseNumbers::number(kWidth));
    params.push_back(words(kPositions));
    params.push_back(words(kSlots));
    for (int i = 0; bits8_ != Bits8::None && i < 2; ++i)
      params.push_back({Element::F32, Numbers(kNumPlaces, kOld), {}});
  }

  static CaseParam words(std::span<const int64_t> numbers) {
    return CaseNumbers::words({numbers.begin(), numbers.end()});
  }

  /// Heads of a row of qkv.
  int64_t numHeads() const {
    return kHeads + (hasKeys_ ? kKvHeads * (kEqV_ ? 1 : 2) : 0);
  }
  static constexpr int64_t kNumPlaces = kNumPages * kKvHeads * kPageSize;
  int64_t keyDim() const { return pairs_ ? 2 * pairs_ : kDim; }
  bool rotates(int64_t column) const {
    return pairs_ == 0 || column % kHalf < pairs_;
  }
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
        for (double x : rotated(t, head, QNorm)) {
          int64_t column = int64_t(q.size()) % kDim;
          q.push_back(rotates(column) ? x : x * content(KNorm)[column]);
        }
    return q;
  }

  /// Of row t and a KV head: the number of its block of the cache.
  static int64_t blockOf(int64_t t, int64_t head) {
    int64_t page = kPositions[t] / kPageSize % kWidth;
    return kTable[kSlots[t] * kWidth + page] * kKvHeads + head;
  }

  /// The columns of a key that are stored.
  Numbers keyOf(int64_t t, int64_t head) const {
    Numbers whole = rotated(t, kHeads + head, KNorm), key;
    for (int64_t i = 0; i < kDim; ++i)
      if (rotates(i))
        key.push_back(whole[i]);
    return key;
  }
  Numbers valueOf(int64_t t, int64_t head) const {
    return normalised(t, kHeads + (kEqV_ ? 0 : kKvHeads) + head);
  }

  /// Keys lie [D, P] in a block, values [P, D].
  Numbers keys() const {
    Numbers cache(kNumPlaces * keyDim(), kOld);
    for (int64_t t = 0; t < kRows; ++t)
      for (int64_t head = 0; head < kKvHeads; ++head) {
        Numbers key = keyOf(t, head);
        for (int64_t i = 0; i < keyDim(); ++i)
          cache[(blockOf(t, head) * keyDim() + i) * kPageSize + placeOf(t)] =
              key[i];
      }
    return cache;
  }

  Numbers values() const {
    Numbers cache(kNumPlaces * kDim, kOld);
    for (int64_t t = 0; t < kRows; ++t)
      for (int64_t head = 0; head < kKvHeads; ++head) {
        Numbers value = valueOf(t, head);
        for (int64_t i = 0; i < kDim; ++i)
          cache[(blockOf(t, head) * kPageSize + placeOf(t)) * kDim + i] =
              value[i];
      }
    return cache;
  }

  /// What a run left as bytes and scales is as near to `wanted` as 8 bits are.
  void expectNear(const CaseResult &result, bool isKey, size_t scales) {
    int64_t dim = isKey ? keyDim() : kDim;
    const Numbers &bytes = result[isKey ? Keys : Values];
    for (int64_t t = 0; t < kRows; ++t)
      for (int64_t head = 0; head < kKvHeads; ++head) {
        Numbers wanted = isKey ? keyOf(t, head) : valueOf(t, head);
        int64_t place = blockOf(t, head) * kPageSize + placeOf(t);
        double scale = result[scales][place];
        for (int64_t i = 0; i < dim; ++i) {
          double error = std::abs(
              fromByte(bits8_, bytes[place * dim + i]) * scale - wanted[i]);
          // Half a step: of e4m3 2^-4 of the number, or of the least one.
          double step = bits8_ == Bits8::Int8
                            ? scale / 2
                            : std::max(std::abs(wanted[i]) / 16, scale / 1024);
          EXPECT_LE(error, step * 1.0001) << t << " " << head << " " << i;
        }
      }
    EXPECT_EQ(bytes.front(), kOld); // no row's
  }

  static int64_t placeOf(int64_t t) { return kPositions[t] % kPageSize; }

  bool hasKeys_ = GetParam().hasKeys, kEqV_ = GetParam().kEqV;
  int64_t pairs_ = GetParam().rotatedPairs;
  Bits8 bits8_ = GetParam().bits8;
  CaseNumbers numbers_{10};
  RowKernel kernel_{"qkv",
                    [](OpBuilder &b, const TileConfig &tile) {
                      return buildQkvPrepare(b, b.getUnknownLoc(), "qkv",
                                             specOf(GetParam(), b), tile);
                    },
                    {},
                    {kRows, kHeads + (hasKeys_ ? kKvHeads : 0)}};
};

TEST_P(QkvKernel, NormalisesRotatesAndWritesTheCache) {
  expectEverywhere(kernel_, Q, queries(), 2e-6);
  if (!hasKeys_ || bits8_ != Bits8::None)
    return;
  expectEverywhere(kernel_, Keys, keys(), 2e-6);
  expectEverywhere(kernel_, Values, values(), 2e-6);
}

// Three rows in an item of four, keys as rows: an item ends after the last
// row.
TEST_P(QkvKernel, RowTilesWriteKeysAsRows) {
  KernelCase tiles{
      .name = "qkv_tiles",
      .build =
          [](OpBuilder &b) {
            MLIRContext *c = b.getContext();
            TileConfig tile{.layout = tile::BlockedAttr::get(c, 2, 4, 4),
                            .threads = 8,
                            .colBlock = 16};
            QkvSpec spec = specOf(GetParam(), b);
            spec.cache.keysAsRows = true;
            spec.rowTile = 2;
            return buildQkvPrepare(b, b.getUnknownLoc(), "qkv", spec, tile);
          },
      .params = kernel_.params,
      .grid = {2, kernel_.grid.y}};
  // The scales come after the number of rows.
  size_t numScales = bits8_ == Bits8::None ? 0 : 2;
  tiles.params.insert(tiles.params.end() - numScales,
                      CaseNumbers::number(kRows));
  CaseResult meaning = runInterpreted(tiles, Precision::F64);
  EXPECT_LE(largestError({queries()}, {meaning[Q]}), 2e-6);
  CaseResult emulated = runEmulated(tiles, GpuVendor::Nvidia, 8, 4);
  EXPECT_LE(largestError(meaning, emulated), 2e-6);
  if (!hasKeys_)
    return;
  if (bits8_ != Bits8::None) {
    expectNear(meaning, /*isKey=*/true, meaning.size() - 2);
    return expectNear(meaning, /*isKey=*/false, meaning.size() - 1);
  }
  Numbers panels = keys(), rows(panels.size());
  int64_t dim = keyDim();
  for (int64_t block = 0; block < kNumPages * kKvHeads; ++block)
    for (int64_t i = 0; i < dim; ++i)
      for (int64_t at = 0; at < kPageSize; ++at)
        rows[(block * kPageSize + at) * dim + i] =
            panels[(block * dim + i) * kPageSize + at];
  EXPECT_LE(largestError({rows, values()}, {meaning[Keys], meaning[Values]}),
            2e-6);
}

INSTANTIATE_TEST_SUITE_P(Layers, QkvKernel,
                         testing::Values(QkvCase{true, false},
                                         QkvCase{true, true},
                                         QkvCase{false, false},
                                         QkvCase{true, true, 3},
                                         QkvCase{true, true, 8},
                                         QkvCase{true, false, 0, Bits8::Int8},
                                         QkvCase{true, true, 3, Bits8::Int8},
                                         QkvCase{true, true, 3, Bits8::Fp8}));

} // namespace
} // namespace g4
