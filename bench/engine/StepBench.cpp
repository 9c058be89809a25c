//===- StepBench.cpp - What a step of a model costs -----------------------===//
//
//   step-bench MODEL.g4 [--threads N] [--context 128] [--repeat 30] [--profile]
//
// Times single steps of the executor: decode with 1, 2, 4, 8 and 16 sequences,
// prefill in chunks of 64 and 256. Prints medians as ms a step, tokens/s, and
// the weights that a step reads (with the experts that the router really chose)
// as GB/s and as a share of what this machine can read.
//
//===----------------------------------------------------------------------===//

#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/exec/ProgramExecutor.h"
#include "runtime/exec/VariantChoice.h"
#include "runtime/scheduler/FixedTables.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "bench/engine/Bandwidth.h"

namespace {

using namespace g4rt;

struct Options {
  std::string file;
  int threads = 0;
  int64_t context = 128;
  int repeat = 30;
  bool profile = false;
};

/// One model, ready to step.
class Bench {
public:
  static Result<std::unique_ptr<Bench>> open(const Options &options);

  void decode(int64_t numSequences);
  void prefill(int64_t chunk);
  void printHeader();

private:
  explicit Bench(ArtifactFile file) : file_(std::move(file)) {}

  StepPlan plan(int64_t numSequences, int64_t first, int64_t count);
  double medianSeconds(const StepPlan &plan);
  uint64_t weightBytes(const StepPlan &plan);
  void profile(const StepPlan &plan);
  void report(const char *what, int64_t size, const StepPlan &plan);

  ArtifactFile file_;
  Options options_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<ProgramExecutor> executor_;
  std::string target_;
  std::optional<FixedTables> tables_;
  std::mt19937 random_{1};
  double bandwidth_ = 0;
};

Result<std::unique_ptr<Bench>> Bench::open(const Options &options) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(options.file));
  std::unique_ptr<Bench> bench(new Bench(std::move(file)));
  bench->options_ = options;
  int threads = options.threads > 0
                    ? options.threads
                    : static_cast<int>(std::thread::hardware_concurrency());
  bench->device_ = createCpuDevice(threads);
  const auto &root = bench->file_.root();
  G4RT_ASSIGN(VariantChoice choice, chooseVariant(root, *bench->device_));
  bench->target_ = choice.variant->target()->str();
  ExecutorOptions limits{.maxSequences = 16,
                         .maxModelLength = options.context + 512,
                         .maxStepTokens = 256};
  G4RT_ASSIGN(MemoryPlan plan,
              planMemory(root, *choice.variant->program(), limits));
  G4RT_ASSIGN(bench->executor_,
              ProgramExecutor::create(bench->file_, *choice.variant,
                                      *bench->device_, plan));
  bench->tables_.emplace(plan.limits);
  bench->bandwidth_ = measureReadBandwidth(threads);
  return bench;
}

/// `count` random tokens from position `first` in each of the sequences.
StepPlan Bench::plan(int64_t numSequences, int64_t first, int64_t count) {
  std::uniform_int_distribution<int32_t> ids(
      0, static_cast<int32_t>(executor_->limits().vocabSize) - 1);
  StepPlan plan;
  for (int64_t s = 0; s < numSequences; ++s)
    for (int64_t i = 0; i < count; ++i) {
      plan.addRow(ids(random_), first + i, static_cast<int32_t>(s));
      if (i + 1 == count)
        plan.addOutput();
    }
  tables_->useIn(plan);
  return plan;
}

double Bench::medianSeconds(const StepPlan &plan) {
  std::vector<double> seconds;
  for (int i = 0; i < options_.repeat + 3; ++i) {
    auto start = std::chrono::steady_clock::now();
    auto result = executor_->run(plan);
    if (!result) {
      std::fprintf(stderr, "step-bench: %s\n",
                   result.error().message().c_str());
      std::exit(1);
    }
    std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    if (i >= 3) // the first ones warm caches and threads
      seconds.push_back(took.count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

/// Bytes of weights that a step of this plan needs: all matrices once, of the
/// experts those that some row goes to, of embeddings one row a token.
uint64_t Bench::weightBytes(const StepPlan &plan) {
  std::vector<std::set<int32_t>> chosen;
  executor_->setTapSink([&](const TapValue &tap) {
    if (!tap.name.ends_with("router.experts"))
      return;
    std::vector<int32_t> ids(tap.rows * tap.cols);
    std::memcpy(ids.data(), tap.bytes.data(), tap.bytes.size());
    chosen.emplace_back(ids.begin(), ids.end());
  });
  (void)executor_->run(plan);
  executor_->setTapSink(nullptr);
  double perLayer = 0;
  for (const auto &experts : chosen)
    perLayer += static_cast<double>(experts.size()) / chosen.size();
  uint64_t bytes = 0;
  for (const artifact::Weight *weight : *file_.root().weights()) {
    bool isExperts = weight->shape()->size() == 3;
    double share = isExperts ? perLayer / weight->shape()->Get(0) : 1;
    bool isTable = weight->shape()->size() == 2 &&
                   weight->packing()->string_view() == "rows";
    if (!isTable)
      bytes += static_cast<uint64_t>(share * weight->data()->size());
  }
  return bytes;
}

/// Where the time of a step goes, by kernel.
void Bench::profile(const StepPlan &plan) {
  std::map<std::string, std::pair<int, double>> kernels;
  executor_->setLaunchSink([&](const LaunchTime &launch) {
    auto &[count, seconds] = kernels[std::string(launch.kernel)];
    ++count;
    seconds += launch.seconds;
  });
  for (int i = 0; i < options_.repeat; ++i)
    (void)executor_->run(plan);
  executor_->setLaunchSink(nullptr);
  std::vector<std::pair<double, std::string>> order;
  for (const auto &[name, sum] : kernels)
    order.emplace_back(sum.second / options_.repeat, name);
  std::sort(order.rbegin(), order.rend());
  for (const auto &[seconds, name] : order)
    std::printf("  %9.1f us  %3d x  %s\n", 1e6 * seconds,
                kernels[name].first / options_.repeat, name.c_str());
}

void Bench::report(const char *what, int64_t size, const StepPlan &plan) {
  double seconds = medianSeconds(plan);
  double rate = weightBytes(plan) / seconds / 1e9;
  std::printf("%-8s %5lld  %9.3f  %10.1f  %8.2f  %6.1f %%\n", what,
              static_cast<long long>(size), 1e3 * seconds,
              plan.numTokens() / seconds, rate, 100 * rate / bandwidth_);
  if (options_.profile)
    profile(plan);
}

void Bench::decode(int64_t numSequences) {
  report("decode", numSequences, plan(numSequences, options_.context, 1));
}

void Bench::prefill(int64_t chunk) {
  report("prefill", chunk, plan(1, 0, chunk));
}

void Bench::printHeader() {
  std::printf("%s, %s, read bandwidth %.1f GB/s\n",
              file_.root().model()->name()->c_str(), target_.c_str(),
              bandwidth_);
  std::printf("%-8s %5s  %9s  %10s  %8s  %8s\n", "step", "rows", "ms",
              "tokens/s", "GB/s", "of roof");
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Times steps of a model");
  app.add_option("MODEL", options.file)->required();
  app.add_option("--threads", options.threads);
  app.add_option("--context", options.context)->check(CLI::Range(0, 1 << 20));
  app.add_option("--repeat", options.repeat)->check(CLI::Range(1, 1 << 20));
  app.add_flag("--profile", options.profile, "Time by kernel");
  CLI11_PARSE(app, argc, argv);
  auto bench = Bench::open(options);
  if (!bench) {
    std::fprintf(stderr, "step-bench: %s\n", bench.error().message().c_str());
    return 1;
  }
  (*bench)->printHeader();
  for (int64_t sequences : {1, 2, 4, 8, 16})
    (*bench)->decode(sequences);
  for (int64_t chunk : {64, 256})
    (*bench)->prefill(chunk);
  return 0;
}
