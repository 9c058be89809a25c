//===- ModelRunner.cpp - Step a compiled model in tests -------------------===//

#include "test/support/ModelRunner.h"

#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/exec/VariantChoice.h"

#include <algorithm>
#include <cstring>

namespace g4rt {

std::string artifactPath(const std::string &model, const std::string &weights) {
  return G4_TEST_ARTIFACTS "/" + model + "." + weights + ".g4";
}

namespace {

/// The CPU, whose first `numPoisoned` allocations are NaN in every format in
/// place of zeros: nothing may depend on what memory held before.
class PoisonedDevice final : public Device {
public:
  PoisonedDevice(int threads, size_t numPoisoned)
      : cpu_(createCpuDevice(threads)), left_(numPoisoned) {}

  std::string_view name() const override { return cpu_->name(); }
  artifact::DeviceKind kind() const override { return cpu_->kind(); }
  bool hasFeature(std::string_view feature) const override {
    return cpu_->hasFeature(feature);
  }
  std::string targetName() const override { return cpu_->targetName(); }
  Result<DeviceMemory> memory() override { return cpu_->memory(); }
  Result<std::span<std::byte>> allocateHost(uint64_t bytes) override {
    return cpu_->allocateHost(bytes);
  }
  Result<double> launchTimed(const KernelCall &call) override {
    return cpu_->launchTimed(call);
  }
  Result<DeviceAddress> allocate(uint64_t bytes) override {
    G4RT_ASSIGN(DeviceAddress at, cpu_->allocate(bytes));
    if (left_ > 0) {
      --left_;
      std::vector<std::byte> poison(bytes, std::byte{0xff});
      G4RT_TRY(cpu_->copyIn(at, poison));
    }
    return at;
  }
  Result<DeviceAddress> adopt(std::span<const std::byte> bytes) override {
    return cpu_->adopt(bytes);
  }
  Result<std::unique_ptr<KernelModule>>
  loadCode(const artifact::CodeObject &code,
           std::span<const std::byte> bytes) override {
    return cpu_->loadCode(code, bytes);
  }
  Status copyIn(DeviceAddress to, std::span<const std::byte> from) override {
    return cpu_->copyIn(to, from);
  }
  Status clear(DeviceAddress at, uint64_t bytes) override {
    return cpu_->clear(at, bytes);
  }
  Status launch(const KernelCall &call) override { return cpu_->launch(call); }
  Status synchronize() override { return cpu_->synchronize(); }
  Status copyOut(std::span<std::byte> to, DeviceAddress from) override {
    return cpu_->copyOut(to, from);
  }
  const std::byte *hostPointer(DeviceAddress address) const override {
    return cpu_->hostPointer(address);
  }

private:
  std::unique_ptr<Device> cpu_;
  size_t left_;
};

} // namespace

Result<std::unique_ptr<ModelRunner>>
ModelRunner::open(const std::string &path, const RunnerOptions &options) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(path));
  std::unique_ptr<ModelRunner> runner(new ModelRunner(std::move(file)));
  G4RT_TRY(runner->create(options));
  return runner;
}

Result<const artifact::Variant *>
ModelRunner::findVariant(const std::string &target) {
  if (target.empty()) {
    G4RT_ASSIGN(VariantChoice choice, chooseVariant(file_.root(), *device_));
    return choice.variant;
  }
  for (const artifact::Variant *variant : *file_.root().variants()) {
    const auto &features = *variant->features();
    bool runs =
        std::all_of(features.begin(), features.end(),
                    [&](const flatbuffers::String *feature) {
                      return device_->hasFeature(feature->string_view());
                    });
    if (runs && variant->target()->string_view() == target)
      return variant;
  }
  return Status(StatusCode::NotFound, "this machine cannot run " + target);
}

Status ModelRunner::create(const RunnerOptions &options) {
  device_ = createCpuDevice(options.threads);
  G4RT_ASSIGN(variant_, findVariant(options.target));
  const artifact::Program &program = *variant_->program();
  G4RT_ASSIGN(MemoryPlan plan,
              planMemory(file_.root(), program,
                         {.maxSequences = options.maxSequences,
                          .maxModelLength = options.maxModelLength,
                          .maxStepTokens = options.maxStepTokens,
                          .maxChunkTokens = options.maxChunkTokens
                                                ? options.maxChunkTokens
                                                : options.maxStepTokens,
                          .maxStepOutputs = options.maxStepTokens}));
  // The executor allocates storages first, then keys and values.
  if (options.poisoned)
    device_ = std::make_unique<PoisonedDevice>(
        options.threads, plan.storageBytes.size() + 2 * plan.keyBytes.size());
  G4RT_ASSIGN(executor_,
              ProgramExecutor::create(file_, *variant_, *device_, plan));
  const ExecutorLimits &limits = plan.limits;
  sequences_.resize(limits.numSlots);
  pageTable_.resize(limits.numSlots * limits.pagesPerSlot);
  // Pages of one slot are not neighbours.
  for (int64_t slot = 0; slot < limits.numSlots; ++slot)
    for (int64_t page = 0; page < limits.pagesPerSlot; ++page)
      pageTable_[slot * limits.pagesPerSlot + page] =
          static_cast<int32_t>(page * limits.numSlots + slot);
  return Status();
}

void ModelRunner::setSequence(int32_t slot, std::vector<int32_t> ids) {
  sequences_.at(slot) = std::move(ids);
}

Result<std::vector<float>> ModelRunner::step(const std::vector<Rows> &rows) {
  StepPlan plan;
  plan.pageTable = pageTable_;
  for (const Rows &part : rows)
    for (int64_t i = part.first; i < part.first + part.count; ++i) {
      plan.addRow(sequences_.at(part.slot).at(i), i, part.slot);
      plan.addOutput();
    }
  G4RT_ASSIGN(std::span<const float> logits, executor_->run(plan));
  return std::vector<float>(logits.begin(), logits.end());
}

Result<std::vector<float>> ModelRunner::run(const std::vector<int32_t> &ids,
                                            int64_t chunk) {
  setSequence(0, ids);
  std::vector<float> all;
  int64_t size = static_cast<int64_t>(ids.size());
  for (int64_t first = 0; first < size; first += chunk) {
    G4RT_ASSIGN(std::vector<float> logits,
                step({{0, first, std::min(chunk, size - first)}}));
    all.insert(all.end(), logits.begin(), logits.end());
  }
  return all;
}

Result<std::vector<int32_t>> ModelRunner::greedy(std::vector<int32_t> prompt,
                                                 int64_t chunk, int count) {
  size_t promptSize = prompt.size();
  G4RT_ASSIGN(std::vector<float> logits, run(prompt, chunk));
  while (true) {
    auto row = logits.end() - vocabSize();
    prompt.push_back(
        static_cast<int32_t>(std::max_element(row, logits.end()) - row));
    if (prompt.size() == promptSize + count)
      return std::vector<int32_t>(prompt.begin() + promptSize, prompt.end());
    setSequence(0, prompt);
    int64_t last = static_cast<int64_t>(prompt.size()) - 1;
    G4RT_ASSIGN(logits, step({{0, last, 1}}));
  }
}

void ModelRunner::recordTaps() {
  executor_->setTapSink([this](const TapValue &value) {
    Tap &tap = taps_[std::string(value.name)];
    tap.cols = value.cols;
    size_t count = static_cast<size_t>(value.rows * value.cols);
    auto append = [&](auto &numbers) {
      numbers.resize(numbers.size() + count);
      std::memcpy(numbers.data() + numbers.size() - count, value.bytes.data(),
                  4 * count);
    };
    if (value.dtype == artifact::DType::f32)
      append(tap.floats);
    if (value.dtype == artifact::DType::i32)
      append(tap.ints);
  });
}

} // namespace g4rt
