//===- StepTraffic.h - What a step reads and multiplies ---------*- C++ -*-===//
//
// A step cannot be faster than its bytes can be read. What those are is read
// off the launches of the program:
//
//   a weight is read once, whatever the number of rows;
//   a weight of experts [E, N, K], whose launch has k items a row, as far as
//     its distinct experts go: E (1 - (1 - k/E)^rows), which is what choices
//     that do not depend on each other give; real ones touch fewer;
//   a table that is looked up by token ids, a row of it a row of the step;
//   a cache, by each launch that attends to it, the positions that are seen.
//
// Buffers between launches are left out: they are small and stay in caches.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_STEPTRAFFIC_H
#define G4_RUNTIME_EXEC_STEPTRAFFIC_H

#include "runtime/artifact/Artifact_generated.h"

#include <cstdint>
#include <optional>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// A step, as far as its traffic depends on it.
struct StepShape {
  double rows = 1;    // tokens
  double outputs = 1; // rows that get logits
  double sessions = 1;
  double context = 0; // positions that the rows of a session see
  /// Experts of a layer that some row chooses; none: of random choices.
  std::optional<double> distinctExperts = {};

  /// A step of one token for each session.
  static StepShape decode(int64_t sessions, int64_t context) {
    auto rows = static_cast<double>(sessions);
    return {.rows = rows,
            .outputs = rows,
            .sessions = rows,
            .context = static_cast<double>(context)};
  }
};

/// Bytes that a step reads.
struct StepTraffic {
  double weightBytes = 0; // those of experts left out
  double expertBytes = 0;
  double cacheBytes = 0;
  /// Products of a weight and a number of a row: what dots add up.
  double products = 0;

  double total() const { return weightBytes + expertBytes + cacheBytes; }
};

/// `program` belongs to `root`, and has been checked.
StepTraffic stepTraffic(const artifact::Artifact &root,
                        const artifact::Program &program,
                        const StepShape &shape);
/// Of one launch of the program.
StepTraffic launchTraffic(const artifact::Artifact &root,
                          const artifact::Program &program,
                          const artifact::Launch &launch,
                          const StepShape &shape);

/// The cache that a launch attends to; null for all other launches.
const artifact::Cache *attendedCache(const artifact::Launch &launch,
                                     const artifact::Program &program);

/// Experts of `count` that some token chooses, where `tokens` tokens choose
/// `perToken` each.
double distinctExperts(double count, double perToken, double tokens);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_STEPTRAFFIC_H
