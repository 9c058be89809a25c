// The engine without its thread, under a virtual clock: random arrivals,
// lengths, cancels, faults, step sizes, windows and pools, prompts that begin
// alike, deadlines, clients that stop reading, keys of different weights,
// restarts that find files, prompts that are scored. Every stream must equal
// the run of its request alone, and end within the bound of Scheduler.h.

#include "runtime/base/Log.h"
#include "runtime/engine/StepLoop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>

#include "test/runtime/engine/SimulatedScenario.h"
#include "test/support/FakeExecutor.h"
#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

using testing::IsEmpty;

// The tokens of the request's answer, run alone.
std::vector<int32_t> soloAnswer(const Scenario &scenario,
                                const Arrival &arrival);

/// Makes it begin like an earlier one, at times with that one's answer: the
/// next turn of a chat.
void beginAlike(Random &random, GenerationRequest &request,
                const Scenario &scenario) {
  size_t longest = static_cast<size_t>(scenario.maxLength - 1);
  const Arrival &earlier = scenario.arrivals[static_cast<size_t>(
      random.in(0, std::ssize(scenario.arrivals) - 1))];
  std::vector<int32_t> ids = earlier.request.promptIds;
  if (random.oneIn(2)) {
    std::vector<int32_t> answer = soloAnswer(scenario, earlier);
    ids.insert(ids.end(), answer.begin(), answer.end());
  } else if (random.oneIn(2)) {
    ids.resize(static_cast<size_t>(random.in(1, std::ssize(ids))));
  }
  if (!random.oneIn(4))
    ids.insert(ids.end(), request.promptIds.begin(), request.promptIds.end());
  ids.resize(std::min(ids.size(), longest));
  request.promptIds = std::move(ids);
  request.maxTokens = std::min(
      request.maxTokens, scenario.maxLength - std::ssize(request.promptIds));
}

Scenario randomScenario(uint64_t seed) {
  Random random(seed);
  Scenario scenario;
  scenario.limits = randomLimits(random);
  scenario.maxLength = scenario.limits.maxLength();
  scenario.hasPrefixCache = !random.oneIn(6);
  scenario.hasPriorities = random.oneIn(6);
  scenario.hasPauses = random.oneIn(5);
  if (random.oneIn(3))
    scenario.weights = {0.5, 1, 3};
  double priority = static_cast<double>(random.in(-4, 4)) / 4;
  if (priority > -1)
    scenario.decodePriority = std::max(priority, 0.0);
  else
    scenario.decodePriority.reset();
  if (random.oneIn(8))
    scenario.nanToken = 17;
  int64_t numArrivals = random.in(1, 16), step = 0;
  for (int64_t i = 0; i < numArrivals; ++i) {
    step += random.oneIn(2) ? 0 : random.in(0, 12);
    Arrival arrival{.step = step,
                    .request = randomRequest(
                        random, {.vocabSize = scenario.limits.vocabSize,
                                 .maxLength = scenario.maxLength}),
                    .cancelStep = {}};
    if (!scenario.arrivals.empty() && random.oneIn(2))
      beginAlike(random, arrival.request, scenario);
    if (scenario.hasPriorities)
      arrival.request.priority = static_cast<int32_t>(random.in(-1, 1));
    int64_t key = random.in(0, std::ssize(scenario.weights) - 1);
    arrival.request.share = {KeyId{static_cast<uint64_t>(key)},
                             scenario.weights[static_cast<size_t>(key)]};
    if (random.oneIn(5))
      arrival.cancelStep = step + random.in(0, 40);
    if (random.oneIn(8)) // the clock goes on by seconds at each look
      arrival.request.timeoutSeconds = static_cast<double>(random.in(1, 150));
    if (random.oneIn(8))
      arrival.request.queueTimeoutSeconds =
          static_cast<double>(random.in(1, 40));
    if (scenario.hasPauses && random.oneIn(2)) {
      arrival.pauseStep = step + random.in(0, 20);
      arrival.numPausedSteps = random.in(1, 60);
    }
    scenario.arrivals.push_back(std::move(arrival));
  }
  if (random.oneIn(8))
    scenario.failingRun = random.in(1, 30);
  return scenario;
}

/// Runs scenarios, step by step.
class Simulation {
public:
  explicit Simulation(const Scenario &scenario)
      : scenario_(scenario), executor_(scenario.limits),
        loop_(
            executor_, [this] { return now_ += std::chrono::seconds(1); },
            {.hasPrefixCache = scenario.hasPrefixCache,
             .decodePriority = scenario.decodePriority},
            openSessions()),
        streams_(scenario.arrivals.size()) {
    executor_.nanToken = scenario.nanToken;
    executor_.onRun = [this](const StepPlan &plan) {
      for (int32_t id : plan.tokenIds)
        fingerprint_ =
            (fingerprint_ ^ static_cast<uint64_t>(id)) * 0x100000001B3;
      return executor_.numRuns() == scenario_.failingRun
                 ? Status(StatusCode::Internal, "planted")
                 : Status();
    };
  }

  void run() {
    for (step_ = 0; numAdded_ < streams_.size() || loop_.hasWork(); ++step_) {
      ASSERT_LT(step_, 100000) << "it never ends";
      while (numAdded_ < streams_.size() &&
             scenario_.arrivals[numAdded_].step <= step_)
        add();
      for (size_t i = 0; i < numAdded_; ++i) {
        const Arrival &arrival = scenario_.arrivals[i];
        if (arrival.cancelStep == step_)
          loop_.cancel(GenerationId{i});
        loop_.setPaused(GenerationId{i}, arrival.isPausedAt(step_));
      }
      loop_.planStep();
      // What is read is there for the next step, so that all runs are alike.
      if (sessions_)
        sessions_->waitUntilIdle();
      loop_.runStep();
      deliver();
    }
    while (loop_.saveSome())
      ;
  }

  /// How many of `count` small requests run at once.
  int64_t numRunningOf(int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      loop_.add({.id = GenerationId{streams_.size() + i},
                 .answer = *Answer::create({.promptIds = {1}, .maxTokens = 2},
                                           tokenizer(), now_),
                 .sink = [](GenerationEvent) {}});
    loop_.planStep();
    int64_t numRunning = loop_.status().numRunning;
    loop_.cancelAll();
    return numRunning;
  }

  const std::vector<Stream> &streams() const { return streams_; }
  const FakeExecutor &executor() const { return executor_; }
  EngineStatus status() { return loop_.status(); }
  void clearPrefixCache() { loop_.clearPrefixCache(); }
  uint64_t fingerprint() const { return fingerprint_; }

private:
  std::unique_ptr<SessionStore> openSessions() {
    if (scenario_.sessionFolder.empty())
      return nullptr;
    auto store = SessionStore::open({.folder = scenario_.sessionFolder},
                                    sessionFormatOf(executor_, "fake"));
    EXPECT_TRUE(store);
    sessions_ = store->get();
    return *std::move(store);
  }

  void add() {
    size_t number = numAdded_++;
    Stream &stream = streams_[number];
    stream.latestEndStep = step_ - 1 + numStepsOfOthers(number);
    for (size_t i = 0; i <= number; ++i)
      if (!streams_[i].end)
        stream.latestEndStep += numRowsLeft(i);
    Result<Answer> answer =
        Answer::create(scenario_.arrivals[number].request, tokenizer(), now_);
    ASSERT_TRUE(answer);
    loop_.add({.id = GenerationId{number},
               .answer = *std::move(answer),
               .sink = [this, number](GenerationEvent event) {
                 // Who does not read gets nothing to read.
                 streams_[number].numErrors +=
                     (event.token || !event.prompt.empty()) &&
                     scenario_.arrivals[number].isPausedAt(step_);
                 record(streams_[number], std::move(event));
               }});
  }

  // Until it is due, then those that have passed it and still run; and what
  // its key has had beyond its share, if there are others.
  int64_t numStepsOfOthers(size_t number) const {
    const GenerationRequest &request = scenario_.arrivals[number].request;
    const ExecutorLimits &limits = scenario_.limits;
    auto allSlots =
        static_cast<double>(limits.maxRunning() * limits.maxLength());
    double weights = std::accumulate(scenario_.weights.begin(),
                                     scenario_.weights.end(), 0.0);
    double shares =
        scenario_.weights.size() > 1 ? weights / request.share.weight : 0;
    return std::ssize(request.promptIds) +
           static_cast<int64_t>(allSlots * (1 + shares));
  }

  // In the worst case: it is preempted and computes all of them again.
  int64_t numRowsLeft(size_t number) const {
    const GenerationRequest &request = scenario_.arrivals[number].request;
    int64_t prompt = static_cast<int64_t>(request.promptIds.size());
    return prompt + request.maxTokens - 1;
  }

  void record(Stream &stream, GenerationEvent event) {
    stream.numErrors += stream.end.has_value();
    stream.numErrors += !event.prompt.empty() && !stream.samples.empty();
    std::ranges::move(event.prompt, std::back_inserter(stream.prompt));
    if (event.token) {
      // Who decodes gets a token in every step, unless pages run out.
      if (stream.lastTokenStep >= 0 && scenario_.isRoomy() &&
          !scenario_.hasPauses && loop_.status().numPreemptions == 0)
        stream.numErrors += stream.lastTokenStep != step_ - 1;
      stream.lastTokenStep = step_;
      stream.samples.push_back(*std::move(event.token));
    }
    stream.text += contentOf(event);
    if (event.end)
      stream.endStep = step_;
    if (event.end)
      stream.end = std::move(event.end);
  }

  void deliver() {
    for (Delivery &delivery : loop_.takeDeliveries())
      (*delivery.sink)(std::move(delivery.event));
  }

  const Scenario &scenario_;
  FakeExecutor executor_;
  Answer::Time now_{};
  SessionStore *sessions_ = nullptr; // the loop's
  StepLoop loop_;
  std::vector<Stream> streams_;
  size_t numAdded_ = 0;
  int64_t step_ = 0;
  uint64_t fingerprint_ = 0;
};

std::vector<int32_t> tokensOf(const Stream &stream) {
  std::vector<int32_t> tokens;
  for (const Sample &sample : stream.samples)
    tokens.push_back(sample.token.id);
  return tokens;
}

/// The request alone, on an executor of other sizes.
const Stream &soloRun(const Scenario &scenario, const Arrival &arrival) {
  if (arrival.solo)
    return *arrival.solo;
  Scenario solo{.limits = {.vocabSize = scenario.limits.vocabSize,
                           .maxStepTokens = 64,
                           .maxChunkTokens = 64,
                           .maxStepOutputs = 1,
                           .numSlots = 1,
                           .pageSize = 64,
                           .numPages = 1,
                           .pagesPerSlot = 1},
                .maxLength = 64,
                .arrivals = {{.request = arrival.request, .cancelStep = {}}},
                .nanToken = scenario.nanToken,
                .failingRun = {}};
  solo.arrivals[0].request.timeoutSeconds = 0;
  solo.arrivals[0].request.queueTimeoutSeconds = 0;
  Simulation simulation(solo);
  simulation.run();
  arrival.solo = std::make_shared<Stream>(simulation.streams().front());
  return *arrival.solo;
}

std::vector<int32_t> soloAnswer(const Scenario &scenario,
                                const Arrival &arrival) {
  return tokensOf(soloRun(scenario, arrival));
}

// The text that these tokens must have given, from all of them at once.
std::string wholeText(const GenerationRequest &request,
                      std::vector<int32_t> tokens) {
  if (!tokens.empty() && std::ranges::count(request.stopIds, tokens.back()) > 0)
    tokens.pop_back();
  std::string text;
  StopMatcher stops = *StopMatcher::create(request.stops);
  stops.append(tokenizer().decode(tokens, request.special), text);
  stops.flush(text);
  return text;
}

bool isSame(const PromptToken &a, const PromptToken &b) {
  return a.sample.token.id == b.sample.token.id &&
         a.sample.token.logprob == b.sample.token.logprob &&
         a.sample.top.size() == b.sample.top.size() && a.rank == b.rank;
}

/// As many of them as the solo run has, or the first ones if it has not ended
/// by itself.
void checkPrompt(const GenerationRequest &request, const Stream &stream,
                 const Stream &solo, bool isWhole) {
  bool isScored = request.numPromptLogprobs >= 0;
  if (isScored)
    EXPECT_EQ(stream.end->usage.numCachedTokens, 0);
  if (isWhole)
    EXPECT_EQ(stream.prompt.size(),
              isScored ? request.promptIds.size() - 1 : 0);
  ASSERT_LE(stream.prompt.size(), solo.prompt.size());
  EXPECT_TRUE(std::equal(stream.prompt.begin(), stream.prompt.end(),
                         solo.prompt.begin(), isSame));
}

bool isWhole(const GenerationEnd &end) {
  return end.reason == FinishReason::Stop || end.reason == FinishReason::Length;
}

/// How often each thing was seen, so that the test cannot pass by never doing
/// it.
struct Seen {
  int64_t byReason[4] = {};
  int64_t numTokens = 0;
  int64_t numScored = 0; // of prompts
  int64_t numSharedSteps = 0;
  int64_t numCancelledLate = 0; // with tokens
  uint64_t numPreemptions = 0, numHits = 0, numEvictions = 0;
  int64_t numCopies = 0;
  uint64_t numRestored = 0, numRefused = 0;
  int64_t numLate = 0;
};

void checkStream(const Scenario &scenario, const Arrival &arrival,
                 const Stream &stream, Seen &seen) {
  ASSERT_TRUE(stream.end);
  EXPECT_EQ(stream.numErrors, 0);
  if (!scenario.hasPriorities && !scenario.hasDamage && !scenario.hasPauses)
    EXPECT_LE(stream.endStep, stream.latestEndStep);
  EXPECT_LT(stream.end->usage.numCachedTokens,
            static_cast<int64_t>(arrival.request.promptIds.size()));
  EXPECT_EQ(stream.end->usage.numAnswerTokens,
            static_cast<int64_t>(stream.samples.size()));
  EXPECT_EQ(stream.end->usage.numPromptTokens,
            static_cast<int64_t>(arrival.request.promptIds.size()));
  std::vector<int32_t> tokens = tokensOf(stream);
  EXPECT_EQ(stream.text, wholeText(arrival.request, tokens));

  const Stream &solo = soloRun(scenario, arrival);
  std::vector<int32_t> soloTokens = tokensOf(solo);
  checkPrompt(arrival.request, stream, solo, isWhole(*stream.end));
  if (isWhole(*stream.end)) {
    EXPECT_EQ(tokens, soloTokens);
    EXPECT_EQ(stream.end->reason, solo.end->reason);
    EXPECT_EQ(stream.text, solo.text);
  } else {
    ASSERT_LE(tokens.size(), soloTokens.size());
    EXPECT_TRUE(std::equal(tokens.begin(), tokens.end(), soloTokens.begin()));
  }
  bool isLate = stream.end->error.code() == StatusCode::Cancelled;
  if (isLate)
    EXPECT_GE(stream.end->times.total,
              std::min(arrival.request.timeoutSeconds > 0
                           ? arrival.request.timeoutSeconds
                           : 1e9,
                       arrival.request.queueTimeoutSeconds > 0
                           ? arrival.request.queueTimeoutSeconds
                           : 1e9));
  seen.numLate += isLate;
  if (stream.end->reason == FinishReason::Failed && !isLate &&
      stream.end->error.message() != "planted") {
    EXPECT_EQ(tokens, soloTokens);
    EXPECT_EQ(stream.end->error.message(), solo.end->error.message());
  }
  ++seen.byReason[static_cast<int>(stream.end->reason)];
  seen.numTokens += static_cast<int64_t>(tokens.size());
  seen.numScored += std::ssize(stream.prompt);
  seen.numCancelledLate +=
      stream.end->reason == FinishReason::Cancelled && !tokens.empty();
}

// After a scenario as many sequences as ever must have room again, and without
// the prefix cache all pages of both pools.
void checkAllIsFree(Simulation &simulation) {
  const ExecutorLimits &limits = simulation.executor().limits();
  int64_t count =
      std::min(limits.maxRunning(), limits.numPages / limits.pagesOf(2));
  EXPECT_EQ(simulation.numRunningOf(count), count);
  simulation.clearPrefixCache();
  EngineStatus status = simulation.status();
  EXPECT_EQ(status.numPagesUsed, 0);
  EXPECT_EQ(status.numPagesCached, 0);
  EXPECT_EQ(status.numWindowPagesUsed, 0);
  EXPECT_EQ(status.numWindowPagesCached, 0);
  EXPECT_EQ(status.numRunning, 0);
  EXPECT_EQ(status.numWaiting, 0);
  EXPECT_THAT(simulation.executor().problems(), IsEmpty());
}

void runScenario(const Scenario &scenario, Seen &seen) {
  Simulation simulation(scenario);
  simulation.run();
  checkAllIsFree(simulation);
  for (size_t i = 0; i < scenario.arrivals.size(); ++i) {
    SCOPED_TRACE("stream " + std::to_string(i));
    checkStream(scenario, scenario.arrivals[i], simulation.streams()[i], seen);
  }
  EngineStatus status = simulation.status();
  seen.numSharedSteps += simulation.executor().mostRows() > 1;
  seen.numCopies += simulation.executor().numCopies();
  seen.numPreemptions += status.numPreemptions;
  seen.numHits += status.numPrefixHits;
  seen.numEvictions += status.numPrefixEvictions;
  seen.numRestored += status.numRestoredTokens;
  seen.numRefused += status.numRefusedSessions;
}

/// Changes a byte of every third file.
void damage(const std::string &folder, Random &random) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const auto &entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path &file : files)
    if (random.oneIn(3)) {
      std::fstream stream(file,
                          std::ios::in | std::ios::out | std::ios::binary);
      stream.seekp(random.in(0, static_cast<int64_t>(fs::file_size(file)) - 1));
      stream.put('!');
    }
}

/// The same requests again, after a restart that finds the files.
void runWithRestart(uint64_t seed, Scenario scenario, Seen &seen) {
  Random random(seed);
  TempFolder folder;
  scenario.sessionFolder = folder.path("sessions");
  scenario.hasPrefixCache = true;
  runScenario(scenario, seen);
  scenario.hasDamage = random.oneIn(3);
  if (scenario.hasDamage)
    damage(scenario.sessionFolder, random);
  runScenario(scenario, seen);
}

void runSeed(uint64_t seed, Seen &seen) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Scenario scenario = randomScenario(seed);
  if (seed % 25 == 0) // disks are slow
    runWithRestart(seed, scenario, seen);
  else
    runScenario(scenario, seen);
}

void runSeeds(uint64_t first, uint64_t count) {
  setLogLevel(LogLevel::Error); // of stores that open, and what they refuse
  Seen seen;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    runSeed(seed, seen);
    if (testing::Test::HasFailure())
      return;
  }
  int64_t least = static_cast<int64_t>(count / 20);
  for (int64_t numEnds : seen.byReason)
    EXPECT_GT(numEnds, least);
  EXPECT_GT(seen.numCancelledLate, least);
  EXPECT_GT(seen.numSharedSteps, least * 10);
  EXPECT_GT(seen.numTokens, static_cast<int64_t>(count) * 10);
  EXPECT_GT(seen.numScored, static_cast<int64_t>(count));
  EXPECT_GT(seen.numCopies, least);
  EXPECT_GT(seen.numPreemptions, count / 20);
  EXPECT_GT(seen.numHits, count);
  EXPECT_GT(seen.numEvictions, count / 20);
  EXPECT_GT(seen.numLate, least);
  EXPECT_GT(seen.numRestored, count / 5);
  EXPECT_GT(seen.numRefused, count / 250);
  testing::Test::RecordProperty("tokens", std::to_string(seen.numTokens));
}

class SeedsTest : public testing::TestWithParam<uint64_t> {};

TEST_P(SeedsTest, GiveEachStreamItsSoloRun) {
  runSeeds(GetParam() * 4000, 4000);
}

INSTANTIATE_TEST_SUITE_P(TwentyThousand, SeedsTest,
                         testing::Range<uint64_t>(0, 5));
INSTANTIATE_TEST_SUITE_P(DISABLED_TwoHundredThousand, SeedsTest,
                         testing::Range<uint64_t>(100, 150));

TEST(SimulationTest, TheSameArrivalsGiveTheSameSteps) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Scenario scenario = randomScenario(seed);
    Simulation first(scenario), second(scenario);
    first.run();
    second.run();
    EXPECT_EQ(first.fingerprint(), second.fingerprint()) << seed;
    EXPECT_EQ(first.executor().numRuns(), second.executor().numRuns());
  }
}

} // namespace
} // namespace g4rt
