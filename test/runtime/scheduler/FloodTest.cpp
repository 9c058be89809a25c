// Schedulers to which more comes than they can do, without an end: the bound on
// waiting of Scheduler.h, and the shares of keys.

#include "runtime/scheduler/Scheduler.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "test/runtime/scheduler/ScheduledRows.h"

namespace g4rt {
namespace {

/// Adds requests so that some always wait, and runs steps.
class Flood {
public:
  Flood(uint64_t seed, const StepLimits &limits,
        const std::vector<double> &weights)
      : random_(seed), limits_(limits), scheduler_(limits), weights_(weights),
        waiting_(weights.size()), rowsOfKey_(weights.size()) {}

  void run(int64_t numSteps) {
    for (int64_t i = 0; i < numSteps; ++i, ++step_) {
      for (size_t key = 0; key < weights_.size(); ++key)
        while (waiting_[key] < limits_.numSlots + 2)
          add(key);
      runStep();
    }
  }

  /// Requests that ended, and those that took longer than they may, ended or
  /// not.
  int64_t numEnded() const { return numEnded_; }
  int64_t numLate() const {
    int64_t numLate = numLate_;
    for (const auto &[number, request] : requests_)
      numLate += request.latestEnd < step_;
    return numLate;
  }
  /// Rows that were computed of a key's requests.
  int64_t rowsOf(size_t key) const { return rowsOfKey_[key]; }
  uint64_t numPreemptions() const { return scheduler_.counts().numPreemptions; }

private:
  struct Request {
    size_t key;
    int64_t numRows; // at most
    int64_t numTokensLeft;
    int64_t latestEnd;
  };

  int64_t in(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() %
                                      static_cast<uint64_t>(high - low + 1));
  }

  void add(size_t key) {
    int64_t longest = limits_.maxLength() - 1;
    int64_t numPrompt = in(1, in(1, 8) == 1 ? longest : 6);
    int64_t numTokens = in(1, limits_.maxLength() - numPrompt);
    int64_t numRows = numPrompt + numTokens - 1;
    // Its own twice: until it is due, and when it runs.
    int64_t latestEnd = step_ + numPrompt + numRows +
                        limits_.maxRunning() * limits_.maxLength();
    for (const auto &[number, request] : requests_)
      latestEnd += request.numRows;
    auto first = static_cast<int32_t>(in(0, 50));
    uint64_t number = numAdded_++;
    scheduler_.submit(id(number), {.tokens = prompt(first, numPrompt),
                                   .maxTokens = numTokens,
                                   .share = {KeyId{key}, weights_[key]}});
    requests_.emplace(number, Request{key, numRows, numTokens, latestEnd});
    ++waiting_[key];
  }

  void runStep() {
    ScheduledStep step = scheduler_.next();
    scheduler_.complete();
    for (const ScheduledChunk &chunk : step.chunks) {
      uint64_t number = static_cast<uint64_t>(chunk.id);
      Request &request = requests_.at(number);
      waiting_[request.key] -= chunk.isFirst;
      rowsOfKey_[request.key] += chunk.numRows;
      if (!chunk.hasOutput)
        continue;
      if (--request.numTokensLeft > 0) {
        scheduler_.append(chunk.id, 99);
        continue;
      }
      scheduler_.finish(chunk.id);
      ++numEnded_;
      numLate_ += request.latestEnd < step_;
      requests_.erase(number);
    }
  }

  std::mt19937_64 random_;
  StepLimits limits_;
  Scheduler scheduler_;
  std::vector<double> weights_;
  std::map<uint64_t, Request> requests_;
  std::vector<int64_t> waiting_, rowsOfKey_;
  int64_t step_ = 0;
  uint64_t numAdded_ = 0;
  int64_t numEnded_ = 0, numLate_ = 0;
};

StepLimits floodLimits(uint64_t seed) {
  StepLimits limits = kLimits;
  limits.numSlots = 1 + static_cast<int64_t>(seed % 4);
  limits.maxChunkTokens = 1 + static_cast<int64_t>(seed % 8);
  limits.pagesPerSlot = 4 + static_cast<int64_t>(seed % 5);
  limits.numPages = limits.pagesPerSlot + static_cast<int64_t>(seed % 7);
  return limits;
}

TEST(FloodTest, EachEndsInItsTimeWhateverComesAfterIt) {
  uint64_t numPreemptions = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Flood flood(seed, floodLimits(seed), {1});
    flood.run(1500);
    EXPECT_EQ(flood.numLate(), 0) << seed;
    EXPECT_GT(flood.numEnded(), 20) << seed;
    numPreemptions += flood.numPreemptions();
  }
  EXPECT_GT(numPreemptions, 100u);
}

TEST(FloodTest, KeysThatAlwaysWaitGetRowsByTheirWeights) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    StepLimits limits = floodLimits(seed);
    limits.numPages = limits.numSlots * limits.pagesPerSlot;
    const std::vector<double> weights = {4, 1, 2};
    Flood flood(seed, limits, weights);
    flood.run(4000);
    double sum = 0;
    for (size_t key = 0; key < 3; ++key)
      sum += static_cast<double>(flood.rowsOf(key));
    for (size_t key = 0; key < 3; ++key) {
      double share = static_cast<double>(flood.rowsOf(key)) / sum;
      EXPECT_NEAR(share / (weights[key] / 7), 1, 0.2) << seed << " " << key;
    }
  }
}

// Each of its requests gets a slot before the flood has had twice what all
// slots hold.
TEST(FloodTest, AKeyOfLittleWeightIsServedInItsTurn) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    StepLimits limits = floodLimits(seed);
    limits.numPages = limits.numSlots * limits.pagesPerSlot;
    Flood flood(seed, limits, {8, 1});
    int64_t most = 2 * 9 * limits.maxRunning() * limits.maxLength();
    flood.run(most);
    EXPECT_GT(flood.rowsOf(1), 0) << seed;
    int64_t numRows = flood.rowsOf(1);
    flood.run(most);
    EXPECT_GT(flood.rowsOf(1), numRows) << seed;
  }
}

} // namespace
} // namespace g4rt
