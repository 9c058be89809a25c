//===- Bandwidth.h - How fast this machine reads memory ---------*- C++ -*-===//

#ifndef G4_BENCH_ENGINE_BANDWIDTH_H
#define G4_BENCH_ENGINE_BANDWIDTH_H

namespace g4rt {

/// GB/s of reading 1 GiB of memory in order, each of `numThreads` threads in
/// eight streams; the best of several passes. The roof of decode.
double measureReadBandwidth(int numThreads);

} // namespace g4rt

#endif // G4_BENCH_ENGINE_BANDWIDTH_H
