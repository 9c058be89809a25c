//===- Block.h - One block of an emulated grid ------------------*- C++ -*-===//

#ifndef G4_CODEGEN_EMULATOR_BLOCK_H
#define G4_CODEGEN_EMULATOR_BLOCK_H

#include "codegen/emulator/Emulator.h"
#include "codegen/emulator/Fibre.h"
#include "codegen/emulator/LaunchOrder.h"
#include "codegen/emulator/SharedMemory.h"

#include <array>
#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace g4 {

/// Operations for which the lanes of a warp meet.
enum class WarpOp { Shuffle, Dpp, LdMatrix, Mma, Matrix };

/// A lane's part of a matrix operation: a and b of bf16, c and d of f32.
struct LaneDataMatrix {
  const uint16_t *a = nullptr, *b = nullptr;
  const float *c = nullptr;
  float *d = nullptr;
};

/// What a lane brings to a warp operation, and takes from it.
struct LaneData {
  WarpOp op;
  std::array<uint32_t, 4> a{};
  std::array<uint32_t, 4> b{};
  std::array<float, 4> c{};
  uint64_t pointer = 0;
  /// shuffle: xor mask; dpp: control; ldmatrix: matrices; matrix: the
  /// intrinsic's number.
  uint32_t number = 0;
  bool transposed = false; // ldmatrix
  std::array<uint32_t, 4> result{};
  LaneDataMatrix matrix{};
};

/// The lanes of a warp, by number.
using WarpLanes = std::span<LaneData *const>;

/// Computes `result` of all lanes of a warp. Empty, or what is wrong.
std::string executeWarpOp(WarpLanes lanes, SharedMemory &memory,
                          int firstThread);

/// Threads, their schedule and their memory.
class Block {
public:
  Block(const EmulatedKernel &kernel, std::span<const uint64_t> args,
        std::span<const MemoryRange> memory, LaunchOrder &order);

  /// The block that this host thread runs; its threads' calls come here.
  static Block *current();

  /// Runs the block at (x, y). Empty, or the first problem, after which the
  /// block runs no more.
  std::string run(int64_t x, int64_t y, uint32_t seed);

  // Called by the running thread.
  void barrier();
  LaneData meetWarp(LaneData data);
  void copyAsync(void *to, const void *from, uint32_t bytes);
  void commitAsync();
  void waitAsync(uint32_t pending);
  void watchOrder() { order_.watch(); }
  uint32_t increment(uint32_t *counter, bool ordered);
  void access(void *pointer, size_t bytes, size_t alignment, bool isWrite,
              bool isShared);

private:
  enum class State { Ready, AtBarrier, AtWarpOp, Done };
  struct Copy {
    void *to;
    std::array<std::byte, 16> bytes;
  };
  struct Thread {
    Fibre fibre;
    State state = State::Done;
    int number = 0;
    LaneData lane;
    std::vector<Copy> open;               // copies not committed yet
    std::deque<std::vector<Copy>> groups; // committed, oldest first
  };
  struct Start {
    Block *block;
    int thread;
  };

  static void threadMain(void *start);
  void checkGlobal(void *pointer, size_t bytes, size_t alignment, bool isWrite);
  void report(const std::string &problem);
  void stop();
  void startThreads();
  /// False if no thread is ready.
  bool runReadyThreads();
  void checkEnd(const Thread &thread);
  void releaseBarrier();
  void releaseWarp(int warp);
  Thread &self() { return *threads_[running_]; }

  const EmulatedKernel &kernel_;
  std::span<const uint64_t> args_;
  std::span<const MemoryRange> global_;
  MemoryRange last_; // where the last access to global memory went
  SharedMemory memory_;
  LaunchOrder &order_;
  LaunchOrder::Place place_; // of the block that runs
  std::mt19937 random_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::vector<Start> starts_;
  std::vector<int> ready_;
  std::vector<LaneData *> lanes_; // of all threads, by number
  int running_ = 0;
  int64_t x_ = 0, y_ = 0;
  std::string problem_;
};

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_BLOCK_H
