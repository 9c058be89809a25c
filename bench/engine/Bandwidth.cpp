//===- Bandwidth.cpp - How fast this machine reads memory -----------------===//

#include "bench/engine/Bandwidth.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <sys/mman.h>
#include <thread>
#include <vector>

namespace g4rt {

constexpr size_t kBytes = size_t{1} << 30;
constexpr int kStreams = 8, kPasses = 5;

using Words = uint64_t __attribute__((vector_size(64), aligned(64)));

/// The sum of a part, so that no read can be left out.
static uint64_t readPart(const Words *words, size_t count) {
  size_t stride = count / kStreams;
  Words sums[kStreams] = {};
  for (size_t i = 0; i < stride; ++i)
    for (int s = 0; s < kStreams; ++s) {
      __builtin_prefetch(words + s * stride + i + 32);
      sums[s] += words[s * stride + i];
    }
  Words total = {};
  for (const Words &sum : sums)
    total += sum;
  return total[0];
}

double measureReadBandwidth(int numThreads) {
  void *memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 0;
  ::madvise(memory, kBytes, MADV_HUGEPAGE);
  auto *words = static_cast<Words *>(memory);
  size_t perThread = kBytes / sizeof(Words) / numThreads;
  std::fill_n(static_cast<char *>(memory), kBytes, char{1});
  double best = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    std::vector<uint64_t> sums(numThreads);
    std::vector<std::thread> threads;
    auto start = std::chrono::steady_clock::now();
    for (int t = 0; t < numThreads; ++t)
      threads.emplace_back(
          [&, t] { sums[t] = readPart(words + t * perThread, perThread); });
    for (std::thread &thread : threads)
      thread.join();
    std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start;
    volatile uint64_t keep = sums[0];
    (void)keep;
    best = std::max(best, kBytes / seconds.count() / 1e9);
  }
  ::munmap(memory, kBytes);
  return best;
}

} // namespace g4rt
