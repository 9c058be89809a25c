//===- CodeJobs.cpp - Code of several targets at once ---------------------===//

#include "compiler/pipeline/CodeJobs.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace g4 {

std::vector<llvm::Expected<KernelCode>>
runCodeJobs(const std::vector<CodeJob> &jobs) {
  std::vector<std::optional<llvm::Expected<KernelCode>>> made(jobs.size());
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i = next++; i < jobs.size(); i = next++)
      made[i].emplace(jobs[i]());
  };
  size_t numThreads = std::min<size_t>(
      std::max(1u, std::thread::hardware_concurrency()), jobs.size());
  {
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < numThreads; ++i)
      helpers.emplace_back(work);
    work();
  }
  std::vector<llvm::Expected<KernelCode>> results;
  for (auto &code : made)
    results.push_back(std::move(*code));
  return results;
}

} // namespace g4
