//===- AttentionCase.cpp - Attention over a made-up cache -----------------===//

#include "test/codegen/AttentionCase.h"

#include <cmath>

namespace g4 {

using namespace mlir;

namespace {

/// The host's arrays of a step.
struct Rows {
  std::vector<double> positions, slots, ends, tileFirst, tileCount;
};

Rows rowsOf(const AttentionStep &step, int64_t queryTile) {
  Rows rows;
  for (size_t slot = 0; slot < step.sequences.size(); ++slot) {
    auto [length, count] = step.sequences[slot];
    for (int64_t i = 0; i < count; ++i) {
      if (i % queryTile == 0) {
        rows.tileFirst.push_back(double(rows.positions.size()));
        rows.tileCount.push_back(0);
      }
      ++rows.tileCount.back();
      rows.positions.push_back(double(length - count + i));
      rows.slots.push_back(double(slot));
      rows.ends.push_back(double(length - count + i + 1));
    }
  }
  return rows;
}

int64_t pagesPerSlot(const AttentionStep &step) {
  int64_t longest = 0;
  for (auto sequence : step.sequences)
    longest = std::max(longest, sequence.length);
  return (longest + step.pageSize - 1) / step.pageSize;
}

enum {
  Q,
  Keys,
  CacheValues,
  Table,
  Width,
  Positions,
  Slots,
  Ends,
  TileFirst,
  TileCount,
  Y
};

} // namespace

KernelCase makeAttentionCase(
    const AttentionStep &step, const AttentionConfig &config, uint32_t seed,
    std::function<void(MLIRContext *, AttentionConfig &)> setTile) {
  CaseNumbers numbers(seed);
  Rows rows = rowsOf(step, config.queryTile);
  int64_t width = pagesPerSlot(step);
  int64_t numPages = width * int64_t(step.sequences.size());
  int64_t cache = numPages * step.numKvHeads * step.headDim * step.pageSize;
  int64_t q = int64_t(rows.positions.size()) * step.numHeads * step.headDim;
  Element element = step.bf16 ? Element::BF16 : Element::F32;
  std::vector<double> table(numPages);
  for (int64_t i = 0; i < numPages; ++i)
    table[i] = double((i * 7 + 3) % numPages == i ? i : numPages - 1 - i);
  KernelCase result;
  result.name = "attention";
  result.build = [step, config, setTile](OpBuilder &b) {
    AttentionConfig chosen = config;
    if (setTile)
      setTile(b.getContext(), chosen);
    Type dtype = step.bf16 ? Type(b.getBF16Type()) : Type(b.getF32Type());
    AttentionSpec spec{
        step.numHeads,
        1.0,
        {step.numKvHeads, step.headDim, step.pageSize, step.window, dtype}};
    return buildAttention(b, b.getUnknownLoc(), "attention", spec, chosen);
  };
  result.params = {numbers.uniform(q, -0.5, 0.5),
                   numbers.uniform(cache, -1, 1, element),
                   numbers.uniform(cache, -1, 1, element),
                   CaseNumbers::words(table),
                   CaseNumbers::number(width),
                   CaseNumbers::words(rows.positions),
                   CaseNumbers::words(rows.slots),
                   CaseNumbers::words(rows.ends),
                   CaseNumbers::words(rows.tileFirst),
                   CaseNumbers::words(rows.tileCount),
                   CaseNumbers::zeros(q)};
  result.grid = {int64_t(rows.tileFirst.size()),
                 step.numHeads / config.headTile};
  return result;
}

std::vector<double> plainAttention(const AttentionStep &step,
                                   const KernelCase &kernel) {
  auto content = [&](int param) -> const std::vector<double> & {
    return kernel.params[param].content;
  };
  int64_t d = step.headDim, p = step.pageSize,
          width = *kernel.params[Width].number;
  std::vector<double> y(content(Q).size());
  for (size_t t = 0; t < content(Positions).size(); ++t)
    for (int64_t h = 0; h < step.numHeads; ++h) {
      int64_t kvHead = h / (step.numHeads / step.numKvHeads);
      const double *q = &content(Q)[(t * step.numHeads + h) * d];
      double *out = &y[(t * step.numHeads + h) * d];
      double sum = 0;
      int64_t position = int64_t(content(Positions)[t]);
      int64_t first =
          step.window ? std::max<int64_t>(0, position - step.window + 1) : 0;
      for (int64_t key = first; key < int64_t(content(Ends)[t]); ++key) {
        int64_t entry = int64_t(content(Slots)[t]) * width + key / p % width;
        int64_t base =
            (int64_t(content(Table)[entry]) * step.numKvHeads + kvHead) * d * p;
        double score = 0;
        for (int64_t i = 0; i < d; ++i)
          score += q[i] * content(Keys)[base + i * p + key % p];
        double weight = std::exp(score);
        sum += weight;
        for (int64_t i = 0; i < d; ++i)
          out[i] += weight * content(CacheValues)[base + key % p * d + i];
      }
      for (int64_t i = 0; i < d; ++i)
        out[i] /= sum;
    }
  return y;
}

} // namespace g4
