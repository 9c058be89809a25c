//===- GuardBench.cpp - What a step pays for staying up -------------------===//
//
//   guard-bench MODEL.g4 [--repeat 300]
//
// An engine shows its life inside of steps (runtime/base/Heartbeat.h) and looks
// after each whether its file has changed (OpenFile::checkUnchanged, which
// every run of an executor includes). Two executors of one model, of which one
// has no heartbeat, take the same steps by turns: decode of 1 and 16 sequences,
// and a prompt of 128 tokens, of which a first token consists. Prints the
// median step and, as a share of it, the median of the differences within a
// pair, the time of a look at the file, and that of counting the memory that
// the server holds for these answers (runtime/http/MemoryPool.h). All times are
// processor time of one thread, so that what else the machine does counts less.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/Heartbeat.h"
#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/exec/ProgramExecutor.h"
#include "runtime/exec/VariantChoice.h"
#include "runtime/http/MemoryPool.h"
#include "runtime/scheduler/FixedTables.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>

using namespace g4rt;

namespace {

/// A model on a device of its own.
struct Side {
  std::unique_ptr<Device> device;
  std::unique_ptr<ProgramExecutor> executor;
};

} // namespace

static Result<Side> openSide(const ArtifactFile &file, Heartbeat *heartbeat) {
  Side side;
  side.device = createCpuDevice(1, heartbeat);
  G4RT_ASSIGN(VariantChoice choice, chooseVariant(file.root(), *side.device));
  G4RT_ASSIGN(
      MemoryPlan plan,
      planMemory(
          file.root(), *choice.variant->program(),
          {.maxSequences = 16, .maxModelLength = 256, .maxStepTokens = 128}));
  G4RT_ASSIGN(side.executor, ProgramExecutor::create(file, *choice.variant,
                                                     *side.device, plan));
  return side;
}

static StepPlan planOf(const FixedTables &tables, int sequences, int64_t first,
                       int64_t count) {
  StepPlan plan;
  for (int s = 0; s < sequences; ++s) {
    for (int64_t i = 0; i < count; ++i)
      plan.addRow(static_cast<int32_t>(5 + i), first + i, s);
    plan.addOutput();
  }
  tables.useIn(plan);
  return plan;
}

/// Of this process, in microseconds.
static double processorTime() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return 1e6 * static_cast<double>(time.tv_sec) +
         1e-3 * static_cast<double>(time.tv_nsec);
}

/// Microseconds; a step that fails ends the program.
template <typename Work>
static double timeOf(Work work) {
  double start = processorTime();
  if (!work()) {
    std::fprintf(stderr, "guard-bench: a step failed\n");
    std::exit(1);
  }
  return processorTime() - start;
}

static double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + values.size() / 2);
  return values[values.size() / 2];
}

/// Microseconds of one call, of many at once: to ask for the time takes as long
/// as one of these.
template <typename Work>
static double timeOfMany(Work work) {
  constexpr int kRounds = 100;
  return timeOf([&] {
           bool isWell = true;
           for (int round = 0; round < kRounds; ++round)
             isWell &= work();
           return isWell;
         }) /
         kRounds;
}

/// Microseconds that the server's counting takes beside a step, of so many
/// answers of which each has so many holders: what waits to be sent, the text
/// gathered so far, and with a new request its body and its prompt besides.
/// Each holds some bytes and gives them back.
static double countingTime(int numAnswers, int numHolders) {
  MemoryPool pool(size_t{1} << 30);
  std::vector<MemoryPool::Lease> leases;
  for (int i = 0; i < numAnswers * numHolders; ++i)
    leases.emplace_back(pool);
  return timeOfMany([&] {
    bool isHeld = true;
    for (MemoryPool::Lease &lease : leases)
      isHeld &= lease.resize(1000);
    for (MemoryPool::Lease &lease : leases)
      isHeld &= lease.resize(0);
    return isHeld;
  });
}

namespace {

struct Load {
  const char *what;
  StepPlan plan;
  int numAnswers, numHolders;
};

} // namespace

static void compare(const Load &load, Side &plain, Side &guarded, int repeat) {
  const StepPlan &plan = load.plan;
  std::vector<double> steps, differences;
  for (int i = 0; i < repeat; ++i) {
    double with = 0, without = 0;
    auto runPlain = [&] {
      without = timeOf([&] { return plain.executor->run(plan).has_value(); });
    };
    auto runGuarded = [&] {
      with = timeOf([&] { return guarded.executor->run(plan).has_value(); });
    };
    // Each is the first one half of the time.
    i % 2 ? runPlain() : runGuarded();
    i % 2 ? runGuarded() : runPlain();
    steps.push_back(without);
    differences.push_back(with - without);
  }
  std::vector<double> looks, counts;
  for (int i = 0; i < repeat; ++i) {
    looks.push_back(timeOfMany([&] { return guarded.executor->check().ok(); }));
    counts.push_back(countingTime(load.numAnswers, load.numHolders));
  }
  double step = median(steps);
  std::printf("%-24s %9.1f us  heartbeat %+6.2f %%  look at the file %5.2f %%  "
              "counted memory %6.3f %%\n",
              load.what, step, 100 * median(differences) / step,
              100 * median(looks) / step, 100 * median(counts) / step);
}

static Status run(const std::string &path, int repeat) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(path));
  G4RT_ASSIGN(Heartbeat heartbeat, Heartbeat::create());
  G4RT_ASSIGN(Side plain, openSide(file, nullptr));
  G4RT_ASSIGN(Side guarded, openSide(file, &heartbeat));
  FixedTables tables(plain.executor->limits());
  for (const Load &load :
       {Load{"decode, 1 sequence", planOf(tables, 1, 128, 1), 1, 2},
        Load{"decode, 16 sequences", planOf(tables, 16, 128, 1), 16, 2},
        Load{"prompt of 128 tokens", planOf(tables, 1, 0, 128), 1, 4}})
    compare(load, plain, guarded, repeat);
  std::printf("%llu beats\n",
              static_cast<unsigned long long>(heartbeat.numSigns()));
  return Status();
}

int main(int argc, char **argv) {
  std::string path;
  int repeat = 300;
  CLI::App app("What a step pays for its heartbeat, the look at its file and "
               "counted memory");
  app.add_option("MODEL", path)->required();
  app.add_option("--repeat", repeat)->check(CLI::Range(1, 1 << 20));
  CLI11_PARSE(app, argc, argv);
  Status status = run(path, repeat);
  if (!status.ok())
    std::fprintf(stderr, "guard-bench: %s\n", status.toString().c_str());
  return status.ok() ? 0 : 1;
}
