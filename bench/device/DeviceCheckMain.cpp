//===- DeviceCheckMain.cpp - device-check ---------------------------------===//
//
//   device-check MODEL.g4 --device cuda:0 [--against cpu] [--twins FILE]
//                [--rows 1,3,8,20,70] [--context 40] [--json FILE]
//
// Runs decode steps and prefill chunks on both devices and compares every
// launch; beside each kernel with a plain twin, that. Then times each kernel.
// Prints the differences and the times by kernel; exit code 1 if a difference
// is too large.
//
//===----------------------------------------------------------------------===//

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>

#include "bench/device/DeviceCheck.h"

namespace {

using namespace g4rt;

struct Options {
  std::string file, device = "cuda:0", against = "cpu", twins, json;
  std::vector<int64_t> rows = {1, 3, 8, 20, 70};
  int64_t context = 40;
  int repeat = 5;
  uint64_t flushMib = 256, copyMib = 2048;
  TwinConstants constants;
};

/// Sequences of one step; more rows are a chunk of one sequence only.
constexpr int64_t kMaxDecode = 32, kMinPrefill = 8;

int64_t numSlots(const Options &options) {
  int64_t count = 1;
  for (int64_t rows : options.rows)
    if (rows <= kMaxDecode)
      count = std::max(count, rows);
  return count;
}

ExecutorOptions executorOptions(const Options &options, int64_t maxPositions) {
  int64_t most = *std::max_element(options.rows.begin(), options.rows.end());
  return {.maxSequences = numSlots(options),
          .maxModelLength = std::min(maxPositions, options.context + most + 64),
          .maxStepTokens = most,
          .maxChunkTokens = most};
}

/// Both sides, the twins and the results.
class Run {
public:
  explicit Run(const Options &options) : options_(options) {}
  Status run();
  /// What is known so far; `error` if the run ended early. Whether all agreed.
  bool report(const std::string &error);

private:
  /// Who stops a run that takes too long has the steps so far.
  void save(bool passed, const std::string &error) const;
  Status check(const NamedStep &step);
  Status open();
  Status measureCeilings();

  const Options &options_;
  std::optional<ArtifactFile> file_;
  Side against_, device_;
  std::unique_ptr<Twins> twins_;
  std::unique_ptr<DeviceCheck> check_;
  Ceilings ceilings_;
};

Status Run::open() {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(options_.file));
  file_.emplace(std::move(file));
  ExecutorOptions limits =
      executorOptions(options_, file_->root().model()->max_positions());
  // The device first: who has none need not wait for the other side's weights.
  G4RT_ASSIGN(device_, Side::open(*file_, options_.device, limits));
  G4RT_ASSIGN(against_, Side::open(*file_, options_.against, limits));
  if (!options_.twins.empty()) {
    G4RT_ASSIGN(twins_, Twins::load(options_.twins, file_->root(), device_,
                                    options_.constants));
  }
  return Status();
}

/// What cannot be measured says why.
Status Run::measureCeilings() {
  if (!twins_) {
    ceilings_.whyNoCopy = ceilings_.whyNoMma = "not measured: no --twins";
    return Status();
  }
  auto copy = twins_->copyRate(options_.copyMib << 20);
  auto mma = twins_->mmaRate();
  ceilings_.copyBytesPerSecond = copy ? *copy : 0;
  ceilings_.mmaFlopsPerSecond = mma ? *mma : 0;
  ceilings_.whyNoCopy = copy ? "" : copy.error().message();
  ceilings_.whyNoMma = mma ? "" : mma.error().message();
  return Status();
}

Status Run::run() {
  G4RT_TRY(open());
  std::printf("%s: %s (%s) against %s (%s)\n", options_.file.c_str(),
              std::string(device_.device->name()).c_str(),
              device_.variant->target()->c_str(),
              std::string(against_.device->name()).c_str(),
              against_.variant->target()->c_str());
  G4RT_TRY(measureCeilings());
  check_ = std::make_unique<DeviceCheck>(
      *file_, against_, device_,
      CheckOptions{options_.repeat, options_.flushMib << 20});
  check_->setTwins(twins_.get());
  StepPlans plans(device_.plan.limits.vocabSize);
  G4RT_TRY(check_->prepare(plans, options_.context));
  for (int64_t rows : options_.rows) {
    if (rows <= kMaxDecode)
      G4RT_TRY(check(plans.decode(rows, options_.context)));
    if (rows >= kMinPrefill)
      G4RT_TRY(check(plans.prefill(rows, options_.context)));
  }
  return Status();
}

Status Run::check(const NamedStep &step) {
  Status status = check_->check(step);
  save(/*passed=*/false, "ended after " + step.name);
  return status;
}

void Run::save(bool passed, const std::string &error) const {
  if (options_.json.empty())
    return;
  json::object found{{"file", options_.file},
                     {"device", std::string(device_.device->name())},
                     {"target", device_.variant->target()->str()},
                     {"against", against_.variant->target()->str()},
                     {"passed", passed},
                     {"error", error},
                     {"has_twins", twins_ != nullptr},
                     {"not_compared", check_->notCompared().size()},
                     {"ceilings", ceilingsJson(ceilings_)},
                     {"checks", checksJson(check_->checks())},
                     {"times", timesJson(check_->times(), ceilings_)}};
  std::ofstream(options_.json) << json::serialize(found) << "\n";
}

bool Run::report(const std::string &error) {
  if (!check_)
    return false;
  bool passed = printChecks(check_->checks()) && error.empty();
  for (const std::string &what : check_->notCompared())
    std::printf("NOT COMPARED: %s\n", what.c_str());
  passed = passed && check_->notCompared().empty();
  printTimes(check_->times(), ceilings_);
  std::printf("\ncopy %.1f GB/s read and written; mma.sync bf16 %.1f TFLOP/s\n",
              1e-9 * ceilings_.copyBytesPerSecond,
              1e-12 * ceilings_.mmaFlopsPerSecond);
  std::printf("%s: every launch %s\n", options_.file.c_str(),
              passed ? "agrees" : "does NOT agree");
  save(passed, error);
  return passed;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Compares every launch of a model on two devices");
  app.add_option("MODEL", options.file)->required();
  app.add_option("--device", options.device);
  app.add_option("--against", options.against);
  app.add_option("--twins", options.twins, "Made by reference-kernels");
  app.add_option("--epsilon", options.constants.epsilon, "Of the twins' norms");
  app.add_option("--softcap", options.constants.softcap,
                 "Of the twins' logits");
  app.add_option("--attention-scale", options.constants.attentionScale,
                 "Of the twins' scores");
  app.add_option("--rows", options.rows, "Rows of steps")
      ->delimiter(',')
      ->check(CLI::Range(int64_t{1}, int64_t{4096}));
  app.add_option("--context", options.context, "Positions before them")
      ->check(CLI::Range(int64_t{0}, int64_t{65536}));
  app.add_option("--repeat", options.repeat, "Times of each step; 0: none")
      ->check(CLI::Range(0, 1000));
  app.add_option("--flush-mib", options.flushMib,
                 "Cleared before each timed launch; 0: nothing")
      ->check(CLI::Range(uint64_t{0}, uint64_t{16384}));
  app.add_option("--copy-mib", options.copyMib, "Of the measured copy")
      ->check(CLI::Range(uint64_t{1}, uint64_t{16384}));
  app.add_option("--json", options.json, "File for the figures");
  CLI11_PARSE(app, argc, argv);
  Run run(options);
  if (Status status = run.run(); !status.ok()) {
    (void)run.report(status.message());
    std::fprintf(stderr, "device-check: %s\n", status.message().c_str());
    return 2;
  }
  return run.report("") ? 0 : 1;
}
