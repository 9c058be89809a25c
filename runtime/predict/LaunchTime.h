//===- LaunchTime.h - How long one launch of a kernel takes -----*- C++ -*-===//
//
// Arithmetic on what a launch does and what a machine has, with nothing fitted:
// docs/tuning.md has the formula and says what it does not know.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_PREDICT_LAUNCHTIME_H
#define G4_RUNTIME_PREDICT_LAUNCHTIME_H

#include "runtime/device/Machine.h"

#include <array>
#include <cstddef>

namespace g4rt {

/// What one thread does from its begin to its end.
struct ThreadWork {
  double instructions = 0, integers = 0, specials = 0, barriers = 0;
  double matrixProducts = 0, sharedBytes = 0;
  /// Times that it waits for memory, one after the other.
  double waits = 0;
};

struct LaunchWork {
  /// Blocks that do something, and threads of one.
  double items = 0, threads = 1;
  /// Of a thread; 0: not known. Of a block.
  double registers = 0, sharedBytes = 0;
  ThreadWork thread = {};
  /// Bytes that come from memory, each once.
  double memoryBytes = 0;
  /// Bytes that all blocks together load and store, through the cache.
  double cacheBytes = 0;
};

/// What a time may be due to.
enum class Bound {
  Launch,   // waiting for the kernel before, and starting
  Latency,  // one thread's waits and instructions, one after the other
  Memory,   // bytes from memory
  Cache,    // bytes through the cache
  Issue,    // instructions of all kinds
  Integers, // bits and whole numbers
  Specials, // exponentials, roots, conversions
  Shared,   // bytes of shared memory
  Matrix    // matrix instructions
};
constexpr size_t kNumBounds = 9;
/// "launch", "latency", ...
const char *nameOf(Bound bound);

struct LaunchTime {
  double seconds = 0; // all of it
  /// The seconds of which each is the cause; they add up to all of it.
  std::array<double, kNumBounds> causes = {};
  /// Blocks that a unit holds at a time, and rounds of all units until all
  /// items are done.
  double blocksOfUnit = 0, waves = 0;

  /// The cause of most of it.
  Bound bound() const;
};

/// Blocks of the launch that a unit holds at a time: at least one, because a
/// kernel that cannot run is refused elsewhere.
double blocksOfUnit(const LaunchWork &work, const Machine &machine);

LaunchTime predictLaunch(const LaunchWork &work, const Machine &machine);

} // namespace g4rt

#endif // G4_RUNTIME_PREDICT_LAUNCHTIME_H
