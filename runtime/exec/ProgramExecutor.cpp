//===- ProgramExecutor.cpp - Runs an artifact's program -------------------===//

#include "runtime/exec/ProgramExecutor.h"

#include "runtime/artifact/ElementSize.h"
#include "runtime/artifact/Generator.h"
#include "runtime/artifact/ProgramLimits.h"
#include "runtime/exec/BucketGraphs.h"
#include "runtime/exec/PlanCheck.h"

#include <algorithm>
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
  int64_t maxRows;
  BucketGraphs graphs = {};
};

ProgramExecutor::ProgramExecutor(const ArtifactFile &file,
                                 const artifact::Variant &variant,
                                 Device &device, const MemoryPlan &plan)
    : file_(file), variant_(variant), program_(*variant.program()),
      code_(*file.root().code()->Get(variant.code())), device_(device),
      plan_(plan), inputs_(plan.limits, program_),
      experts_(file.root(), program_), traffic_(file.root(), program_) {
  if (device.kind() != artifact::DeviceKind::cpu)
    choices_.resize(plan.limits.maxStepTokens * experts_.maxCols());
}

// Code must not be unloaded while it runs.
ProgramExecutor::~ProgramExecutor() { (void)device_.synchronize(); }

Result<std::unique_ptr<ProgramExecutor>>
ProgramExecutor::create(const ArtifactFile &file,
                        const artifact::Variant &variant, Device &device,
                        const MemoryPlan &plan, const LoadProgress &progress) {
  std::unique_ptr<ProgramExecutor> executor(
      new ProgramExecutor(file, variant, device, plan));
  const artifact::CodeObject &code = executor->code_;
  G4RT_ASSIGN(executor->module_,
              device.loadCode(code, file.bytesOf(*code.data())));
  G4RT_TRY(executor->placeWeights(progress));
  G4RT_TRY(executor->allocate());
  executor->resolveLaunches();
  G4RT_TRY(executor->captureGraphs());
  return executor;
}

//===----------------------------------------------------------------------===//
// Memory and arguments
//===----------------------------------------------------------------------===//

// Kernels of this variant's own code write the weight where it is read.
Result<DeviceAddress>
ProgramExecutor::generate(const artifact::Weight &weight) {
  const artifact::Generator *generator = findGenerator(variant_, weight);
  GeneratorCall made = GeneratorCall::of(weight);
  G4RT_ASSIGN(DeviceAddress at, device_.allocate(weight.data()->size()));
  std::array<uint64_t, 1 + kNumGeneratorNumbers> args{
      static_cast<uint64_t>(at)};
  std::copy(made.numbers.begin(), made.numbers.end(), args.begin() + 1);
  G4RT_TRY(device_.launch({.module = module_.get(),
                           .kernel = generator->kernel(),
                           .gridX = made.numPanels,
                           .args = args}));
  return at;
}

Result<DeviceAddress>
ProgramExecutor::placeWeight(const artifact::Weight &weight) {
  if (!weight.synthetic())
    return device_.adopt(file_.bytesOf(*weight.data()));
  Result<DeviceAddress> at = generate(weight);
  if (!at)
    return std::move(at).error().during("making weight " +
                                        weight.name()->str());
  return at;
}

// What only other variants read has no place.
Status ProgramExecutor::placeWeights(const LoadProgress &progress) {
  const auto &weights = *file_.root().weights();
  std::vector<bool> used = usedWeights(file_.root(), program_);
  weights_.resize(weights.size());
  uint64_t done = 0;
  for (uint32_t i = 0; i < weights.size(); ++i) {
    if (!used[i])
      continue;
    const artifact::Weight &weight = *weights.Get(i);
    G4RT_ASSIGN(weights_[i], placeWeight(weight));
    done += weight.data()->size();
    if (progress)
      progress(done, plan_.weightBytes);
  }
  G4RT_TRY(device_.synchronize());
  return file_.checkUnchanged();
}

// A system gives a process memory when it is first written. It is written here,
// so that a step cannot find that there is none.
Result<DeviceAddress> ProgramExecutor::take(uint64_t bytes) {
  if (bytes == 0)
    return DeviceAddress{};
  G4RT_ASSIGN(DeviceAddress at, device_.allocate(bytes));
  if (device_.kind() == artifact::DeviceKind::cpu)
    G4RT_TRY(device_.clear(at, bytes));
  return at;
}

Status ProgramExecutor::allocate() {
  for (uint64_t bytes : plan_.storageBytes) {
    G4RT_ASSIGN(DeviceAddress at, take(bytes));
    storages_.push_back(at);
  }
  for (size_t i = 0; i < plan_.keyBytes.size(); ++i) {
    G4RT_ASSIGN(DeviceAddress keys, take(plan_.keyBytes[i]));
    G4RT_ASSIGN(DeviceAddress values, take(plan_.valueBytes[i]));
    G4RT_ASSIGN(DeviceAddress keyScales, take(plan_.scaleBytes[i]));
    G4RT_ASSIGN(DeviceAddress valueScales, take(plan_.scaleBytes[i]));
    keys_.push_back(keys);
    values_.push_back(values);
    keyScales_.push_back(keyScales);
    valueScales_.push_back(valueScales);
  }
  G4RT_ASSIGN(inputBlock_, take(inputs_.totalBytes()));
  logits_.emplace(device_, program_, plan_.limits, storages_);
  return logits_->allocate();
}

uint64_t ProgramExecutor::resolveArg(const artifact::Arg &arg) const {
  auto number = [](DeviceAddress at) { return static_cast<uint64_t>(at); };
  uint32_t index = arg.index();
  switch (arg.kind()) {
  case artifact::ArgKind::weight:
    return number(weights_[index]);
  case artifact::ArgKind::buffer:
    return number(storages_[program_.buffers()->Get(index)->storage()]);
  case artifact::ArgKind::cache_keys:
    return number(keys_[index]);
  case artifact::ArgKind::cache_values:
    return number(values_[index]);
  case artifact::ArgKind::cache_key_scales:
    return number(keyScales_[index]);
  case artifact::ArgKind::cache_value_scales:
    return number(valueScales_[index]);
  case artifact::ArgKind::page_table:
    return number(inputBlock_ +
                  (index == static_cast<uint32_t>(artifact::PageTable::window)
                       ? inputs_.windowTableAt()
                       : inputs_.pageTableAt()));
  case artifact::ArgKind::page_table_width:
    return index == static_cast<uint32_t>(artifact::PageTable::window)
               ? plan_.limits.windowPagesPerSlot
               : plan_.limits.pagesPerSlot;
  case artifact::ArgKind::input:
  case artifact::ArgKind::dim:
  case artifact::ArgKind::dim_address:
  case artifact::ArgKind::active_items:
    return 0; // another for each bucket, launch or step
  case artifact::ArgKind::number:
    return 0; // in no launch of a program
  }
  return 0;
}

ProgramExecutor::Launch ProgramExecutor::resolveLaunch(size_t bucket,
                                                       size_t number) const {
  auto inBlock = [&](uint64_t at) {
    return static_cast<uint64_t>(inputBlock_ + at);
  };
  Launch launch{buckets_[bucket].table->launches()->Get(number), {}, {}};
  for (size_t i = 0; i < launch.table->args()->size(); ++i) {
    const artifact::Arg &arg = *launch.table->args()->Get(i);
    uint64_t value = resolveArg(arg);
    if (arg.kind() == artifact::ArgKind::input)
      value = inBlock(inputs_.inputAt(
          bucket, static_cast<artifact::StepInput>(arg.index())));
    else if (arg.kind() == artifact::ArgKind::dim_address)
      value = inBlock(
          inputs_.dimAt(bucket, static_cast<artifact::StepDim>(arg.index())));
    else if (arg.kind() == artifact::ArgKind::active_items)
      value = inBlock(inputs_.activeItemsAt(bucket, number));
    else if (arg.kind() == artifact::ArgKind::dim)
      launch.dims.emplace_back(i, static_cast<artifact::StepDim>(arg.index()));
    launch.args.push_back(value);
  }
  return launch;
}

void ProgramExecutor::resolveLaunches() {
  for (const artifact::Bucket *table : *program_.buckets()) {
    size_t number = buckets_.size();
    buckets_.push_back({table, {}, inputs_.maxRows(number)});
    for (size_t i = 0; i < table->launches()->size(); ++i)
      buckets_[number].launches.push_back(resolveLaunch(number, i));
  }
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

std::vector<KernelCall> ProgramExecutor::callsOf(Bucket &bucket,
                                                 const StepSizes &sizes) {
  std::vector<KernelCall> calls;
  for (Launch &launch : bucket.launches) {
    KernelCall call = callOf(launch, sizes, launch.args);
    if (call.gridX > 0 && call.gridY > 0)
      calls.push_back(call);
  }
  return calls;
}

/// For the steps of more rows than the bucket before takes.
Status ProgramExecutor::captureGraphs(Bucket &bucket, int64_t rowsBefore) {
  if (!canBeGraph(*bucket.table))
    return Status();
  for (int64_t rows : graphRows(rowsBefore, bucket.maxRows))
    G4RT_TRY(bucket.graphs.capture(
        device_, largestStep(rows, bucket.table->query_tile(), plan_.limits),
        [&](const StepSizes &sizes) { return callsOf(bucket, sizes); }));
  return Status();
}

Status ProgramExecutor::captureGraphs() {
  if (!device_.hasGraphs())
    return Status();
  int64_t rowsBefore = 0;
  for (Bucket &bucket : buckets_) {
    if (Status status = captureGraphs(bucket, rowsBefore); !status.ok())
      return std::move(status).during(
          "bucket of " + std::to_string(bucket.table->max_tokens()) +
          " tokens");
    rowsBefore = bucket.table->max_tokens();
  }
  // The first step finds everything in its place.
  return device_.synchronize();
}

//===----------------------------------------------------------------------===//
// A step
//===----------------------------------------------------------------------===//

KernelCall ProgramExecutor::callOf(const Launch &launch, const StepSizes &sizes,
                                   std::span<uint64_t> args) const {
  for (auto [index, dim] : launch.dims)
    args[index] = sizes.evaluate(artifact::Extent(dim, 1, 1, 0));
  return {.module = module_.get(),
          .kernel = launch.table->kernel(),
          .gridX = sizes.evaluate(*launch.table->grid_x()),
          .gridY = sizes.evaluate(*launch.table->grid_y()),
          .args = args};
}

Status ProgramExecutor::runLaunch(const Launch &launch) {
  uint64_t args[kMaxLaunchArgs];
  std::copy(launch.args.begin(), launch.args.end(), args);
  KernelCall call =
      callOf(launch, inputs_.sizes(), std::span(args, launch.args.size()));
  bool isEmpty = call.gridX == 0 || call.gridY == 0;
  if (!launchSink_)
    return isEmpty ? Status() : device_.launch(call);
  double seconds = 0, busySeconds = 0;
  if (!isEmpty) {
    G4RT_ASSIGN(seconds, device_.launchTimed(call));
    busySeconds = device_.busySeconds().value_or(seconds);
  }
  launchSink_(
      {.label = launch.table->label()->string_view(),
       .kernel = code_.kernels()->Get(call.kernel)->symbol()->string_view(),
       .seconds = seconds,
       .busySeconds = busySeconds,
       .table = launch.table,
       .call = &call,
       .sizes = &inputs_.sizes()});
  return Status();
}

Status ProgramExecutor::showTaps(const Bucket &bucket, size_t launch) {
  for (const artifact::Tap *tap : *bucket.table->taps()) {
    if (tap->launch() != launch)
      continue;
    const artifact::Buffer &buffer = *program_.buffers()->Get(tap->buffer());
    TapValue value{
        .name = tap->name()->string_view(),
        .dtype = buffer.dtype(),
        .rows = static_cast<int64_t>(inputs_.sizes().evaluate(*buffer.rows())),
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

// A step without its graph costs a GPU a launch for each kernel and a wait for
// each layer with experts, which may be a third of a short step: one step of so
// many keeps that below one of 300.
constexpr int64_t kGpuStepsPerCount = 128;

int64_t ProgramExecutor::stepsPerExpertCount() const {
  return device_.kind() == artifact::DeviceKind::cpu ? 1 : kGpuStepsPerCount;
}

bool ProgramExecutor::mustCountExperts() const {
  auto period = static_cast<uint64_t>(stepsPerExpertCount());
  return !experts_.loads().empty() && numSteps_ % period == 0;
}

// A CPU's choices are where the host reads them: no copy.
Status ProgramExecutor::countExperts(size_t bucket, size_t launch) {
  const ExpertCounter::Choice *choice = experts_.choiceAfter(bucket, launch);
  if (!choice)
    return Status();
  const artifact::Buffer &buffer = *choice->buffer;
  DeviceAddress at = storages_[buffer.storage()];
  auto count = static_cast<size_t>(inputs_.sizes().evaluate(*buffer.rows())) *
               buffer.cols();
  if (const std::byte *bytes = device_.hostPointer(at)) {
    experts_.count(choice->layer,
                   {reinterpret_cast<const int32_t *>(bytes), count});
    return Status();
  }
  std::span<int32_t> copy = std::span(choices_).first(count);
  G4RT_TRY(device_.copyOut(std::as_writable_bytes(copy), at));
  experts_.count(choice->layer, copy);
  return Status();
}

Status ProgramExecutor::runLaunches(size_t number) {
  const Bucket &bucket = buckets_[number];
  for (size_t i = 0; i < bucket.launches.size(); ++i) {
    if (Status status = runLaunch(bucket.launches[i]); !status.ok())
      return std::move(status).during(bucket.launches[i].table->label()->str());
    if (countsExperts_)
      G4RT_TRY(countExperts(number, i));
    if (tapSink_)
      G4RT_TRY(showTaps(bucket, i));
  }
  return Status();
}

/// The keys, the values or their scales of one cache, a page after the other.
struct ProgramExecutor::PagePart {
  DeviceAddress pages;
  uint64_t bytes; // of a page

  DeviceAddress at(int32_t page) const {
    return pages + static_cast<uint64_t>(page) * bytes;
  }
};

/// Of all caches of one kind.
std::vector<ProgramExecutor::PagePart>
ProgramExecutor::partsOf(PageKind kind) const {
  bool isWindow = kind == PageKind::Window;
  auto wanted =
      isWindow ? artifact::CacheKind::window : artifact::CacheKind::pages;
  auto numPages = static_cast<uint64_t>(isWindow ? plan_.limits.numWindowPages
                                                 : plan_.limits.numPages);
  std::vector<PagePart> parts;
  for (uint32_t i = 0; i < keys_.size(); ++i) {
    if (program_.caches()->Get(i)->kind() != wanted)
      continue;
    parts.push_back({keys_[i], plan_.keyBytes[i] / numPages});
    parts.push_back({values_[i], plan_.valueBytes[i] / numPages});
    if (plan_.scaleBytes[i] == 0)
      continue;
    parts.push_back({keyScales_[i], plan_.scaleBytes[i] / numPages});
    parts.push_back({valueScales_[i], plan_.scaleBytes[i] / numPages});
  }
  return parts;
}

Status ProgramExecutor::copyPages(std::span<const PageCopy> copies,
                                  PageKind kind) {
  if (copies.empty())
    return Status();
  for (const PagePart &part : partsOf(kind))
    for (PageCopy copy : copies)
      G4RT_TRY(device_.copy(part.at(copy.to), part.at(copy.from), part.bytes));
  return Status();
}

uint64_t ProgramExecutor::pageBytes(PageKind kind) const {
  uint64_t bytes = 0;
  for (const PagePart &part : partsOf(kind))
    bytes += part.bytes;
  return bytes;
}

Status ProgramExecutor::readPage(PageKind kind, int32_t page,
                                 std::span<std::byte> to) {
  std::vector<HostCopy> copies;
  for (const PagePart &part : partsOf(kind)) {
    copies.push_back({.to = to.first(part.bytes), .from = part.at(page)});
    to = to.subspan(part.bytes);
  }
  return device_.copyOutAll(copies);
}

Status ProgramExecutor::writePage(PageKind kind, int32_t page,
                                  std::span<const std::byte> from) {
  for (const PagePart &part : partsOf(kind)) {
    G4RT_TRY(device_.copyIn(part.at(page), from.first(part.bytes)));
    from = from.subspan(part.bytes);
  }
  return Status();
}

Status ProgramExecutor::runStep(const StepPlan &plan) {
  G4RT_TRY(checkPlan(plan, plan_.limits));
  size_t number = inputs_.bucketFor(plan.numTokens());
  const Bucket &bucket = buckets_[number];
  StepInputs::Part part = inputs_.fill(number, plan);
  G4RT_TRY(device_.copyIn(inputBlock_ + part.at, part.bytes));
  G4RT_TRY(copyPages(plan.copies, PageKind::Global));
  G4RT_TRY(copyPages(plan.windowCopies, PageKind::Window));
  countsExperts_ = mustCountExperts();
  experts_.beginStep();
  bool isWatched = tapSink_ || launchSink_ || countsExperts_;
  const KernelGraph *graph =
      isWatched ? nullptr : bucket.graphs.find(inputs_.sizes());
  G4RT_TRY(graph ? device_.launchGraph(*graph) : runLaunches(number));
  traffic_.add(plan, experts_.distinctOfStep());
  ++numSteps_;
  return Status();
}

// A CPU reads the weights where the file is mapped.
Status ProgramExecutor::check() const {
  if (device_.kind() != artifact::DeviceKind::cpu)
    return Status();
  Status status = file_.checkUnchanged();
  return status.ok() ? Status()
                     : Status(StatusCode::Unavailable, status.message());
}

Result<std::span<const float>> ProgramExecutor::run(const StepPlan &plan) {
  G4RT_TRY(runStep(plan));
  auto logits = logits_->all(plan.numOutputs());
  G4RT_TRY(check()); // or it may have read other weights than were loaded
  return logits;
}

Result<std::vector<LogitSource>>
ProgramExecutor::runForSampling(const StepPlan &plan) {
  if (!logits_->hasCandidates())
    return Executor::runForSampling(plan);
  G4RT_TRY(runStep(plan));
  return logits_->candidates(plan.numOutputs());
}

} // namespace g4rt
