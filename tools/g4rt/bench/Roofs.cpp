//===- Roofs.cpp - What this machine can do at most -----------------------===//

#include "tools/g4rt/bench/Roofs.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <immintrin.h>
#include <sys/mman.h>
#include <thread>
#include <vector>

namespace g4rt {

constexpr size_t kBytes = size_t{1} << 30;
constexpr int kStreams = 8, kPasses = 5;
constexpr int64_t kDotSteps = int64_t{1} << 21;

/// The shortest of some passes of `work(thread)` on all threads, in seconds.
template <typename Work>
static double fastestPass(int numThreads, const Work &work) {
  double fastest = 1e9;
  for (int pass = 0; pass < kPasses; ++pass) {
    std::vector<std::thread> threads;
    auto start = std::chrono::steady_clock::now();
    for (int t = 1; t < numThreads; ++t)
      threads.emplace_back([&, t] { work(t); });
    work(0);
    for (std::thread &thread : threads)
      thread.join();
    std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start;
    fastest = std::min(fastest, seconds.count());
  }
  return fastest;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Reads a part; its sum is kept, so that no read can be left out.
__attribute__((target("avx2"))) static void readPart(const __m256i *words,
                                                     size_t count) {
  size_t stride = count / kStreams;
  __m256i sums[kStreams] = {};
  for (size_t i = 0; i + 1 < stride; i += 2)
    for (int s = 0; s < kStreams; ++s) {
      const __m256i *at = words + s * stride + i;
      _mm_prefetch(reinterpret_cast<const char *>(at + 64), _MM_HINT_T0);
      sums[s] = _mm256_add_epi64(sums[s], _mm256_load_si256(at));
      sums[s] = _mm256_add_epi64(sums[s], _mm256_load_si256(at + 1));
    }
  for (__m256i &sum : sums)
    asm volatile("" : "+x"(sum));
}

double measureReadBandwidth(int numThreads) {
  if (!__builtin_cpu_supports("avx2"))
    return 0;
  void *memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 0;
  ::madvise(memory, kBytes, MADV_HUGEPAGE);
  std::memset(memory, 1, kBytes);
  const auto *words = static_cast<const __m256i *>(memory);
  size_t perThread = kBytes / sizeof(__m256i) / numThreads;
  double seconds = fastestPass(
      numThreads, [&](int t) { readPart(words + t * perThread, perThread); });
  ::munmap(memory, kBytes);
  return kBytes / seconds;
}

//===----------------------------------------------------------------------===//
// Products of bytes
//===----------------------------------------------------------------------===//

// Enough sums to hide the latency of an addition; `w` is opaque in each step,
// so that no product is taken out of the loop.

__attribute__((target("avx2"))) static int64_t dotAvx2() {
  constexpr int kSums = 8;
  __m256i sums[kSums] = {}, x = _mm256_set1_epi8(3), w = _mm256_set1_epi8(5);
  for (int64_t step = 0; step < kDotSteps; ++step) {
    asm volatile("" : "+x"(w));
    for (__m256i &sum : sums) {
      __m256i products = _mm256_maddubs_epi16(w, x);
      asm volatile("" : "+x"(products)); // each sum has its own
      sum = _mm256_add_epi16(sum, products);
    }
  }
  for (__m256i &sum : sums)
    asm volatile("" : "+x"(sum));
  return kDotSteps * kSums * 32;
}

__attribute__((target("avx512f,avx512vnni"))) static int64_t dotVnni() {
  constexpr int kSums = 16;
  __m512i sums[kSums] = {}, x = _mm512_set1_epi8(3), w = _mm512_set1_epi8(5);
  for (int64_t step = 0; step < kDotSteps; ++step) {
    asm volatile("" : "+v"(w));
    for (__m512i &sum : sums)
      sum = _mm512_dpbusd_epi32(sum, w, x);
  }
  for (__m512i &sum : sums)
    asm volatile("" : "+v"(sum));
  return kDotSteps * kSums * 64;
}

static double measureByteDotRate(int numThreads) {
  bool hasVnni = __builtin_cpu_supports("avx512vnni");
  int64_t products = 0;
  double seconds = fastestPass(numThreads, [&](int thread) {
    int64_t done = hasVnni ? dotVnni() : dotAvx2();
    if (thread == 0)
      products = done;
  });
  return static_cast<double>(products) * numThreads / seconds;
}

Roofs measureRoofs(int numThreads) {
  if (!__builtin_cpu_supports("avx2"))
    return {};
  return {.readBandwidth = measureReadBandwidth(numThreads),
          .byteDotRate = measureByteDotRate(numThreads)};
}

} // namespace g4rt
