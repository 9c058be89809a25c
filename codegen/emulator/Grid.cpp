//===- Grid.cpp - All blocks of a launch ----------------------------------===//

#include "codegen/emulator/Block.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace g4 {

namespace {

/// One launch: workers take blocks in the order drawn until one has a problem.
class Grid {
public:
  Grid(const EmulatedKernel &kernel, std::span<const uint64_t> args,
       EmulatedGrid size, const EmulatorOptions &options)
      : kernel_(kernel), args_(args), size_(size), options_(options),
        order_(size.x * size.y) {
    for (size_t i = 0; i < order_.size(); ++i)
      order_[i] = static_cast<int64_t>(i);
    std::shuffle(order_.begin(), order_.end(), std::mt19937(options.seed));
  }

  std::string run() {
    size_t numWorkers = std::min<size_t>(options_.numWorkers, order_.size());
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < numWorkers; ++i)
      helpers.emplace_back([this] { work(); });
    work();
    helpers.clear();
    return problem_;
  }

private:
  void work() {
    Block block(kernel_, args_, options_.memory, launchOrder_);
    for (size_t i = next_++; i < order_.size(); i = next_++) {
      int64_t number = order_[i];
      std::string problem =
          block.run(number % size_.x, number / size_.x,
                    options_.seed + 0x9e3779b9u * static_cast<uint32_t>(i));
      if (!problem.empty())
        return end(std::move(problem));
    }
  }

  void end(std::string problem) {
    next_ = order_.size();
    std::lock_guard lock(mutex_);
    if (problem_.empty())
      problem_ = std::move(problem);
  }

  const EmulatedKernel &kernel_;
  std::span<const uint64_t> args_;
  EmulatedGrid size_;
  const EmulatorOptions &options_;
  std::vector<int64_t> order_;
  LaunchOrder launchOrder_;
  std::atomic<size_t> next_ = 0;
  std::mutex mutex_;
  std::string problem_;
};

} // namespace

std::string emulate(const EmulatedKernel &kernel,
                    std::span<const uint64_t> args, EmulatedGrid grid,
                    const EmulatorOptions &options) {
  return Grid(kernel, args, grid, options).run();
}

} // namespace g4
