//===- ProgramExecutor.cpp - Runs an artifact's program -------------------===//

#include "runtime/exec/ProgramExecutor.h"

#include "runtime/artifact/ElementSize.h"
#include "runtime/exec/PlanCheck.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace g4rt {

/// A launch with its arguments in place but for the sizes of the step.
struct ProgramExecutor::Launch {
  const artifact::Launch *table;
  std::vector<uint64_t> args;
  /// Arguments that are sizes, filled before each launch.
  std::vector<std::pair<size_t, artifact::StepDim>> dims;
};

struct ProgramExecutor::Bucket {
  const artifact::Bucket *table;
  std::vector<Launch> launches;
};

ProgramExecutor::ProgramExecutor(const ArtifactFile &file,
                                 const artifact::Variant &variant,
                                 Device &device, const MemoryPlan &plan)
    : file_(file), program_(*variant.program()),
      code_(*file.root().code()->Get(variant.code())), device_(device),
      plan_(plan) {}

ProgramExecutor::~ProgramExecutor() = default;

Result<std::unique_ptr<ProgramExecutor>>
ProgramExecutor::create(const ArtifactFile &file,
                        const artifact::Variant &variant, Device &device,
                        const MemoryPlan &plan) {
  std::unique_ptr<ProgramExecutor> executor(
      new ProgramExecutor(file, variant, device, plan));
  const artifact::CodeObject &code = executor->code_;
  G4RT_ASSIGN(executor->module_,
              device.loadCode(code, file.bytesOf(*code.data())));
  G4RT_TRY(executor->allocate());
  executor->resolveLaunches();
  return executor;
}

//===----------------------------------------------------------------------===//
// Memory and arguments
//===----------------------------------------------------------------------===//

Status ProgramExecutor::allocate() {
  for (const artifact::Weight *weight : *file_.root().weights()) {
    G4RT_ASSIGN(DeviceAddress at,
                device_.adopt(file_.bytesOf(*weight->data())));
    weights_.push_back(at);
  }
  for (uint64_t bytes : plan_.storageBytes) {
    G4RT_ASSIGN(DeviceAddress at, device_.allocate(bytes));
    storages_.push_back(at);
  }
  for (uint64_t bytes : plan_.cacheBytes) {
    G4RT_ASSIGN(DeviceAddress keys, device_.allocate(bytes));
    G4RT_ASSIGN(DeviceAddress values, device_.allocate(bytes));
    keys_.push_back(keys);
    values_.push_back(values);
  }
  uint64_t inputBytes = plan_.limits.maxStepTokens * sizeof(int32_t);
  for (DeviceAddress &input : inputs_) {
    G4RT_ASSIGN(input, device_.allocate(inputBytes));
  }
  int64_t widths[] = {plan_.windowPages, plan_.limits.pagesPerSlot};
  for (size_t i = 0; i < pageTables_.size(); ++i) {
    uint64_t bytes = plan_.limits.numSlots * widths[i] * sizeof(int32_t);
    G4RT_ASSIGN(pageTables_[i], device_.allocate(bytes));
  }
  G4RT_TRY(clearPersistentBuffers());
  return fillWindowTable();
}

Status ProgramExecutor::clearPersistentBuffers() {
  for (const artifact::Buffer *buffer : *program_.buffers())
    if (buffer->persistent())
      G4RT_TRY(device_.clear(storages_[buffer->storage()],
                             plan_.storageBytes[buffer->storage()]));
  return Status();
}

// A slot's ring owns its pages for good.
Status ProgramExecutor::fillWindowTable() {
  std::vector<int32_t> pages(plan_.limits.numSlots * plan_.windowPages);
  for (size_t i = 0; i < pages.size(); ++i)
    pages[i] = static_cast<int32_t>(i);
  return device_.copyIn(
      pageTables_[static_cast<size_t>(artifact::PageTable::window)],
      std::as_bytes(std::span(pages)));
}

uint64_t ProgramExecutor::resolveArg(const artifact::Arg &arg) const {
  auto number = [](DeviceAddress at) { return static_cast<uint64_t>(at); };
  uint32_t index = arg.index();
  switch (arg.kind()) {
  case artifact::ArgKind::weight:
    return number(weights_[index]);
  case artifact::ArgKind::buffer:
    return number(storages_[program_.buffers()->Get(index)->storage()]);
  case artifact::ArgKind::input:
    return number(inputs_[index]);
  case artifact::ArgKind::cache_keys:
    return number(keys_[index]);
  case artifact::ArgKind::cache_values:
    return number(values_[index]);
  case artifact::ArgKind::page_table:
    return number(pageTables_[index]);
  case artifact::ArgKind::page_table_width:
    return index == static_cast<uint32_t>(artifact::PageTable::window)
               ? plan_.windowPages
               : plan_.limits.pagesPerSlot;
  case artifact::ArgKind::dim:
  case artifact::ArgKind::dim_address:
  case artifact::ArgKind::active_items:
    return 0; // filled before the launch
  }
  return 0;
}

void ProgramExecutor::resolveLaunches() {
  for (const artifact::Bucket *table : *program_.buckets()) {
    Bucket bucket{table, {}};
    for (const artifact::Launch *launch : *table->launches()) {
      Launch resolved{launch, {}, {}};
      for (size_t i = 0; i < launch->args()->size(); ++i) {
        const artifact::Arg &arg = *launch->args()->Get(i);
        resolved.args.push_back(resolveArg(arg));
        if (arg.kind() == artifact::ArgKind::dim)
          resolved.dims.emplace_back(
              i, static_cast<artifact::StepDim>(arg.index()));
      }
      bucket.launches.push_back(std::move(resolved));
    }
    buckets_.push_back(std::move(bucket));
  }
}

//===----------------------------------------------------------------------===//
// A step
//===----------------------------------------------------------------------===//

const ProgramExecutor::Bucket &
ProgramExecutor::bucketFor(int64_t numTokens) const {
  auto fits = [&](const Bucket &bucket) {
    return numTokens <= int64_t{bucket.table->max_tokens()};
  };
  auto it = std::find_if(buckets_.begin(), buckets_.end(), fits);
  return it == buckets_.end() ? buckets_.back() : *it;
}

/// Cuts the rows of each sequence into tiles.
static void cutQueryTiles(const StepPlan &plan, int64_t queryTile,
                          std::vector<int32_t> &firstRows,
                          std::vector<int32_t> &numRows) {
  firstRows.clear();
  numRows.clear();
  for (int64_t t = 0; t < plan.numTokens(); ++t) {
    bool continues = t > 0 && plan.slots[t] == plan.slots[t - 1] &&
                     plan.positions[t] == plan.positions[t - 1] + 1 &&
                     numRows.back() < queryTile;
    if (continues) {
      ++numRows.back();
      continue;
    }
    firstRows.push_back(static_cast<int32_t>(t));
    numRows.push_back(1);
  }
}

Status ProgramExecutor::copyInputs(const StepPlan &plan, int64_t queryTile) {
  cutQueryTiles(plan, queryTile, tileFirstRows_, tileNumRows_);
  const std::vector<int32_t> *arrays[] = {
      &plan.tokenIds,   &plan.positions, &plan.slots,  &plan.visibleEnds,
      &plan.outputRows, &tileFirstRows_, &tileNumRows_};
  for (size_t i = 0; i < inputs_.size(); ++i)
    G4RT_TRY(device_.copyIn(inputs_[i], std::as_bytes(std::span(*arrays[i]))));
  sizes_ = {
      plan.numTokens(), plan.numOutputs(),
      static_cast<int64_t>(tileFirstRows_.size()),
      *std::max_element(plan.visibleEnds.begin(), plan.visibleEnds.end())};
  return copyPageTables(plan);
}

// Of a slot's row only the entries up to the last position seen in this step.
Status ProgramExecutor::copyPageTables(const StepPlan &plan) {
  const ExecutorLimits &limits = plan_.limits;
  DeviceAddress table =
      pageTables_[static_cast<size_t>(artifact::PageTable::pages)];
  int64_t visibleEnd = 0; // of any row of the slot
  for (int64_t t = 0; t < plan.numTokens(); ++t) {
    visibleEnd = std::max<int64_t>(visibleEnd, plan.visibleEnds[t]);
    bool isLast =
        t + 1 == plan.numTokens() || plan.slots[t + 1] != plan.slots[t];
    if (!isLast)
      continue;
    int64_t first = plan.slots[t] * limits.pagesPerSlot;
    int64_t count = (visibleEnd - 1) / limits.pageSize + 1;
    visibleEnd = 0;
    auto entries = plan.pageTable.subspan(first, count);
    G4RT_TRY(device_.copyIn(table + first * sizeof(int32_t),
                            std::as_bytes(entries)));
  }
  return Status();
}

Status ProgramExecutor::runLaunch(const Launch &launch) {
  uint64_t args[64];
  std::span<uint64_t> filled(args, launch.args.size());
  std::copy(launch.args.begin(), launch.args.end(), filled.begin());
  for (auto [index, dim] : launch.dims)
    filled[index] = sizes_.evaluate(artifact::Extent(dim, 1, 1, 0));
  KernelCall call{.module = module_.get(),
                  .kernel = launch.table->kernel(),
                  .gridX = sizes_.evaluate(*launch.table->grid_x()),
                  .gridY = sizes_.evaluate(*launch.table->grid_y()),
                  .args = filled};
  if (call.gridX == 0 || call.gridY == 0)
    return Status();
  return device_.launch(call);
}

Status ProgramExecutor::timeLaunch(const Launch &launch) {
  auto start = std::chrono::steady_clock::now();
  G4RT_TRY(runLaunch(launch));
  G4RT_TRY(device_.synchronize());
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  launchSink_(
      {launch.table->label()->string_view(),
       code_.kernels()->Get(launch.table->kernel())->symbol()->string_view(),
       seconds.count()});
  return Status();
}

Status ProgramExecutor::showTaps(const Bucket &bucket, size_t launch) {
  for (const artifact::Tap *tap : *bucket.table->taps()) {
    if (tap->launch() != launch)
      continue;
    const artifact::Buffer &buffer = *program_.buffers()->Get(tap->buffer());
    TapValue value{.name = tap->name()->string_view(),
                   .dtype = buffer.dtype(),
                   .rows =
                       static_cast<int64_t>(sizes_.evaluate(*buffer.rows())),
                   .cols = static_cast<int64_t>(buffer.cols()),
                   .bytes = {}};
    std::vector<std::byte> bytes(value.rows * value.cols *
                                 elementBytes(buffer.dtype()));
    G4RT_TRY(device_.copyOut(bytes, storages_[buffer.storage()]));
    value.bytes = bytes;
    tapSink_(value);
  }
  return Status();
}

Result<std::span<const float>> ProgramExecutor::logits() {
  const artifact::Buffer &buffer = *program_.buffers()->Get(program_.logits());
  DeviceAddress at = storages_[buffer.storage()];
  size_t count = sizes_.outputs * plan_.limits.vocabSize;
  G4RT_TRY(device_.synchronize());
  if (const std::byte *host = device_.hostPointer(at))
    return std::span(reinterpret_cast<const float *>(host), count);
  hostLogits_.resize(count);
  G4RT_TRY(device_.copyOut(std::as_writable_bytes(std::span(hostLogits_)), at));
  return std::span<const float>(hostLogits_);
}

Result<std::span<const float>> ProgramExecutor::run(const StepPlan &plan) {
  G4RT_TRY(checkPlan(plan, plan_.limits));
  const Bucket &bucket = bucketFor(plan.numTokens());
  G4RT_TRY(copyInputs(plan, bucket.table->query_tile()));
  for (size_t i = 0; i < bucket.launches.size(); ++i) {
    Status status = launchSink_ ? timeLaunch(bucket.launches[i])
                                : runLaunch(bucket.launches[i]);
    if (!status.ok())
      return std::move(status).during(bucket.launches[i].table->label()->str());
    if (tapSink_)
      G4RT_TRY(showTaps(bucket, i));
  }
  return logits();
}

} // namespace g4rt
