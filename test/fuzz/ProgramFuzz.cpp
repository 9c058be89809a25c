// Programs that are run. An input is a list of edits: a number of the tables of
// ToyModel and what it becomes. All checksums are right. A file that is
// accepted is loaded and takes steps of several sizes: its kernels and the
// memory that they may touch are under AddressSanitizer, so a launch that
// leaves its memory is found, whatever it hits.

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/exec/ProgramExecutor.h"
#include "runtime/scheduler/FixedTables.h"

#include <functional>
#include <numeric>
#include <vector>

#include "test/fuzz/Fuzz.h"
#include "test/support/ToyModel.h"

using namespace g4rt;

namespace {

/// Bytes of an input, taken one after the other; zeros after its end.
class Input {
public:
  Input(const uint8_t *data, size_t size) : data_(data), size_(size) {}

  bool isEmpty() const { return size_ == 0; }
  uint64_t take(size_t bytes) {
    uint64_t number = 0;
    for (size_t i = 0; i < bytes && size_ > 0; ++i, ++data_, --size_)
      number |= uint64_t{*data_} << 8 * i;
    return number;
  }

private:
  const uint8_t *data_;
  size_t size_;
};

/// All numbers of a program and its kernels, as places to write to.
class Numbers {
public:
  explicit Numbers(ToyModel &model) {
    for (auto &kernel : model.code().kernels)
      addKernel(*kernel);
    artifact::ProgramT &program = model.program();
    add(program.num_storages);
    add(program.logits);
    for (auto &buffer : program.buffers)
      addBuffer(*buffer);
    for (auto &cache : program.caches)
      addCache(*cache);
    for (auto &bucket : program.buckets)
      addBucket(*bucket);
    for (auto &weight : model.tables.weights)
      for (int64_t &size : weight->shape)
        add(size);
  }

  void edit(uint64_t number, uint64_t value) {
    places_[number % places_.size()](value);
  }

private:
  template <typename T>
  void add(T &place) {
    places_.push_back(
        [&place](uint64_t value) { place = static_cast<T>(value); });
  }
  void add(std::unique_ptr<artifact::Extent> &extent) {
    artifact::Extent &e = *extent;
    places_.push_back([&e](uint64_t v) {
      e = {static_cast<artifact::StepDim>(v % 8), e.mul(), e.div(), e.add()};
    });
    places_.push_back([&e](uint64_t v) {
      e = {e.dim(), static_cast<uint32_t>(v), e.div(), e.add()};
    });
    places_.push_back([&e](uint64_t v) {
      e = {e.dim(), e.mul(), static_cast<uint32_t>(v), e.add()};
    });
    places_.push_back([&e](uint64_t v) {
      e = {e.dim(), e.mul(), e.div(), static_cast<uint32_t>(v)};
    });
  }
  void add(artifact::Arg &arg) {
    places_.push_back([&arg](uint64_t v) {
      arg = {static_cast<artifact::ArgKind>(v % 12), arg.index()};
    });
    places_.push_back(
        [&arg](uint64_t v) { arg = {arg.kind(), static_cast<uint32_t>(v)}; });
  }
  void add(artifact::Reach &reach) {
    artifact::Reach &r = reach;
    places_.push_back(
        [&r](uint64_t v) { r = {v, r.rows(), r.index(), r.begins()}; });
    places_.push_back([&r](uint64_t v) {
      r = {r.bytes(), r.rows(), static_cast<uint32_t>(v), r.begins()};
    });
    places_.push_back([&r](uint64_t v) {
      r = {r.bytes(), r.rows(), r.index(), (v & 1) != 0};
    });
  }
  void addKernel(artifact::KernelT &kernel) {
    add(kernel.scratch_bytes);
    for (auto &use : kernel.uses) {
      add(use->grid_x);
      add(use->grid_y);
      add(use->query_tile);
      for (artifact::Reach &reach : use->reaches)
        add(reach);
    }
  }
  void addBuffer(artifact::BufferT &buffer) {
    add(buffer.dtype);
    add(buffer.rows);
    add(buffer.cols);
    add(buffer.storage);
    add(buffer.persistent);
  }
  void addCache(artifact::CacheT &cache) {
    add(cache.kind);
    add(cache.window);
    add(cache.num_kv_heads);
    add(cache.head_dim);
    add(cache.dtype);
    add(cache.page_size);
  }
  void addBucket(artifact::BucketT &bucket) {
    add(bucket.max_tokens);
    add(bucket.query_tile);
    for (auto &launch : bucket.launches) {
      add(launch->kernel);
      add(launch->grid_x);
      add(launch->grid_y);
      for (artifact::Arg &arg : launch->args)
        add(arg);
    }
  }

  std::vector<std::function<void(uint64_t)>> places_;
};

} // namespace

static void runStep(ProgramExecutor &executor, int numRows, int64_t first,
                    const FixedTables &tables) {
  StepPlan plan;
  tables.useIn(plan);
  for (int32_t slot : {0, 1}) {
    for (int row = 0; row < numRows; ++row)
      plan.addRow(row, first + row, slot);
    plan.addOutput();
  }
  auto logits = executor.run(plan);
  if (!logits)
    return;
  float sum = std::accumulate(logits->begin(), logits->end(), 0.0F);
  require(sum == sum || sum != sum, "the logits can be read");
}

static void runProgram(const ArtifactFile &file) {
  const artifact::Variant &variant = *file.root().variants()->Get(0);
  auto plan = planMemory(
      file.root(), *variant.program(),
      {.maxSequences = 2, .maxModelLength = 32, .maxStepTokens = 24});
  constexpr uint64_t kMost = uint64_t{64} << 20;
  if (!plan || plan->totalCacheBytes() > kMost ||
      plan->totalStorageBytes() > kMost || plan->inputBytes > kMost)
    return;
  auto device = createCpuDevice(1);
  auto executor = ProgramExecutor::create(file, variant, *device, *plan);
  if (!executor)
    return;
  FixedTables tables((*executor)->limits());
  runStep(**executor, 1, 0, tables);
  runStep(**executor, 11, 1, tables);
  runStep(**executor, 1, 12, tables);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ToyModel model;
  Numbers numbers(model);
  // Few edits, so that some files are accepted.
  for (Input input(data, std::min<size_t>(size, 40)); !input.isEmpty();) {
    uint64_t number = input.take(2);
    numbers.edit(number, input.take(1 + input.take(1) % 8));
  }
  FuzzFile copy(model.file());
  auto file = ArtifactFile::open(copy.path());
  if (file)
    runProgram(*file);
  else
    require(file.error().code() == StatusCode::DataLoss, "damage is DataLoss");
  return 0;
}
