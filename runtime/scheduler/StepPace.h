//===- StepPace.h - Rows of prompts beside rows that decode -----*- C++ -*-===//
//
// Whoever reads an answer wants its tokens at an even pace, whoever has sent a
// long prompt its first one soon. A step may take kStretch times as long as one
// in which nearly all rows decode: then both get about half of the machine.
// What a prompt's row costs differs by a factor of a hundred between a CPU,
// where it is as much as a decoding one, and a GPU, which has read the weights
// anyway, and grows with what the row attends to. So it is measured.
//
//   base    seconds of a step with so many decoding rows and one of a prompt:
//           the median of the last five. Measured again after 64 steps, by a
//           step that has no more.
//   cost    of a row: after a step with n > 1 of them
//           (its seconds - base) / (n - 1).
//   rows    for the next step: (kStretch - 1) * (base - cost) / cost, between
//           n / 2 and 2 * n. So one step that something else held up does
//           little.
//
// No clock of its own: the same calls give the same numbers.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_SCHEDULER_STEPPACE_H
#define G4_RUNTIME_SCHEDULER_STEPPACE_H

#include <cstdint>
#include <map>
#include <vector>

namespace g4rt {

class StepPace {
public:
  /// A p99 of twice the steady one is wanted, and steps vary.
  static constexpr double kStretch = 1.75;
  /// Steps with prompts after which a base is measured again.
  static constexpr int64_t kStepsOfBase = 64;

  /// How many rows of prompts the next step may have beside `numDecodes` (1 and
  /// more) rows that decode; 1 at least.
  int64_t promptRows(int64_t numDecodes) const;

  /// A step has run, in so many seconds.
  void record(int64_t numDecodes, int64_t numPromptRows, double seconds);

private:
  struct Base {
    std::vector<double> seconds; // of the last steps, the oldest first
    int64_t numStepsSince = 0;

    void add(double stepSeconds);
    double median() const;
  };

  static int64_t classOf(int64_t numDecodes);

  std::map<int64_t, Base> bases_; // by classOf()
  int64_t rows_ = 8;
};

} // namespace g4rt

#endif // G4_RUNTIME_SCHEDULER_STEPPACE_H
