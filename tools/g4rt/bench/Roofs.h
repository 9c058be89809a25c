//===- Roofs.h - What this machine can do at most ---------------*- C++ -*-===//
//
// The two numbers that bound a step on a CPU: how fast it reads memory, and how
// fast it multiplies bytes. Measured, each by a loop that does nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_BENCH_ROOFS_H
#define G4_TOOLS_G4RT_BENCH_ROOFS_H

namespace g4rt {

struct Roofs {
  /// Bytes a second of reading 1 GiB of memory in order, each thread in eight
  /// streams.
  double readBandwidth = 0;
  /// Products of 8-bit integers a second, summed: vpdpbusd where the machine
  /// has AVX-512 VNNI, else vpmaddubsw and an addition.
  double byteDotRate = 0;
};

/// Of all `numThreads` threads together; the best of several passes, half a
/// second in all. Zeros on a machine without AVX2.
Roofs measureRoofs(int numThreads);

/// readBandwidth alone: a third of a second; 0 where there is no memory for it.
double measureReadBandwidth(int numThreads);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_ROOFS_H
