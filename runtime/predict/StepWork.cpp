//===- StepWork.cpp - What the launches of a step do ----------------------===//

#include "runtime/predict/StepWork.h"

#include "runtime/artifact/CacheLayout.h"
#include "runtime/exec/MemoryPlan.h"
#include "runtime/exec/StepTraffic.h"

#include <algorithm>
#include <cmath>

namespace g4rt {

using artifact::ArgKind;
using artifact::StepDim;

PredictedStep PredictedStep::decode(int64_t sessions, int64_t context) {
  return {.sessions = sessions,
          .firstPosition = std::max<int64_t>(context - 1, 0),
          .outputs = sessions};
}

PredictedStep PredictedStep::prefill(int64_t firstPosition, int64_t rows) {
  return {.rowsOfSession = rows, .firstPosition = firstPosition};
}

double PredictedStep::seen(int64_t window) const {
  auto first = static_cast<double>(firstPosition),
       end = static_cast<double>(context());
  // The sum of 1 .. p of rows that see all before them.
  auto sum = [](double p) { return p * (p + 1) / 2; };
  auto limit = window > 0 ? static_cast<double>(window) : end;
  double whole = std::clamp(limit, first, end);
  double total = sum(whole) - sum(first) + (end - whole) * limit;
  return total / static_cast<double>(rowsOfSession);
}

double expertTiles(double experts, double chosen, int64_t rows, int64_t tile) {
  double share = std::min(chosen / experts, 1.0);
  if (tile <= 1)
    return chosen * static_cast<double>(rows);
  if (share == 1)
    return experts * static_cast<double>((rows + tile - 1) / tile);
  // Of one expert: the binomial distribution of its rows, in logarithms, which
  // many rows do not take to zero.
  auto logFactorial = [](int64_t n) {
    return std::lgamma(static_cast<double>(n) + 1);
  };
  double mean = 0;
  for (int64_t n = 1; n <= rows; ++n) {
    double chance =
        std::exp(logFactorial(rows) - logFactorial(n) - logFactorial(rows - n) +
                 static_cast<double>(n) * std::log(share) +
                 static_cast<double>(rows - n) * std::log1p(-share));
    mean += chance * static_cast<double>((n + tile - 1) / tile);
  }
  return experts * mean;
}

namespace {

/// Makes the LaunchWork of the launches of one step.
class StepReader {
public:
  StepReader(const artifact::Artifact &root, const artifact::Variant &variant,
             const PredictedStep &step)
      : root_(root), variant_(variant), program_(*variant.program()),
        step_(step) {}

  Result<std::vector<StepLaunch>> read();

private:
  const artifact::Bucket &chooseBucket() const;
  Result<StepLaunch> readLaunch(const artifact::Launch &launch) const;
  std::string kindOf(const StepLaunch &launch) const;
  double itemsOf(const artifact::Launch &launch) const;
  const artifact::Weight *expertWeight(const artifact::Launch &launch) const;
  bool isSplit(const artifact::Launch &launch) const;
  double dataRounds(const StepLaunch &launch) const;
  void setThreadWork(StepLaunch &launch, double rounds) const;
  void spreadAttention(StepLaunch &launch, double &rounds) const;
  StepShape shape() const {
    return {.rows = static_cast<double>(step_.rows()),
            .outputs = static_cast<double>(step_.outputs),
            .sessions = static_cast<double>(step_.sessions),
            .context = static_cast<double>(step_.context())};
  }

  const artifact::Artifact &root_;
  const artifact::Variant &variant_;
  const artifact::Program &program_;
  const PredictedStep &step_;
  StepSizes sizes_ = {};
};

} // namespace

const artifact::Bucket &StepReader::chooseBucket() const {
  const auto &buckets = *program_.buckets();
  uint32_t number = 0;
  while (number + 1 < buckets.size() &&
         buckets.Get(number)->max_tokens() < step_.rows())
    ++number;
  return *buckets.Get(number);
}

/// The weight of experts that the launch reads; null if it reads none.
const artifact::Weight *
StepReader::expertWeight(const artifact::Launch &launch) const {
  for (const artifact::Arg *arg : *launch.args())
    if (arg->kind() == ArgKind::weight)
      if (const auto *weight = root_.weights()->Get(arg->index());
          weight->shape()->size() == 3)
        return weight;
  return nullptr;
}

// A grid of grouped experts has room for the worst routing: one tile that is
// not full of each expert. Blocks beyond the tiles that there are end at once.
double StepReader::itemsOf(const artifact::Launch &launch) const {
  auto columns = static_cast<double>(sizes_.evaluate(*launch.grid_y()));
  const artifact::Weight *weight = expertWeight(launch);
  const artifact::Extent &grid = *launch.grid_x();
  if (!weight || (grid.add() == 0 && grid.div() == 1))
    return static_cast<double>(sizes_.evaluate(grid)) * columns;
  return columns * expertTiles(static_cast<double>(weight->shape()->Get(0)),
                               grid.mul(), step_.rows(), grid.div());
}

/// Whether blocks share the keys of a query tile: then they leave parts for
/// each run of key positions.
bool StepReader::isSplit(const artifact::Launch &launch) const {
  for (const artifact::Arg *arg : *launch.args())
    if (arg->kind() == ArgKind::buffer &&
        program_.buffers()->Get(arg->index())->rows()->dim() ==
            StepDim::key_positions)
      return true;
  return false;
}

/// Rounds of an attention launch's loop over pages of keys, and the blocks that
/// have any.
void StepReader::spreadAttention(StepLaunch &launch, double &rounds) const {
  const artifact::Cache &cache = *attendedCache(*launch.launch, program_);
  double pages =
      std::ceil(step_.seen(cache.window()) / std::max(1u, cache.page_size()));
  rounds = std::max(1.0, pages);
  if (!isSplit(*launch.launch))
    return;
  auto tiles = static_cast<double>(sizes_.queryTiles);
  double heads = cache.num_kv_heads();
  double splits = std::max(1.0, launch.work.items / (tiles * heads));
  double busy = std::min(splits, rounds);
  launch.work.items = tiles * heads * busy;
  rounds = std::ceil(rounds / busy);
}

/// Rounds of any other launch whose loops depend on data: its threads share the
/// rows of its longest buffer.
double StepReader::dataRounds(const StepLaunch &launch) const {
  double rows = 1;
  for (const artifact::Arg *arg : *launch.launch->args())
    if (arg->kind() == ArgKind::buffer)
      rows =
          std::max(rows, static_cast<double>(sizes_.evaluate(
                             *program_.buffers()->Get(arg->index())->rows())));
  return std::ceil(rows / (launch.work.threads * launch.work.items));
}

static double sumOf(const flatbuffers::Vector<uint64_t> &bytes) {
  double sum = 0;
  for (uint64_t number : bytes)
    sum += static_cast<double>(number);
  return sum;
}

/// Times that a thread which loads `work` waits for memory.
static double waitsOf(const artifact::Work &work) {
  auto underWay = std::max(static_cast<double>(work.bytes_in_flight()), 1.0);
  return std::ceil(sumOf(*work.loaded_bytes()) / underWay);
}

void StepReader::setThreadWork(StepLaunch &launch, double rounds) const {
  const artifact::Work &once = *launch.kernel->work(),
                       &round = *launch.kernel->round();
  auto total = [&](uint64_t (artifact::Work::*number)() const) {
    return static_cast<double>((once.*number)()) +
           rounds * static_cast<double>((round.*number)());
  };
  using artifact::Work;
  LaunchWork &work = launch.work;
  work.thread = {.instructions = total(&Work::instructions),
                 .integers = total(&Work::integers),
                 .specials = total(&Work::specials),
                 .barriers = total(&Work::barriers),
                 .matrixProducts = total(&Work::matrix_products),
                 .sharedBytes = total(&Work::shared_bytes),
                 .waits = waitsOf(once) + rounds * waitsOf(round)};
  double ofThread = sumOf(*once.loaded_bytes()) +
                    rounds * sumOf(*round.loaded_bytes()) +
                    total(&Work::stored_bytes);
  work.cacheBytes = work.items * work.threads * ofThread;
}

std::string StepReader::kindOf(const StepLaunch &launch) const {
  if (expertWeight(*launch.launch))
    return "experts";
  if (attendedCache(*launch.launch, program_))
    return "attention";
  std::string name = launch.kernel->symbol()->str();
  std::string word = name.substr(0, name.find('_'));
  if (word != "linear")
    return word;
  bool isHead = launch.launch->grid_x()->dim() == StepDim::outputs;
  return isHead ? "head" : "linears";
}

Result<StepLaunch>
StepReader::readLaunch(const artifact::Launch &launch) const {
  const artifact::CodeObject &code = *root_.code()->Get(variant_.code());
  const artifact::Kernel &kernel = *code.kernels()->Get(launch.kernel());
  if (!kernel.work() || !kernel.round())
    return Status(StatusCode::NotFound,
                  "kernel " + kernel.symbol()->str() + " of " +
                      variant_.target()->str() +
                      ": what it does was not counted; g4c compile counts it "
                      "for GPUs");
  StepLaunch made{.launch = &launch, .kernel = &kernel, .kind = {}, .work = {}};
  LaunchWork &work = made.work;
  work.items = itemsOf(launch);
  work.threads = kernel.threads();
  work.registers = kernel.registers();
  work.sharedBytes = kernel.scratch_bytes();
  if (work.items == 0)
    return made;
  double rounds = 1;
  if (attendedCache(launch, program_))
    spreadAttention(made, rounds);
  else
    rounds = dataRounds(made);
  setThreadWork(made, rounds);
  work.memoryBytes = launchTraffic(root_, program_, launch, shape()).total();
  made.kind = kindOf(made);
  return made;
}

Result<std::vector<StepLaunch>> StepReader::read() {
  const artifact::Bucket &bucket = chooseBucket();
  int64_t tile = std::max<int64_t>(bucket.query_tile(), 1);
  int64_t tilesOfSession = (step_.rowsOfSession + tile - 1) / tile;
  sizes_ = {.tokens = step_.rows(),
            .outputs = step_.outputs,
            .queryTiles = step_.sessions * tilesOfSession,
            .keyPositions = step_.context()};
  std::vector<StepLaunch> launches;
  for (const artifact::Launch *launch : *bucket.launches()) {
    G4RT_ASSIGN(StepLaunch made, readLaunch(*launch));
    if (made.work.items > 0)
      launches.push_back(std::move(made));
  }
  return launches;
}

Result<std::vector<StepLaunch>> stepWork(const artifact::Artifact &root,
                                         const artifact::Variant &variant,
                                         const PredictedStep &step) {
  return StepReader(root, variant, step).read();
}

} // namespace g4rt
