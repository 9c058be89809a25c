//===- AttentionCase.cpp - Attention over a made-up cache -----------------===//

#include "test/codegen/AttentionCase.h"

#include "llvm/ADT/APFloat.h"

#include <cmath>

namespace g4 {

using namespace mlir;

Type AttentionStep::dtype(MLIRContext *context) const {
  Builder b(context);
  switch (bits8) {
  case Bits8::Int8:
    return b.getI8Type();
  case Bits8::Fp8:
    return Float8E4M3FNType::get(context);
  case Bits8::None:
    break;
  }
  return bf16 ? Type(b.getBF16Type()) : Type(b.getF32Type());
}

AttentionStep with(AttentionStep step, int64_t rotatedPairs,
                   AttentionStep::Bits8 bits8) {
  step.rotatedPairs = rotatedPairs;
  step.bits8 = bits8;
  return step;
}

double fromByte(AttentionStep::Bits8 format, double byte) {
  auto bits = static_cast<uint8_t>(byte);
  if (format == AttentionStep::Bits8::Int8)
    return static_cast<int8_t>(bits);
  llvm::APFloat number(llvm::APFloat::Float8E4M3FN(), llvm::APInt(8, bits));
  return number.convertToDouble();
}

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
  bool areRows = step.keysAsRows || step.hasScales();
  return {step.numHeads,
          1.0,
          {step.numKvHeads, step.headDim, step.pageSize, step.window,
           step.dtype(context), areRows, step.rotatedPairs}};
}

/// Any bytes but those that are NaN.
CaseParam randomBytes(int64_t count, CaseNumbers &numbers) {
  CaseParam bytes = numbers.uniform(count, 0, 256);
  bytes.element = Element::U8;
  for (double &byte : bytes.content) {
    byte = std::floor(byte);
    if (int64_t(byte) % 128 == 127)
      byte -= 1;
  }
  return bytes;
}

/// Keys or values of so many columns in all pages.
CaseParam randomCache(const AttentionStep &step, int64_t count,
                      CaseNumbers &numbers) {
  if (step.hasScales())
    return randomBytes(count, numbers);
  return numbers.uniform(count, -1, 1,
                         step.bf16 ? Element::BF16 : Element::F32);
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

/// Of keys and of values: their numbers are at most about 1.
void appendScales(int64_t places, CaseNumbers &numbers, KernelCase &kernel) {
  for (int i = 0; i < 2; ++i)
    kernel.params.push_back(numbers.uniform(places, 0.001, 0.002));
}

} // namespace

KernelCase makeAttentionCase(
    const AttentionStep &step, const AttentionConfig &config, uint32_t seed,
    std::function<void(MLIRContext *, AttentionConfig &)> setTile) {
  CaseNumbers numbers(seed);
  Rows rows = rowsOf(step, config.queryTile);
  int64_t width = pagesPerSlot(step);
  int64_t numPages = width * int64_t(step.sequences.size());
  int64_t places = numPages * step.numKvHeads * step.pageSize;
  int64_t q = int64_t(rows.positions.size()) * step.numHeads * step.headDim;
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
                   randomCache(step, places * step.keyDim(), numbers),
                   randomCache(step, places * step.headDim, numbers),
                   CaseNumbers::words(table),
                   CaseNumbers::number(width),
                   CaseNumbers::words(rows.positions),
                   CaseNumbers::words(rows.slots),
                   CaseNumbers::words(rows.ends),
                   CaseNumbers::words(rows.tileFirst),
                   CaseNumbers::words(rows.tileCount),
                   CaseNumbers::zeros(q)};
  if (step.hasScales())
    appendScales(places, numbers, result);
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

/// NaN where no position of a sequence lies: of bytes their scales.
static void poisonUnwritten(const AttentionStep &step, KernelCase &kernel) {
  int64_t width = *kernel.params[Width].number, p = step.pageSize;
  std::vector<bool> written(kernel.params[CacheValues].content.size() /
                            size_t(step.headDim));
  for (size_t slot = 0; slot < step.sequences.size(); ++slot)
    for (int64_t at = 0; at < step.sequences[slot].length; ++at) {
      int64_t entry = int64_t(slot) * width + at / p % width;
      int64_t page = int64_t(kernel.params[Table].content[entry]);
      for (int64_t head = 0; head < step.numKvHeads; ++head)
        written[(page * step.numKvHeads + head) * p + at % p] = true;
    }
  size_t last = kernel.params.size();
  for (size_t param : {step.hasScales() ? last - 2 : Keys,
                       step.hasScales() ? last - 1 : CacheValues}) {
    std::vector<double> &content = kernel.params[param].content;
    size_t rowSize = content.size() / written.size();
    for (size_t i = 0; i < content.size(); ++i)
      if (!written[i / rowSize])
        content[i] = std::nan("");
  }
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
  // Scales come last.
  std::vector<CaseParam> scales;
  if (step.hasScales()) {
    scales.assign(result.params.end() - 2, result.params.end());
    result.params.resize(result.params.size() - 2);
  }
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
  result.params.insert(result.params.end(), scales.begin(), scales.end());
  result.grid.y *= config.splits;
  return result;
}

namespace {

/// Numbers of a position and head in the cache of a case.
class PlainCache {
public:
  PlainCache(const AttentionStep &step, const KernelCase &kernel)
      : step_(step), kernel_(kernel) {}

  /// `block`: a page's KV head; `place`: a position in the page.
  double value(int64_t block, int64_t place, int64_t i) const {
    int64_t p = step_.pageSize;
    return number(CacheValues, (block * p + place) * step_.headDim + i,
                  block * p + place);
  }
  double key(int64_t block, int64_t place, int64_t i) const {
    int64_t p = step_.pageSize, d = step_.keyDim(), half = step_.headDim / 2;
    int64_t pairs = step_.rotatedPairs, column = i;
    if (pairs > 0 && i % half >= pairs)
      return value(block, place, i);
    if (pairs > 0)
      column = i / half * pairs + i % half;
    bool isRow = step_.keysAsRows || step_.hasScales();
    return number(Keys,
                  isRow ? (block * p + place) * d + column
                        : (block * d + column) * p + place,
                  block * p + place);
  }

private:
  double number(int param, int64_t at, int64_t row) const {
    double stored = kernel_.params[param].content[at];
    if (!step_.hasScales())
      return stored;
    size_t scales = kernel_.params.size() - (param == Keys ? 2 : 1);
    return fromByte(step_.bits8, stored) * kernel_.params[scales].content[row];
  }

  const AttentionStep &step_;
  const KernelCase &kernel_;
};

} // namespace

std::vector<double> plainAttention(const AttentionStep &step,
                                   const KernelCase &kernel) {
  auto content = [&](int param) -> const std::vector<double> & {
    return kernel.params[param].content;
  };
  int64_t d = step.headDim, p = step.pageSize,
          width = *kernel.params[Width].number;
  PlainCache cache(step, kernel);
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
        int64_t block =
            int64_t(content(Table)[entry]) * step.numKvHeads + kvHead;
        double score = 0;
        for (int64_t i = 0; i < d; ++i)
          score += q[i] * cache.key(block, key % p, i);
        double weight = std::exp(score);
        sum += weight;
        for (int64_t i = 0; i < d; ++i)
          out[i] += weight * cache.value(block, key % p, i);
      }
      for (int64_t i = 0; i < d; ++i)
        out[i] /= sum;
    }
  return y;
}

} // namespace g4
