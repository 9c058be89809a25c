//===- SimulatedScenario.h - What comes to a simulated engine ---*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_ENGINE_SIMULATEDSCENARIO_H
#define G4_TEST_RUNTIME_ENGINE_SIMULATEDSCENARIO_H

#include "runtime/engine/RequestCheck.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "test/support/TestTokenizer.h"

namespace g4rt {

inline const Tokenizer &tokenizer() {
  static const TestTokenizer tokenizer(tinyTokenizerJson());
  return *tokenizer;
}

/// The same numbers everywhere, unlike those of std distributions.
class Random {
public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  /// low to high, both included.
  int64_t in(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() %
                                      static_cast<uint64_t>(high - low + 1));
  }
  bool oneIn(int64_t n) { return in(1, n) == 1; }

private:
  std::mt19937_64 engine_;
};

/// What one stream was told, and when.
struct Stream {
  std::vector<PromptToken> prompt;
  std::vector<Sample> samples;
  std::string text;
  std::optional<GenerationEnd> end;
  int64_t endStep = -1;
  int64_t lastTokenStep = -1;
  int64_t latestEndStep = -1; // the bound of Scheduler.h
  int numErrors = 0;          // events that must not be
};

struct Arrival {
  int64_t step = 0; // before this one
  GenerationRequest request;
  std::optional<int64_t> cancelStep;
  /// Before this step its client stops reading, and goes on so many later.
  std::optional<int64_t> pauseStep = {};
  int64_t numPausedSteps = 0;
  /// soloRun() of it, once that was made.
  mutable std::shared_ptr<const Stream> solo = {};

  bool isPausedAt(int64_t step) const {
    return pauseStep && step >= *pauseStep &&
           step < *pauseStep + numPausedSteps;
  }
};

struct Scenario {
  ExecutorLimits limits;
  int64_t maxLength = 0;
  std::vector<Arrival> arrivals; // in their order
  std::optional<int32_t> nanToken;
  std::optional<int64_t> failingRun; // of the executor, from 1 on
  bool hasPrefixCache = true;
  bool hasPriorities = false;
  bool hasPauses = false;
  std::vector<double> weights = {1}; // of keys
  std::optional<double> decodePriority = 0;
  std::string sessionFolder = {}; // empty: none
  bool hasDamage = false;         // some of its files are wrong

  /// Whether no sequence ever lacks a page.
  bool isRoomy() const {
    return limits.numPages >= limits.numSlots * limits.pagesPerSlot;
  }
};

inline ExecutorLimits randomLimits(Random &random) {
  ExecutorLimits limits;
  limits.vocabSize = random.oneIn(2) ? 40 : 300;
  limits.maxStepTokens = random.in(1, random.oneIn(3) ? 4 : 30);
  limits.maxChunkTokens = random.in(1, limits.maxStepTokens);
  limits.maxStepOutputs = random.in(1, limits.maxStepTokens);
  limits.numSlots = random.in(1, 6);
  limits.pageSize = int64_t{1} << random.in(0, 3);
  limits.pagesPerSlot = random.in(4, 8);
  // From too few for one slot at full length to enough for all.
  limits.numPages = random.oneIn(3)
                        ? limits.numSlots * limits.pagesPerSlot
                        : random.in(4, limits.numSlots * limits.pagesPerSlot);
  limits.window = random.oneIn(4) ? 0 : random.in(1, 3 * limits.pageSize);
  limits.windowPagesPerSlot = limits.ringPages();
  limits.numWindowPages = limits.numSlots * limits.windowPagesPerSlot;
  return limits;
}

inline SamplingParams randomSampling(Random &random) {
  SamplingParams sampling;
  sampling.seed = static_cast<uint64_t>(random.in(0, 1 << 20));
  sampling.temperature = random.oneIn(2) ? 0.F : 0.8F;
  sampling.topK = static_cast<uint32_t>(random.in(0, 3)) * 8;
  sampling.presencePenalty = random.oneIn(4) ? 1.F : 0.F;
  sampling.repetitionPenalty = random.oneIn(4) ? 1.2F : 1.F;
  return sampling;
}

inline GenerationRequest randomRequest(Random &random,
                                       const RequestLimits &limits) {
  GenerationRequest request;
  int64_t longest = limits.maxLength - 1;
  int64_t numPrompt = random.in(1, random.oneIn(3) ? longest : 1 + longest / 4);
  auto token = [&] {
    return static_cast<int32_t>(random.in(0, limits.vocabSize - 1));
  };
  for (int64_t i = 0; i < numPrompt; ++i)
    request.promptIds.push_back(token());
  request.sampling = randomSampling(random);
  request.maxTokens = random.oneIn(5) ? 0 : random.in(1, longest);
  if (random.oneIn(5)) {
    request.numPromptLogprobs = static_cast<int32_t>(random.in(0, 3));
    request.isPromptOnly = random.oneIn(4);
  }
  for (int64_t i = random.oneIn(3) ? random.in(1, 3) : 0; i > 0; --i)
    request.stopIds.push_back(token());
  for (int64_t i = random.oneIn(3) ? random.in(1, 4) : 0; i > 0; --i)
    if (std::string stop =
            tokenizer().decode(std::vector{token(), token()}, SpecialIds::Show);
        !stop.empty())
      request.stops.push_back(stop);
  request.special = random.oneIn(2) ? SpecialIds::Skip : SpecialIds::Show;
  request.maxTokens = answerRoom(request, limits);
  return request;
}

} // namespace g4rt

#endif // G4_TEST_RUNTIME_ENGINE_SIMULATEDSCENARIO_H
