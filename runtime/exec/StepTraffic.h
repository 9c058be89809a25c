//===- StepTraffic.h - What a decode step reads -----------------*- C++ -*-===//
//
// A step of one token a session cannot be faster than its bytes can be read.
// What those are is read off the launches of the program:
//
//   a weight is read once, whatever the number of sessions;
//   a weight of experts [E, N, K], whose launch has k items a token, as far as
//     its distinct experts go: E (1 - (1 - k/E)^sessions), which is what
//     choices that do not depend on each other give; real ones touch fewer;
//   a table that is looked up by token ids, a row a session;
//   a cache, by each launch that attends to it, the positions that are seen.
//
// Buffers between launches are left out: they are small and stay in caches.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_STEPTRAFFIC_H
#define G4_RUNTIME_EXEC_STEPTRAFFIC_H

#include "runtime/artifact/Artifact_generated.h"

#include <cstdint>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Bytes that a step of one token for each of some sessions reads.
struct StepTraffic {
  double weightBytes = 0; // those of experts left out
  double expertBytes = 0;
  double cacheBytes = 0;

  double total() const { return weightBytes + expertBytes + cacheBytes; }
};

/// Of `sessions` sessions with `context` positions each. `program` belongs to
/// `root`, and has been checked.
StepTraffic stepTraffic(const artifact::Artifact &root,
                        const artifact::Program &program, int64_t sessions,
                        int64_t context);

/// Experts of `count` that some token chooses, where `tokens` tokens choose
/// `perToken` each.
double distinctExperts(double count, double perToken, double tokens);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_STEPTRAFFIC_H
