//===- Emulator.h - Runs a GPU kernel on the CPU ----------------*- C++ -*-===//
//
// A kernel that Emulate.h made a host function of runs as it would on a GPU:
// one fibre a thread, blocks in random order, threads in random order
// between the points where they meet. Warp operations (shuffles, ldmatrix, mma)
// happen when all lanes have come to them. Async copies happen at their wait
// and no earlier. Shared memory is watched (SharedMemory.h), global accesses
// are checked for alignment and, where the caller says what memory there is,
// for its bounds.
//
// No LLVM here: the fake driver of test/fakedriver is built on it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_EMULATOR_EMULATOR_H
#define G4_CODEGEN_EMULATOR_EMULATOR_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace g4 {

/// The host function of a kernel. `args` has 8 bytes a parameter.
using EmulatedFunction = void (*)(const uint64_t *args, int64_t x, int64_t y,
                                  void *scratch, int64_t thread);

struct EmulatedKernel {
  EmulatedFunction function = nullptr;
  int numThreads = 1;
  int warpSize = 32;
  size_t scratchBytes = 0;
};

/// Bytes of global memory that a kernel may touch.
struct MemoryRange {
  uint64_t begin = 0, end = 0;
};

struct EmulatedGrid {
  int64_t x = 1, y = 1;
};

struct EmulatorOptions {
  /// Orders of blocks and threads are drawn from it.
  uint32_t seed = 1;
  /// What global memory there is, by rising address; empty: not checked.
  std::span<const MemoryRange> memory;
  /// Host threads that run blocks. One seed gives one schedule with one worker
  /// only.
  int numWorkers = 1;
};

/// Runs every block of the grid. Empty if nothing was wrong, else the first
/// problem.
std::string emulate(const EmulatedKernel &kernel,
                    std::span<const uint64_t> args, EmulatedGrid grid,
                    const EmulatorOptions &options);

/// What the host functions call: name and address of each.
struct EmulatorSymbol {
  const char *name;
  void *address;
};
std::span<const EmulatorSymbol> emulatorSymbols();

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_EMULATOR_H
