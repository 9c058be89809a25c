//===- Block.cpp - One block of an emulated grid --------------------------===//

#include "codegen/emulator/Block.h"

#include <algorithm>
#include <cstring>

namespace g4 {

static Block *currentBlock = nullptr;

Block *Block::current() { return currentBlock; }

Block::Block(const EmulatedKernel &kernel, uint32_t seed)
    : kernel_(kernel),
      memory_(kernel.scratchBytes, [this](const std::string &p) { report(p); }),
      random_(seed) {
  for (int i = 0; i < kernel.numThreads; ++i) {
    threads_.push_back(std::make_unique<Thread>());
    threads_.back()->number = i;
    starts_.push_back({this, i});
  }
}

void Block::report(const std::string &problem) {
  if (problem_.empty())
    problem_ = "block (" + std::to_string(x_) + ", " + std::to_string(y_) +
               "): " + problem;
}

void Block::threadMain(void *start) {
  auto [block, thread] = *static_cast<Start *>(start);
  block->kernel_.function(block->args_.data(), block->x_, block->y_,
                          block->memory_.data(), thread);
  block->threads_[thread]->state = State::Done;
}

// A thread that has seen a problem never goes on; run() ends.
void Block::stop() {
  for (;;)
    self().fibre.yield();
}

std::string Block::run(std::span<const uint64_t> args, int64_t x, int64_t y) {
  args_ = args;
  x_ = x;
  y_ = y;
  problem_.clear();
  memory_.reset();
  currentBlock = this;
  for (auto &thread : threads_) {
    thread->state = State::Ready;
    thread->open.clear();
    thread->groups.clear();
    thread->fibre.start(threadMain, &starts_[thread->number]);
  }
  std::vector<int> ready;
  while (problem_.empty()) {
    ready.clear();
    for (auto &thread : threads_)
      if (thread->state == State::Ready)
        ready.push_back(thread->number);
    if (ready.empty())
      break;
    std::shuffle(ready.begin(), ready.end(), random_);
    for (int number : ready) {
      running_ = number;
      if (problem_.empty() && threads_[number]->state == State::Ready)
        threads_[number]->fibre.resume();
    }
    releaseBarrier();
    for (int w = 0; w * kernel_.warpSize < kernel_.numThreads; ++w)
      releaseWarp(w);
  }
  for (auto &thread : threads_) {
    if (thread->state != State::Done)
      report("thread " + std::to_string(thread->number) +
             " waits for threads that never come");
    bool copies = !thread->open.empty();
    for (const std::vector<Copy> &group : thread->groups)
      copies |= !group.empty();
    if (copies)
      report("thread " + std::to_string(thread->number) +
             " ends with async copies under way");
  }
  currentBlock = nullptr;
  return problem_;
}

void Block::releaseBarrier() {
  bool all = std::all_of(threads_.begin(), threads_.end(), [](auto &thread) {
    return thread->state == State::AtBarrier;
  });
  if (!all)
    return;
  memory_.barrier();
  for (auto &thread : threads_)
    thread->state = State::Ready;
}

void Block::releaseWarp(int warp) {
  int first = warp * kernel_.warpSize;
  int count = std::min(kernel_.warpSize, kernel_.numThreads - first);
  std::vector<LaneData> lanes;
  for (int i = first; i < first + count; ++i) {
    if (threads_[i]->state != State::AtWarpOp)
      return;
    lanes.push_back(threads_[i]->lane);
  }
  if (std::string problem = executeWarpOp(lanes, memory_, first);
      !problem.empty())
    return report(problem);
  for (int i = 0; i < count; ++i) {
    threads_[first + i]->lane = lanes[i];
    threads_[first + i]->state = State::Ready;
  }
}

void Block::barrier() {
  self().state = State::AtBarrier;
  self().fibre.yield();
}

LaneData Block::meetWarp(LaneData data) {
  Thread &thread = self();
  thread.lane = data;
  thread.state = State::AtWarpOp;
  thread.fibre.yield();
  return thread.lane;
}

void Block::access(void *pointer, size_t bytes, size_t alignment, bool isWrite,
                   bool isShared) {
  if (!isShared) {
    if (reinterpret_cast<uintptr_t>(pointer) % alignment != 0)
      report("global access by thread " + std::to_string(running_) +
             " is not aligned to " + std::to_string(alignment) + " bytes");
  } else if (isWrite) {
    memory_.write(running_, pointer, bytes, alignment);
  } else {
    memory_.read(running_, pointer, bytes, alignment);
  }
  if (!problem_.empty())
    stop();
}

// cp.async of 16 bytes, of which `bytes` are read and the rest is zeros.
void Block::copyAsync(void *to, const void *from, uint32_t bytes) {
  Copy copy{to, {}};
  if (bytes > 0 && reinterpret_cast<uintptr_t>(from) % 16 != 0)
    report("the source of an async copy is not aligned to 16 bytes");
  memory_.beginCopy(running_, to, copy.bytes.size());
  if (!problem_.empty())
    stop();
  if (bytes > 0)
    std::memcpy(copy.bytes.data(), from, bytes);
  self().open.push_back(copy);
}

void Block::commitAsync() {
  self().groups.push_back(std::move(self().open));
  self().open.clear();
}

void Block::waitAsync(uint32_t pending) {
  auto &groups = self().groups;
  for (; groups.size() > pending; groups.pop_front())
    for (const Copy &copy : groups.front())
      memory_.landCopy(running_, copy.to, copy.bytes.data(), copy.bytes.size());
  if (!problem_.empty())
    stop();
}

std::string emulate(const EmulatedKernel &kernel,
                    std::span<const uint64_t> args, EmulatedGrid grid,
                    uint32_t seed) {
  Block block(kernel, seed);
  std::vector<int64_t> order(grid.x * grid.y);
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = static_cast<int64_t>(i);
  std::shuffle(order.begin(), order.end(), std::mt19937(seed));
  for (int64_t number : order)
    if (std::string problem = block.run(args, number % grid.x, number / grid.x);
        !problem.empty())
      return problem;
  return {};
}

} // namespace g4
