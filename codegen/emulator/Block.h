//===- Block.h - One block of an emulated grid ------------------*- C++ -*-===//

#ifndef G4_CODEGEN_EMULATOR_BLOCK_H
#define G4_CODEGEN_EMULATOR_BLOCK_H

#include "codegen/emulator/Emulator.h"
#include "codegen/emulator/Fibre.h"
#include "codegen/emulator/SharedMemory.h"

#include <array>
#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace g4 {

/// Operations for which the lanes of a warp meet.
enum class WarpOp { Shuffle, LdMatrix, Mma };

/// What a lane brings to a warp operation, and takes from it.
struct LaneData {
  WarpOp op;
  std::array<uint32_t, 4> a{};
  std::array<uint32_t, 4> b{};
  std::array<float, 4> c{};
  uint64_t pointer = 0;
  uint32_t number = 0; // shuffle: xor mask; ldmatrix: matrices
  std::array<uint32_t, 4> result{};
};

/// Computes `result` of all lanes of a warp. Empty, or what is wrong.
std::string executeWarpOp(std::span<LaneData> lanes, SharedMemory &memory,
                          int firstThread);

/// Threads, their schedule and their memory.
class Block {
public:
  Block(const EmulatedKernel &kernel, uint32_t seed);

  /// The block that is running; its threads' calls come here.
  static Block *current();

  /// Runs the block at (x, y). Empty, or the first problem.
  std::string run(std::span<const uint64_t> args, int64_t x, int64_t y);

  // Called by the running thread.
  void barrier();
  LaneData meetWarp(LaneData data);
  void copyAsync(void *to, const void *from, uint32_t bytes);
  void commitAsync();
  void waitAsync(uint32_t pending);
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
  void report(const std::string &problem);
  void stop();
  void releaseBarrier();
  void releaseWarp(int warp);
  Thread &self() { return *threads_[running_]; }

  const EmulatedKernel &kernel_;
  SharedMemory memory_;
  std::mt19937 random_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::vector<Start> starts_;
  int running_ = 0;
  std::span<const uint64_t> args_;
  int64_t x_ = 0, y_ = 0;
  std::string problem_;
};

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_BLOCK_H
