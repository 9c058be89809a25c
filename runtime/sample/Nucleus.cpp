//===- Nucleus.cpp - The most likely tokens of a whole row ----------------===//

#include "runtime/sample/Nucleus.h"

#include "runtime/sample/Softmax.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <vector>

namespace g4rt {

// Weights with the same upper bits share a bin: bins rise as weights do,
// and 1.0 falls into the last one.
constexpr int kBinShift = 18;
constexpr size_t kNumBins = (0x3f800000 >> kBinShift) + 1;

static size_t binOf(float weight) {
  return std::bit_cast<uint32_t>(weight) >> kBinShift;
}

// Of the weights in `bin` keeps the largest until `missing` is reached.
static void trimBin(std::span<float> weights, size_t bin, double missing) {
  std::vector<size_t> indices;
  for (size_t i = 0; i < weights.size(); ++i)
    if (weights[i] > 0 && binOf(weights[i]) == bin)
      indices.push_back(i);
  std::sort(indices.begin(), indices.end(), [&](size_t a, size_t b) {
    return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
  });
  for (size_t i : indices) {
    if (missing <= 0)
      weights[i] = 0;
    else
      missing -= weights[i];
  }
}

void keepNucleus(std::span<float> weights, float topP) {
  std::vector<double> bins(kNumBins);
  for (float weight : weights)
    bins[binOf(weight)] += weight;
  double missing = 0;
  for (double bin : bins)
    missing += bin;
  missing *= topP;
  size_t last = kNumBins - 1;
  while (last > 0 && bins[last] < missing)
    missing -= bins[last--];
  trimBin(weights, last, missing);
  for (float &weight : weights)
    weight = binOf(weight) < last ? 0 : weight;
}

static std::span<const float> blockAt(std::span<const float> weights,
                                      size_t begin) {
  return weights.subspan(begin,
                         std::min(kSoftmaxBlock, weights.size() - begin));
}

// Within a block, or its last weight where rounding carries past that.
static int32_t indexInBlock(std::span<const float> block, double target) {
  int32_t found = -1;
  for (size_t i = 0; i < block.size(); ++i) {
    if (block[i] == 0)
      continue;
    found = static_cast<int32_t>(i);
    target -= block[i];
    if (target < 0)
      break;
  }
  return found;
}

int32_t indexAtPart(std::span<const float> weights, double part) {
  double target = 0;
  for (size_t at = 0; at < weights.size(); at += kSoftmaxBlock)
    target += sumOfBlock(blockAt(weights, at));
  target *= part;
  size_t begin = 0;
  double inside = std::numeric_limits<double>::infinity();
  for (size_t at = 0; at < weights.size(); at += kSoftmaxBlock) {
    float sum = sumOfBlock(blockAt(weights, at));
    if (sum == 0)
      continue;
    begin = at;
    if (target < sum) {
      inside = target;
      break;
    }
    target -= sum;
  }
  int32_t index = indexInBlock(blockAt(weights, begin), inside);
  return index < 0 ? -1 : static_cast<int32_t>(begin) + index;
}

} // namespace g4rt
