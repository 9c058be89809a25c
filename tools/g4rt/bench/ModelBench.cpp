//===- ModelBench.cpp - Times the steps of a model ------------------------===//

#include "tools/g4rt/bench/ModelBench.h"

#include "runtime/base/Elapsed.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <random>
#include <set>

namespace g4rt {

using Clock = std::chrono::steady_clock;

ModelBench::ModelBench(LoadedModel &model)
    : model_(model), executor_(model.executor()),
      program_(*model.variant().variant->program()),
      tables_(executor_.limits()) {}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

/// An id for the token at `position` of a session: a function of both.
static int32_t randomId(int64_t session, int64_t position, int64_t vocabSize) {
  std::seed_seq seed{session, position};
  std::minstd_rand random(seed);
  return std::uniform_int_distribution<int32_t>(
      0, static_cast<int32_t>(vocabSize) - 1)(random);
}

StepPlan ModelBench::promptChunk(const ModelTest &test, int64_t first,
                                 int64_t count) const {
  StepPlan plan;
  for (int64_t i = first; i < first + count; ++i)
    plan.addRow(randomId(0, i, executor_.limits().vocabSize), test.depth + i,
                /*slot=*/0);
  if (first + count == test.numTokens)
    plan.addOutput();
  tables_.useIn(plan);
  return plan;
}

StepPlan ModelBench::answerStep(const ModelTest &test, int64_t number) const {
  StepPlan plan;
  for (int64_t s = 0; s < test.numSessions; ++s) {
    plan.addRow(randomId(s, number, executor_.limits().vocabSize),
                test.depth + number, static_cast<int32_t>(s));
    plan.addOutput();
  }
  tables_.useIn(plan);
  return plan;
}

std::vector<StepPlan> ModelBench::plans(const ModelTest &test) const {
  const ExecutorLimits &limits = executor_.limits();
  std::vector<StepPlan> plans;
  if (test.kind == ModelTest::Kind::Generate) {
    for (int64_t i = 0; i < test.numTokens; ++i)
      plans.push_back(answerStep(test, i));
    return plans;
  }
  int64_t chunk = std::min(limits.maxStepTokens, limits.maxChunkTokens);
  for (int64_t first = 0; first < test.numTokens; first += chunk)
    plans.push_back(
        promptChunk(test, first, std::min(chunk, test.numTokens - first)));
  return plans;
}

Status ModelBench::check(const ModelTest &test) const {
  auto wrong = [&](const std::string &what, int64_t limit) {
    return Status(StatusCode::InvalidArgument, test.name() + ": " + what +
                                                   " are more than " +
                                                   std::to_string(limit));
  };
  if (test.length() > model_.maxModelLength())
    return wrong(std::to_string(test.length()) + " positions",
                 model_.maxModelLength());
  if (test.numSessions > executor_.limits().numSlots)
    return wrong(std::to_string(test.numSessions) + " sessions",
                 executor_.limits().numSlots);
  return Status();
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

Status ModelBench::sampleAll(std::span<const LogitSource> sources) {
  SamplingParams greedy;
  greedy.temperature = 0;
  Generator unused(0);
  for (const LogitSource &source : sources) {
    G4RT_ASSIGN(Sample sample,
                sampler_.sample(source, greedy, TokenCounts(), unused));
    (void)sample;
  }
  return Status();
}

Status ModelBench::step(const StepPlan &plan) {
  G4RT_ASSIGN(std::vector<LogitSource> sources, executor_.runForSampling(plan));
  return sampleAll(sources);
}

Result<double> ModelBench::secondsOf(const std::vector<StepPlan> &plans) {
  auto start = Clock::now();
  for (const StepPlan &plan : plans)
    G4RT_TRY(step(plan));
  return secondsSince(start);
}

/// Runs the step; its shape with the experts that its rows choose.
Result<StepShape> ModelBench::shapeOf(const StepPlan &plan) {
  double numLayers = 0, numExperts = 0;
  executor_.setTapSink([&](const TapValue &tap) {
    if (!tap.name.ends_with("router.experts"))
      return;
    std::vector<int32_t> ids(tap.rows * tap.cols);
    std::memcpy(ids.data(), tap.bytes.data(), tap.bytes.size());
    numExperts +=
        static_cast<double>(std::set<int32_t>(ids.begin(), ids.end()).size());
    ++numLayers;
  });
  Status status = step(plan);
  executor_.setTapSink(nullptr);
  G4RT_TRY(status);
  std::set<int32_t> slots(plan.slots.begin(), plan.slots.end());
  StepShape shape{.rows = static_cast<double>(plan.numTokens()),
                  .outputs = static_cast<double>(plan.numOutputs()),
                  .sessions = static_cast<double>(slots.size()),
                  .context = static_cast<double>(
                      *std::ranges::max_element(plan.visibleEnds))};
  if (numLayers > 0)
    shape.distinctExperts = numExperts / numLayers;
  return shape;
}

Result<ModelTestResult> ModelBench::run(const ModelTest &test,
                                        int repetitions) {
  G4RT_TRY(check(test));
  std::vector<StepPlan> steps = plans(test);
  ModelTestResult result{.test = test,
                         .seconds = {},
                         .numSteps = static_cast<int64_t>(steps.size())};
  for (const StepPlan &plan : steps) {
    G4RT_ASSIGN(StepShape shape, shapeOf(plan));
    StepTraffic traffic = stepTraffic(model_.root(), program_, shape);
    result.bytes += traffic.total();
    result.products += traffic.products;
  }
  for (int i = 0; i < repetitions; ++i) {
    G4RT_ASSIGN(double seconds, secondsOf(steps));
    result.seconds.push_back(seconds);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Where the time goes
//===----------------------------------------------------------------------===//

/// Adds the parts of a launch.
static void addLaunch(const LaunchTime &launch, const StepTraffic &traffic,
                      bool isAttention, double readBandwidth,
                      StepParts &parts) {
  double busy = std::min(launch.busySeconds, launch.seconds);
  parts.barriers += launch.seconds - busy;
  if (isAttention) {
    parts.attention += busy;
  } else if (traffic.products > 0) {
    double reading =
        readBandwidth > 0 ? std::min(busy, traffic.total() / readBandwidth) : 0;
    parts.reading += reading;
    parts.dots += busy - reading;
  } else {
    parts.otherKernels += busy;
  }
}

Status ModelBench::explainStep(const StepPlan &plan, double readBandwidth,
                               StepParts &parts) {
  G4RT_ASSIGN(StepShape shape, shapeOf(plan));
  std::map<std::string, StepParts::Kernel> kernels;
  double launches = 0;
  executor_.setLaunchSink([&](const LaunchTime &launch) {
    addLaunch(launch,
              launchTraffic(model_.root(), program_, *launch.table, shape),
              attendedCache(*launch.table, program_) != nullptr, readBandwidth,
              parts);
    launches += launch.seconds;
    StepParts::Kernel &kernel = kernels[std::string(launch.kernel)];
    kernel.launches += 1;
    kernel.seconds += launch.seconds;
  });
  auto start = Clock::now();
  auto sources = executor_.runForSampling(plan);
  double ran = secondsSince(start);
  executor_.setLaunchSink(nullptr);
  G4RT_TRY(sources ? sampleAll(*sources) : sources.error());
  double all = secondsSince(start);
  parts.step += all;
  parts.sampling += all - ran;
  parts.host += ran - launches;
  for (const auto &[name, kernel] : kernels) {
    auto known =
        std::ranges::find(parts.kernels, name, &StepParts::Kernel::name);
    if (known == parts.kernels.end())
      known = parts.kernels.insert(known, {.name = name});
    known->launches += kernel.launches;
    known->seconds += kernel.seconds;
  }
  return Status();
}

Result<StepParts> ModelBench::explain(const ModelTest &test,
                                      double readBandwidth) {
  G4RT_TRY(check(test));
  std::vector<StepPlan> steps = plans(test);
  StepParts parts;
  for (const StepPlan &plan : steps)
    G4RT_TRY(explainStep(plan, readBandwidth, parts));
  G4RT_ASSIGN(parts.plainStep, secondsOf(steps));
  auto numSteps = static_cast<double>(steps.size());
  for (double *part : {&parts.reading, &parts.dots, &parts.attention,
                       &parts.otherKernels, &parts.barriers, &parts.sampling,
                       &parts.host, &parts.step, &parts.plainStep})
    *part /= numSteps;
  for (StepParts::Kernel &kernel : parts.kernels) {
    kernel.launches /= numSteps;
    kernel.seconds /= numSteps;
  }
  std::ranges::sort(parts.kernels, std::ranges::greater(),
                    &StepParts::Kernel::seconds);
  return parts;
}

} // namespace g4rt
