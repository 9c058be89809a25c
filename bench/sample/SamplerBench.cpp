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

static void bench(const char *name, const SamplingParams &params) {
  Sampler sampler;
  Generator generator(1);
  std::vector<float> logits = logitsOf(7);
  std::vector<double> times;
  int64_t checksum = 0;
  for (int row = 0; row < 101; ++row) {
    auto begin = std::chrono::steady_clock::now();
    checksum +=
        sampler.sample(logits, params, TokenCounts(), generator)->token.id;
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
  return 0;
}
