//===- SamplerBench.cpp - How long a row of logits takes ------------------===//
//
//   sampler-bench
//
// 262,144 logits as a model gives them (normal, deviation 4), one thread:
// medians of 101 rows in milliseconds for each kind of request.
//
//===----------------------------------------------------------------------===//

#include "runtime/sample/Sampler.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

using namespace g4rt;

constexpr size_t kVocab = 262144;

static std::vector<float> logitsOf(uint64_t seed) {
  Generator random(seed);
  std::vector<float> logits;
  while (logits.size() < kVocab) {
    double radius = std::sqrt(-2 * std::log(1 - random.next()));
    logits.push_back(
        static_cast<float>(4 * radius * std::cos(2 * M_PI * random.next())));
  }
  return logits;
}

/// Allows `share` of the tokens in `mixedWords` of the words, and all others.
static TokenMask maskOf(uint64_t seed, double share, double mixedWords) {
  Generator random(seed);
  TokenMask mask(kVocab);
  mask.allowAll();
  for (int32_t word = 0; word < static_cast<int32_t>(kVocab / 32); ++word) {
    if (random.next() >= mixedWords)
      continue;
    for (int32_t bit = 0; bit < 32; ++bit)
      if (random.next() >= share)
        mask.forbid(32 * word + bit);
  }
  return mask;
}

static void bench(const char *name, const SamplingParams &params,
                  const TokenMask *mask = nullptr) {
  Sampler sampler;
  Generator generator(1);
  std::vector<float> logits = logitsOf(7);
  std::vector<double> times;
  int64_t checksum = 0;
  for (int row = 0; row < 101; ++row) {
    auto begin = std::chrono::steady_clock::now();
    checksum += sampler.sample(logits, params, TokenCounts(), generator, mask)
                    ->token.id;
    std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - begin;
    times.push_back(taken.count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%-24s %.3f ms (checksum %lld)\n", name, times[times.size() / 2],
              static_cast<long long>(checksum));
}

int main() {
  bench("greedy", {.temperature = 0});
  bench("top_k 64, top_p 0.95", {.topK = 64, .topP = 0.95F});
  bench("top_k 64, 20 logprobs", {.topK = 64, .numTopLogprobs = 20});
  bench("top_k 1000", {.topK = 1000});
  bench("plain", {});
  bench("min_p 0.05", {.minP = 0.05F});
  bench("top_p 0.95", {.topP = 0.95F});
  TokenMask few = maskOf(1, 0.0001, 1), half = maskOf(2, 0.5, 1),
            most = maskOf(3, 0.5, 0.2);
  bench("greedy, few allowed", {.temperature = 0}, &few);
  bench("greedy, half allowed", {.temperature = 0}, &half);
  bench("greedy, most allowed", {.temperature = 0}, &most);
  bench("top_k 64, most allowed", {.topK = 64, .topP = 0.95F}, &most);
  return 0;
}
