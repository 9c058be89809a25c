//===- CpuDevice.cpp - This machine's cores as a device -------------------===//
//
// A kernel is a function
//
//   void kernel(const uint64_t *args, int64_t x, int64_t y, void *scratch)
//
// of a shared object, which is loaded from memory.
//
//===----------------------------------------------------------------------===//

#include "runtime/device/cpu/CpuDevice.h"

#include "runtime/base/Elapsed.h"
#include "runtime/base/SystemMemory.h"
#include "runtime/device/cpu/CpuFeatures.h"
#include "runtime/device/cpu/CpuMemory.h"
#include "runtime/device/cpu/SharedObject.h"
#include "runtime/device/cpu/ThreadPool.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <sched.h>

namespace g4rt {

namespace {

using KernelFunction = void (*)(const uint64_t *, int64_t, int64_t, void *);

struct CpuKernel {
  KernelFunction function;
  uint64_t scratchBytes;
};

/// How long one thread had work; a line of the cache of its own.
struct alignas(64) ThreadTime {
  double seconds = 0;
};

/// What the threads need of a launch.
struct Job {
  KernelFunction function;
  const uint64_t *args;
  uint64_t gridX;
  const std::vector<CpuPages> &scratch;
  Heartbeat *heartbeat;
  ThreadTime *times; // of each thread

  // Consecutive items share a column of the grid: the same part of the weight.
  void run(uint64_t item, int thread) const {
    function(args, static_cast<int64_t>(item % gridX),
             static_cast<int64_t>(item / gridX), scratch[thread].data());
    if (heartbeat)
      heartbeat->beat(thread);
  }
};

class CpuModule final : public KernelModule {
public:
  explicit CpuModule(SharedObject code) : code_(std::move(code)) {}

  /// Errors: DataLoss if the code has no such kernel.
  Status add(const artifact::Kernel &kernel) {
    void *symbol = code_.find(kernel.symbol()->c_str());
    if (!symbol)
      return Status(StatusCode::DataLoss,
                    "loading CPU code: no kernel " + kernel.symbol()->str());
    kernels.push_back(
        {reinterpret_cast<KernelFunction>(symbol), kernel.scratch_bytes()});
    return Status();
  }

  std::vector<CpuKernel> kernels;

private:
  SharedObject code_;
};

int usableCores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof(set), &set) != 0)
    return 1;
  return std::max(1, CPU_COUNT(&set));
}

class CpuDevice final : public Device {
public:
  CpuDevice(int numThreads, Heartbeat *heartbeat)
      : pool_(numThreads > 0 ? numThreads : usableCores()),
        heartbeat_(heartbeat) {}

  std::string_view name() const override { return "cpu"; }
  artifact::DeviceKind kind() const override {
    return artifact::DeviceKind::cpu;
  }
  bool hasFeature(std::string_view feature) const override {
    return hasCpuFeature(feature);
  }
  std::string targetName() const override { return "native"; }
  Result<DeviceMemory> memory() override {
    return DeviceMemory{machineBytes_,
                        availableMemoryBytes().value_or(machineBytes_)};
  }
  Result<DeviceAddress> allocate(uint64_t bytes) override;
  Result<DeviceAddress> adopt(std::span<const std::byte> bytes) override {
    return addressOf(bytes.data());
  }
  Result<std::unique_ptr<KernelModule>>
  loadCode(const artifact::CodeObject &code,
           std::span<const std::byte> bytes) override;
  Status copyIn(DeviceAddress to, std::span<const std::byte> from) override {
    if (!from.empty()) // memcpy takes no null, also for no bytes
      std::memcpy(pointerOf(to), from.data(), from.size());
    return Status();
  }
  Status copy(DeviceAddress to, DeviceAddress from, uint64_t bytes) override {
    std::memcpy(pointerOf(to), pointerOf(from), bytes);
    return Status();
  }
  Status clear(DeviceAddress at, uint64_t bytes) override {
    std::memset(pointerOf(at), 0, bytes);
    return Status();
  }
  Status launch(const KernelCall &call) override;
  Result<double> launchTimed(const KernelCall &call) override;
  std::optional<double> busySeconds() const override;
  Status synchronize() override { return Status(); }
  Status copyOut(std::span<std::byte> to, DeviceAddress from) override {
    if (!to.empty())
      std::memcpy(to.data(), pointerOf(from), to.size());
    return Status();
  }
  const std::byte *hostPointer(DeviceAddress address) const override {
    return static_cast<const std::byte *>(pointerOf(address));
  }
  Result<std::span<std::byte>> allocateHost(uint64_t bytes) override {
    G4RT_ASSIGN(DeviceAddress at, allocate(bytes));
    return std::span(static_cast<std::byte *>(pointerOf(at)), bytes);
  }

private:
  static DeviceAddress addressOf(const void *pointer) {
    return DeviceAddress{reinterpret_cast<uint64_t>(pointer)};
  }
  static void *pointerOf(DeviceAddress address) {
    return reinterpret_cast<void *>(static_cast<uint64_t>(address));
  }
  Status reserveScratch(uint64_t bytes);
  Status launch(const KernelCall &call, ThreadPool::Run run);

  ThreadPool pool_;
  Heartbeat *heartbeat_;
  const uint64_t machineBytes_ = machineMemoryBytes();
  uint64_t allocatedBytes_ = 0;
  std::vector<CpuPages> allocations_;
  std::vector<CpuPages> scratch_; // one for each thread
  uint64_t scratchBytes_ = 0;
  std::vector<ThreadTime> times_; // of the last launchTimed()
};

// The kernel hands out addresses for more than the machine has and kills the
// process when they are used: so the sum is compared with the machine.
Result<DeviceAddress> CpuDevice::allocate(uint64_t bytes) {
  if (bytes > machineBytes_ - allocatedBytes_)
    return Status(StatusCode::ResourceExhausted,
                  "cpu: no memory for " + std::to_string(bytes) +
                      " bytes: " + std::to_string(allocatedBytes_) +
                      " are taken, the machine has " +
                      std::to_string(machineBytes_));
  G4RT_ASSIGN(CpuPages pages, CpuPages::allocate(bytes));
  allocations_.push_back(std::move(pages));
  allocatedBytes_ += bytes;
  return addressOf(allocations_.back().data());
}

Status CpuDevice::reserveScratch(uint64_t bytes) {
  if (bytes <= scratchBytes_)
    return Status();
  std::vector<CpuPages> scratch;
  for (int i = 0; i < pool_.numThreads(); ++i) {
    G4RT_ASSIGN(CpuPages pages, CpuPages::allocate(bytes));
    scratch.push_back(std::move(pages));
  }
  scratch_ = std::move(scratch);
  scratchBytes_ = bytes;
  return Status();
}

Result<std::unique_ptr<KernelModule>>
CpuDevice::loadCode(const artifact::CodeObject &code,
                    std::span<const std::byte> bytes) {
  if (code.format() != artifact::CodeFormat::elf_shared_object)
    return Status(StatusCode::DataLoss,
                  "loading CPU code: it is not an ELF shared object");
  G4RT_ASSIGN(SharedObject object, SharedObject::load(bytes));
  auto module = std::make_unique<CpuModule>(std::move(object));
  uint64_t scratch = 0;
  for (const artifact::Kernel *kernel : *code.kernels()) {
    G4RT_TRY(module->add(*kernel));
    scratch = std::max<uint64_t>(scratch, kernel->scratch_bytes());
  }
  G4RT_TRY(reserveScratch(std::max<uint64_t>(scratch, 1)));
  return std::unique_ptr<KernelModule>(std::move(module));
}

Status CpuDevice::launch(const KernelCall &call, ThreadPool::Run run) {
  const auto &module = static_cast<const CpuModule &>(*call.module);
  uint64_t numItems;
  if (call.kernel >= module.kernels.size() ||
      __builtin_mul_overflow(call.gridX, call.gridY, &numItems))
    return Status(StatusCode::InvalidArgument,
                  "cpu: launch of kernel " + std::to_string(call.kernel) +
                      " of " + std::to_string(module.kernels.size()) +
                      " over a grid of " + std::to_string(call.gridX) + " x " +
                      std::to_string(call.gridY));
  Job job{module.kernels[call.kernel].function,
          call.args.data(),
          call.gridX,
          scratch_,
          heartbeat_,
          times_.data()};
  pool_.forEach(numItems, run, &job);
  return Status();
}

Status CpuDevice::launch(const KernelCall &call) {
  return launch(call, [](void *context, uint64_t item, int thread) {
    static_cast<const Job *>(context)->run(item, thread);
  });
}

Result<double> CpuDevice::launchTimed(const KernelCall &call) {
  times_.assign(static_cast<size_t>(pool_.numThreads()), {});
  auto start = std::chrono::steady_clock::now();
  G4RT_TRY(launch(call, [](void *context, uint64_t item, int thread) {
    const Job &job = *static_cast<const Job *>(context);
    auto start = std::chrono::steady_clock::now();
    job.run(item, thread);
    job.times[thread].seconds += secondsSince(start);
  }));
  return secondsSince(start);
}

std::optional<double> CpuDevice::busySeconds() const {
  double sum = 0;
  for (const ThreadTime &time : times_)
    sum += time.seconds;
  return sum / pool_.numThreads();
}

} // namespace

std::unique_ptr<Device> createCpuDevice(int numThreads, Heartbeat *heartbeat) {
  return std::make_unique<CpuDevice>(numThreads, heartbeat);
}

} // namespace g4rt
