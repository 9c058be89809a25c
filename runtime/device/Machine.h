//===- Machine.h - A GPU as the timing model sees it ------------*- C++ -*-===//
//
// A card of Cards.json together with what all cards of its architecture share.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_MACHINE_H
#define G4_RUNTIME_DEVICE_MACHINE_H

#include "runtime/device/Cards.h"

namespace g4rt {

/// Rates are those of one unit (a streaming multiprocessor, a compute unit) in
/// one clock, latencies are in clocks.
struct Machine {
  std::string name;
  double units = 0;
  double clock = 0; // Hz
  /// Bytes a second that a kernel which only reads has been seen to reach.
  double readBandwidth = 0;
  /// The last cache before memory.
  double cacheBytes = 0;

  /// Instructions of threads: of all kinds, and of each kind.
  double issueLanes = 0, integerLanes = 0, specialLanes = 0;
  /// Bytes of shared memory, and of what comes from the cache.
  double sharedRate = 0, cacheRate = 0;
  /// Multiply-adds of matrix instructions.
  double matrixRate = 0;

  double cacheLatency = 0, memoryLatency = 0, barrierLatency = 0;
  /// From the end of one kernel of a graph to the work of the next.
  double launchSeconds = 0;

  /// What one unit has for blocks: registers of 32 bits, bytes of shared
  /// memory, of which the system takes some for each block, threads, blocks.
  double registers = 0, sharedBytes = 0, blockSharedBytes = 0, threads = 0,
         blocks = 0;
  double warp = 0; // lanes
  /// Warps that issue at a time: a warp issues every warp * schedulers /
  /// issueLanes clocks at most.
  double schedulers = 0;
  /// Where the architecture's figures were read.
  std::string source = {};
};

/// `card` with the figures of its architecture in a text in the format of
/// Cards.json.
///
/// Errors: NotFound if the text lacks figures of the card or the architecture,
/// InvalidArgument naming the key that is wrong.
Result<Machine> readMachine(const Card &card, std::string_view text);

/// With those of Cards.json itself.
Result<Machine> machineOf(const Card &card);

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_MACHINE_H
