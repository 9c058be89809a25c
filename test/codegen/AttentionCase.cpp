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
    auto [length, count, seesAll] = step.sequences[slot];
    for (int64_t i = 0; i < count; ++i) {
      if (i % queryTile == 0) {
        rows.tileFirst.push_back(double(rows.positions.size()));
        rows.tileCount.push_back(0);
      }
      ++rows.tileCount.back();
      rows.positions.push_back(double(length - count + i));
      rows.slots.push_back(double(slot));
      rows.ends.push_back(double(seesAll ? length : length - count + i + 1));
    }
  }
  return rows;
}

int64_t pagesPerSlot(const AttentionStep &step) {
  if (step.tableWidth)
    return step.tableWidth;
  int64_t longest = 0;
  for (auto sequence : step.sequences)
    longest = std::max(longest, sequence.length);
  return (longest + step.pageSize - 1) / step.pageSize;
}

AttentionSpec specOf(const AttentionStep &step, MLIRContext *context) {
  Builder b(context);
  Type dtype = step.bf16 ? Type(b.getBF16Type()) : Type(b.getF32Type());
  return {step.numHeads,
          1.0,
          {step.numKvHeads, step.headDim, step.pageSize, step.window, dtype,
           step.keysAsRows}};
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
    return buildAttention(b, b.getUnknownLoc(), "attention",
                          specOf(step, b.getContext()), chosen);
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

/// Entries of the table that no row of the step reads name no page.
static void poisonUnseenPages(const AttentionStep &step, KernelCase &kernel) {
  constexpr double kNoPage = 1 << 20;
  int64_t width = *kernel.params[Width].number;
  std::vector<double> &table = kernel.params[Table].content;
  std::vector<double> seen(table.size(), kNoPage);
  for (size_t slot = 0; slot < step.sequences.size(); ++slot) {
    auto [length, count, seesAll] = step.sequences[slot];
    int64_t begin = step.window ? length - count - step.window + 1 : 0;
    for (int64_t at = std::max<int64_t>(begin, 0); at < length; ++at) {
      int64_t entry = int64_t(slot) * width + at / step.pageSize % width;
      seen[entry] = table[entry];
    }
  }
  table = seen;
}

/// NaN where no position of a sequence lies.
static void poisonUnwritten(const AttentionStep &step, KernelCase &kernel) {
  int64_t width = *kernel.params[Width].number, p = step.pageSize;
  size_t rowSize = size_t(step.headDim);
  std::vector<bool> written(kernel.params[Keys].content.size() / rowSize);
  for (size_t slot = 0; slot < step.sequences.size(); ++slot)
    for (int64_t at = 0; at < step.sequences[slot].length; ++at) {
      int64_t entry = int64_t(slot) * width + at / p % width;
      int64_t page = int64_t(kernel.params[Table].content[entry]);
      for (int64_t head = 0; head < step.numKvHeads; ++head)
        written[(page * step.numKvHeads + head) * p + at % p] = true;
    }
  for (int param : {Keys, CacheValues})
    for (size_t i = 0; i < kernel.params[param].content.size(); ++i)
      if (!written[i / rowSize])
        kernel.params[param].content[i] = std::nan("");
}

KernelCase makeChunkedCase(const AttentionStep &asked,
                           const GpuAttentionChoice &choice, uint32_t seed) {
  AttentionStep step = asked;
  step.keysAsRows = true;
  auto context = makeKernelContext();
  AttentionConfig config = gpuAttention(specOf(step, context.get()), choice);
  auto choose = [step, choice](MLIRContext *c, AttentionConfig &chosen) {
    chosen = gpuAttention(specOf(step, c), choice);
  };
  KernelCase result = makeAttentionCase(step, config, seed, choose);
  poisonUnwritten(step, result);
  poisonUnseenPages(step, result);
  if (config.splits == 0)
    return result;
  int64_t longest = 0;
  for (auto sequence : step.sequences)
    longest = std::max(longest, sequence.length);
  int64_t rows = (longest + config.chunk - 1) / config.chunk *
                 config.partialTiles * step.numHeads;
  // A former step's chunks: anything.
  for (int64_t cols : {step.headDim, int64_t{2}}) {
    result.params.push_back(CaseNumbers::zeros(rows * cols));
    for (double &number : result.params.back().content)
      number = std::nan("");
  }
  result.params.push_back(CaseNumbers::zeros(
      config.partialTiles * step.numHeads / config.headTile, Element::I32));
  result.grid.y *= config.splits;
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
          score +=
              q[i] * content(Keys)[base + (step.keysAsRows ? key % p * d + i
                                                           : i * p + key % p)];
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
