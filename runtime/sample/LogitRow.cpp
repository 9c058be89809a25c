//===- LogitRow.cpp - What is done to a row of logits ---------------------===//

#include "runtime/sample/LogitRow.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace g4rt {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();
// Rows are searched in blocks, whose loops become vector code.
constexpr size_t kBlock = 64;

static bool isFinite(float value) {
  return (std::bit_cast<uint32_t>(value) & 0x7f800000) != 0x7f800000;
}

Status checkFinite(std::span<const float> logits) {
  uint32_t wrong = 0;
  for (float logit : logits)
    wrong |= !isFinite(logit);
  if (!wrong)
    return Status();
  size_t at = 0;
  while (isFinite(logits[at]))
    ++at;
  return Status(StatusCode::Internal, "numerical_error: logit " +
                                          std::to_string(at) + " is " +
                                          std::to_string(logits[at]));
}

static void applyPenalties(std::span<float> logits,
                           const SamplingParams &params,
                           const TokenCounts &counts) {
  for (const auto &[id, count] : counts.counts()) {
    if (id < 0 || static_cast<size_t>(id) >= logits.size())
      continue;
    float &logit = logits[static_cast<size_t>(id)];
    logit = logit > 0 ? logit / params.repetitionPenalty
                      : logit * params.repetitionPenalty;
    logit -= params.frequencyPenalty * static_cast<float>(count);
    logit -= count > 0 ? params.presencePenalty : 0;
  }
}

void adjustLogits(std::span<float> logits, const SamplingParams &params,
                  const TokenCounts &counts) {
  for (const LogitBias &bias : params.logitBias)
    logits[static_cast<size_t>(bias.id)] += bias.bias;
  if (params.repetitionPenalty != 1 || params.frequencyPenalty != 0 ||
      params.presencePenalty != 0)
    applyPenalties(logits, params, counts);
  for (int32_t id : params.suppressIds)
    logits[static_cast<size_t>(id)] = kMinusInfinity;
}

constexpr std::array<uint32_t, 32> kBits = [] {
  std::array<uint32_t, 32> bits{};
  for (uint32_t i = 0; i < 32; ++i)
    bits[i] = uint32_t{1} << i;
  return bits;
}();

// Without branches and on integers, so that it becomes vector code.
static void mask32(float *logits, uint32_t word) {
  uint32_t values[32];
  std::memcpy(values, logits, sizeof(values));
  constexpr auto kForbidden = std::bit_cast<uint32_t>(kMinusInfinity);
  for (size_t i = 0; i < 32; ++i) {
    uint32_t keep = (word & kBits[i]) == kBits[i] ? ~uint32_t{0} : 0;
    values[i] = (values[i] & keep) | (kForbidden & ~keep);
  }
  std::memcpy(logits, values, sizeof(values));
}

void maskLogits(std::span<float> logits, const TokenMask &mask) {
  std::span<const int32_t> words = mask.words();
  size_t numTokens = std::min(logits.size(), mask.numTokens());
  size_t numWhole = numTokens / 32;
  for (size_t i = 0; i < numWhole; ++i) {
    auto word = static_cast<uint32_t>(words[i]);
    if (word == 0)
      std::fill_n(logits.data() + 32 * i, 32, kMinusInfinity);
    else if (word != ~uint32_t{0}) // else all are allowed
      mask32(logits.data() + 32 * i, word);
  }
  for (size_t at = 32 * numWhole; at < numTokens; ++at)
    if (!mask.allows(static_cast<int32_t>(at)))
      logits[at] = kMinusInfinity;
  std::ranges::fill(logits.subspan(numTokens), kMinusInfinity);
}

static float largestOf(const float *block) {
  float lanes[8];
  std::copy_n(block, 8, lanes);
  for (size_t i = 8; i < kBlock; i += 8)
    for (size_t lane = 0; lane < 8; ++lane)
      lanes[lane] =
          block[i + lane] > lanes[lane] ? block[i + lane] : lanes[lane];
  return *std::max_element(lanes, lanes + 8);
}

// Calls `visit` with the index of each logit above `bound`, which `visit` may
// raise, by rising index.
template <typename Visit>
static void eachAbove(std::span<const float> logits, const float &bound,
                      Visit &&visit) {
  size_t at = 0;
  auto visitUpTo = [&](size_t end) {
    for (; at < end; ++at)
      if (logits[at] > bound)
        visit(at);
  };
  while (at + kBlock <= logits.size()) {
    if (largestOf(logits.data() + at) > bound)
      visitUpTo(at + kBlock);
    else
      at += kBlock;
  }
  visitUpTo(logits.size());
}

int32_t argmax(std::span<const float> logits) {
  float best = kMinusInfinity;
  int32_t id = -1;
  eachAbove(logits, best, [&](size_t at) {
    best = logits[at];
    id = static_cast<int32_t>(at);
  });
  return id;
}

// A heap of the largest so far, the one to drop first on top: the smallest, of
// equals the one of highest id, which is the one that came last.
std::vector<Candidate> largestLogits(std::span<const float> logits,
                                     size_t count) {
  count = std::min(count, logits.size());
  auto before = [](const Candidate &a, const Candidate &b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
  };
  std::vector<Candidate> heap;
  heap.reserve(count);
  float bound =
      count > 0 ? kMinusInfinity : std::numeric_limits<float>::infinity();
  eachAbove(logits, bound, [&](size_t at) {
    if (heap.size() == count) {
      std::pop_heap(heap.begin(), heap.end(), before);
      heap.pop_back();
    }
    heap.push_back({static_cast<int32_t>(at), logits[at]});
    std::push_heap(heap.begin(), heap.end(), before);
    if (heap.size() == count)
      bound = heap.front().logit;
  });
  std::sort_heap(heap.begin(), heap.end(), before);
  return heap;
}

} // namespace g4rt
