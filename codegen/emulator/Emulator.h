//===- Emulator.h - Runs a GPU kernel on the CPU ----------------*- C++ -*-===//
//
// A kernel that Emulate.h made a host function of runs as it would on a GPU:
// one fibre a thread, blocks one after the other, threads in random order
// between the points where they meet. Warp operations (shuffles, ldmatrix, mma)
// happen when all lanes have come to them. Async copies happen at their wait
// and no earlier. Shared memory is watched (SharedMemory.h), global accesses
// are checked for alignment.
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

struct EmulatedGrid {
  int64_t x = 1, y = 1;
};

/// Runs every block of the grid, in an order and with schedules drawn from
/// `seed`. Empty if nothing was wrong, else the first problem.
///
/// Not reentrant: one kernel at a time in a process.
std::string emulate(const EmulatedKernel &kernel,
                    std::span<const uint64_t> args, EmulatedGrid grid,
                    uint32_t seed);

/// What the host functions call: name and address of each.
struct EmulatorSymbol {
  const char *name;
  void *address;
};
std::span<const EmulatorSymbol> emulatorSymbols();

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_EMULATOR_H
