//===- Block.cpp - One block of an emulated grid --------------------------===//

#include "codegen/emulator/Block.h"

#include <algorithm>
#include <cstring>

namespace g4 {

// A fibre never moves to another host thread. Every access of a kernel asks for
// it; the usual model for a shared library calls a function each time.
static thread_local Block *currentBlock
    __attribute__((tls_model("initial-exec"))) = nullptr;

Block *Block::current() { return currentBlock; }

Block::Block(const EmulatedKernel &kernel, std::span<const uint64_t> args,
             std::span<const MemoryRange> memory, LaunchOrder &order)
    : kernel_(kernel), args_(args), global_(memory),
      memory_(kernel.scratchBytes, [this](const std::string &p) { report(p); }),
      order_(order) {
  for (int i = 0; i < kernel.numThreads; ++i) {
    threads_.push_back(std::make_unique<Thread>());
    threads_.back()->number = i;
    lanes_.push_back(&threads_.back()->lane);
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

std::string Block::run(int64_t x, int64_t y, uint32_t seed) {
  x_ = x;
  y_ = y;
  random_.seed(seed);
  memory_.reset();
  place_ = order_.begin();
  currentBlock = this;
  startThreads();
  while (problem_.empty() && runReadyThreads()) {
    releaseBarrier();
    for (int w = 0; w * kernel_.warpSize < kernel_.numThreads; ++w)
      releaseWarp(w);
  }
  for (auto &thread : threads_)
    checkEnd(*thread);
  currentBlock = nullptr;
  return problem_;
}

void Block::startThreads() {
  for (auto &thread : threads_) {
    thread->state = State::Ready;
    thread->open.clear();
    thread->groups.clear();
    thread->fibre.start(threadMain, &starts_[thread->number]);
  }
}

/// Runs each thread that is ready, in a new order, until it meets others.
bool Block::runReadyThreads() {
  ready_.clear();
  for (auto &thread : threads_)
    if (thread->state == State::Ready)
      ready_.push_back(thread->number);
  std::shuffle(ready_.begin(), ready_.end(), random_);
  for (int number : ready_) {
    running_ = number;
    if (problem_.empty())
      threads_[number]->fibre.resume();
  }
  return !ready_.empty();
}

void Block::checkEnd(const Thread &thread) {
  std::string name = "thread " + std::to_string(thread.number);
  if (thread.state != State::Done)
    report(name + " waits for threads that never come");
  bool copies = !thread.open.empty();
  for (const std::vector<Copy> &group : thread.groups)
    copies |= !group.empty();
  if (copies)
    report(name + " ends with async copies under way");
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
  for (int i = first; i < first + count; ++i)
    if (threads_[i]->state != State::AtWarpOp)
      return;
  WarpLanes lanes(lanes_.data() + first, count);
  if (std::string problem = executeWarpOp(lanes, memory_, first);
      !problem.empty())
    return report(problem);
  for (int i = first; i < first + count; ++i)
    threads_[i]->state = State::Ready;
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

uint32_t Block::increment(uint32_t *counter, bool ordered) {
  return order_.increment(place_, counter, ordered);
}

void Block::access(void *pointer, size_t bytes, size_t alignment, bool isWrite,
                   bool isShared) {
  if (!isShared)
    checkGlobal(pointer, bytes, alignment, isWrite);
  else if (isWrite)
    memory_.write(running_, pointer, bytes, alignment);
  else
    memory_.read(running_, pointer, bytes, alignment);
  if (!problem_.empty())
    stop();
}

void Block::checkGlobal(void *pointer, size_t bytes, size_t alignment,
                        bool isWrite) {
  auto at = reinterpret_cast<uint64_t>(pointer);
  auto complain = [&](const std::string &why) {
    report("global " + std::string(isWrite ? "write" : "read") + " of " +
           std::to_string(bytes) + " bytes by thread " +
           std::to_string(running_) + " is " + why);
  };
  if (at % alignment != 0)
    return complain("not aligned to " + std::to_string(alignment) + " bytes");
  auto isInside = [&](const MemoryRange &range) {
    return at >= range.begin && at < range.end && bytes <= range.end - at;
  };
  if (isWrite)
    order_.write(place_, pointer, bytes);
  else if (!order_.mayRead(place_, pointer, bytes))
    return complain("of what another block of the launch wrote, and no arrival "
                    "orders them");
  if (isInside(last_) || global_.empty())
    return;
  auto next = std::upper_bound(
      global_.begin(), global_.end(), at,
      [](uint64_t a, const MemoryRange &range) { return a < range.begin; });
  if (next == global_.begin() || !isInside(next[-1]))
    return complain("outside of all buffers");
  last_ = next[-1];
}

// cp.async of 16 bytes, of which `bytes` are read and the rest is zeros.
void Block::copyAsync(void *to, const void *from, uint32_t bytes) {
  Copy copy{to, {}};
  if (bytes > 0 && reinterpret_cast<uintptr_t>(from) % 16 != 0)
    report("the source of an async copy is not aligned to 16 bytes");
  if (bytes > 0)
    checkGlobal(const_cast<void *>(from), bytes, 1, /*isWrite=*/false);
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

} // namespace g4
