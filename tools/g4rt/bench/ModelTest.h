//===- ModelTest.h - A line of a model's benchmark --------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_BENCH_MODELTEST_H
#define G4_TOOLS_G4RT_BENCH_MODELTEST_H

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

/// What is timed, in llama-bench's words: "pp512" is a prompt of 512 tokens,
/// "tg32" 32 tokens one after the other in each of some sessions.
struct ModelTest {
  enum class Kind { Prompt, Generate };
  Kind kind = Kind::Prompt;
  int64_t numTokens = 0; // of each session
  int64_t depth = 0;     // positions before them
  int64_t numSessions = 1;

  /// "pp512", "tg32 x8", "pp512 @ d4096".
  std::string name() const;
  int64_t totalTokens() const { return numTokens * numSessions; }
  /// Positions of a session.
  int64_t length() const { return depth + numTokens; }
};

/// What the flags ask for.
struct ModelTestLists {
  std::vector<int64_t> prompts = {128, 512}, answers = {32};
  std::vector<int64_t> depths = {0}, sessions = {1, 2, 4, 8, 16};

  /// Every prompt and then every answer with every number of sessions, at each
  /// depth; of 0 tokens none.
  std::vector<ModelTest> tests() const;
};

/// Where the time of a step goes, in seconds. The parts add up to `step`.
struct StepParts {
  /// Reading the weights of dots at the full bandwidth of the machine, or as
  /// long as the dots took, if that is less; then the rest of the dots' time.
  double reading = 0, dots = 0;
  double attention = 0;
  double otherKernels = 0; // norms, rope, the cache, rows as integers, sorting
  /// Threads that have no item left of a launch, and starting them: the mean
  /// over the threads.
  double barriers = 0;
  double sampling = 0;
  double host = 0; // between launches: arrays of the step, logits
  double step = 0; // measured with a clock around each item
  /// The same step measured without.
  double plainStep = 0;

  struct Kernel {
    std::string name;
    double launches = 0, seconds = 0; // of a step
  };
  std::vector<Kernel> kernels = {}; // the slowest first

  double sum() const {
    return reading + dots + attention + otherKernels + barriers + sampling +
           host;
  }
};

/// What came of a test.
struct ModelTestResult {
  ModelTest test;
  std::vector<double> seconds; // of each repetition
  int64_t numSteps = 0;        // of a repetition
  /// Of a repetition: bytes of weights and caches that its steps need, each
  /// once a step, and products of weights.
  double bytes = 0, products = 0;

  /// Tokens a second of each repetition.
  std::vector<double> rates() const;
  double meanSeconds() const;
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_MODELTEST_H
