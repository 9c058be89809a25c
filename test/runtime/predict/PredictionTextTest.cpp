#include "runtime/predict/PredictionText.h"

#include <gmock/gmock.h>

namespace g4rt {
namespace {

using testing::HasSubstr;

/// 4 ms of two kernels, of which memory takes 3 and launches 1.
StepPrediction fourMilliseconds() {
  StepPrediction step{.step = PredictedStep::decode(2, 1024)};
  auto time = [](double memory, double launch) {
    LaunchTime time{
        .seconds = memory + launch, .blocksOfUnit = 3, .waves = 1.5};
    time.causes[static_cast<size_t>(Bound::Memory)] = memory;
    time.causes[static_cast<size_t>(Bound::Launch)] = launch;
    return time;
  };
  LaunchSum linear{.name = "linear_a", .kind = "linears", .count = 5};
  linear.time = time(3e-3, 0.5e-3);
  linear.memoryBytes = 2e9;
  linear.work.items = 96;
  linear.work.registers = 64;
  LaunchSum rows{.name = "rows_b", .kind = "rows", .count = 5};
  rows.time = time(0, 0.5e-3);
  step.time = time(3e-3, 1e-3);
  step.kernels = {linear, rows};
  linear.name = "linears";
  rows.name = "rows";
  step.kinds = {linear, rows};
  step.numLaunches = 10;
  step.memoryBytes = 2e9;
  step.limitSeconds = 2e-3;
  return step;
}

PredictionReport report() {
  PredictionReport report{
      .model = "toy",
      .target = "sm89",
      .machine = {.name = "RTX 4090", .units = 128, .clock = 2.52e9},
      .context = 1024};
  report.machine.readBandwidth = 927e9;
  report.machine.launchSeconds = 1.3e-6;
  report.decode.push_back(fourMilliseconds());
  report.prompt = {fourMilliseconds(), fourMilliseconds()};
  return report;
}

TEST(PredictionTextTest, ALineIsAStepAKindOrAKernel) {
  std::string text = predictionText(report());
  for (const char *line :
       {"toy for sm89 on RTX 4090: predicted, not measured\n",
        "128 units at 2520 MHz, 927 GB/s of reads, 1.3 us from a kernel to",
        "\n       2      1024     4.000       500      50 %      2.00        10"
        "  memory 75 %, launch 25 %\n",
        "first token of a prompt of 1024 tokens: 8.0 ms, 50 % of the limit",
        "\n  linears          5     3.500   87.5 %     2.000  memory 86 %, "
        "launch "
        "14 %\n",
        "\n     700.00     5       96     3   1.50    64   400.000     0.000  "
        "memory   linear_a\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(PredictionTextTest, OfManyKernelsTheLongestAreShown) {
  PredictionReport one = report();
  one.numKernels = 1;
  EXPECT_THAT(predictionText(one), testing::Not(HasSubstr("rows_b")));
  EXPECT_THAT(predictionText(report()), HasSubstr("rows_b"));
}

TEST(PredictionTextTest, ALimitThatIsNoneHasNoShare) {
  PredictionReport cached = report();
  cached.decode[0].limitSeconds = 0;
  EXPECT_THAT(predictionText(cached), HasSubstr("500         -      2.00"));
}

TEST(PredictionTextTest, ProgramsGetSecondsAndBytes) {
  json::value value = predictionJson(report());
  EXPECT_EQ(value.at("gpu").as_string(), "RTX 4090");
  EXPECT_DOUBLE_EQ(value.at("time_to_first_token").as_double(), 8e-3);
  const json::value &step = value.at("decode").at(0);
  EXPECT_DOUBLE_EQ(step.at("seconds").as_double(), 4e-3);
  EXPECT_DOUBLE_EQ(step.at("causes").at("memory").as_double(), 3e-3);
  EXPECT_EQ(step.at("bound").as_string(), "memory");
  EXPECT_EQ(step.at("kernels").as_array().size(), 2u);
}

} // namespace
} // namespace g4rt
