//===- GpuDevice.cpp - A GPU as a device ----------------------------------===//
//
// One stream, on which the work is put. synchronize(), copyOut() and
// launchTimed() wait for it; copyIn() and adopt() wait where the GPU has yet to
// read a staging buffer; what reserves memory, loads code or makes a graph
// waits as long as the driver likes.
//
//===----------------------------------------------------------------------===//

#include "runtime/device/gpu/GpuDevice.h"

#include "runtime/artifact/ProgramLimits.h"
#include "runtime/device/gpu/CodeModule.h"
#include "runtime/device/gpu/KernelTimer.h"
#include "runtime/device/gpu/LaunchGraph.h"
#include "runtime/device/gpu/PinnedStaging.h"

#include <algorithm>
#include <array>
#include <optional>

namespace g4rt::gpu {

namespace {

constexpr uint64_t kAlignment = 256; // of every allocation, in bytes

class GpuDevice final : public Device {
public:
  GpuDevice(const DriverTable &table, Gpu gpu,
            std::unique_ptr<Platform> platform)
      : driver_(table), gpu_(std::move(gpu)), platform_(std::move(platform)),
        name_(gpu_.text()) {}
  ~GpuDevice() override;
  Status open();

  std::string_view name() const override { return name_; }
  artifact::DeviceKind kind() const override { return platform_->kind(); }
  bool hasFeature(std::string_view feature) const override {
    return platform_->hasFeature(feature);
  }
  std::string targetName() const override { return platform_->targetName(); }
  Result<DeviceMemory> memory() override;
  Result<DeviceAddress> allocate(uint64_t bytes) override;
  Result<DeviceAddress> adopt(std::span<const std::byte> bytes) override;
  Result<std::span<std::byte>> allocateHost(uint64_t bytes) override;
  Result<std::unique_ptr<KernelModule>>
  loadCode(const artifact::CodeObject &code,
           std::span<const std::byte> bytes) override;
  Status copyIn(DeviceAddress to, std::span<const std::byte> from) override;
  Status copy(DeviceAddress to, DeviceAddress from, uint64_t bytes) override;
  Status clear(DeviceAddress at, uint64_t bytes) override;
  Status launch(const KernelCall &call) override;
  Result<double> launchTimed(const KernelCall &call) override;
  Status synchronize() override;
  Status copyOut(std::span<std::byte> to, DeviceAddress from) override;
  Status copyOutAll(std::span<const HostCopy> copies) override;
  const std::byte *hostPointer(DeviceAddress) const override { return nullptr; }
  bool hasGraphs() const override { return true; }
  Result<std::unique_ptr<KernelGraph>>
  capture(std::span<const KernelCall> calls) override;
  Status launchGraph(const KernelGraph &graph) override;

private:
  Status enter() { return platform_->enter(driver_); }
  Result<DriverAddress> reserve(uint64_t bytes);
  Status enqueue(const KernelCall &call);

  Driver driver_;
  const Gpu gpu_;
  const std::unique_ptr<Platform> platform_;
  const std::string name_;
  DriverStream stream_ = nullptr;
  std::optional<KernelTimer> timer_;
  std::optional<PinnedStaging> staging_;
  std::vector<DriverAddress> allocations_;
  std::vector<void *> hostAllocations_;
};

//===----------------------------------------------------------------------===//
// Opening and closing
//===----------------------------------------------------------------------===//

Status GpuDevice::open() {
  G4RT_TRY(platform_->open(driver_));
  G4RT_TRY(enter());
  G4RT_TRY(driver_.call<&DriverTable::streamCreate>("opening the GPU", &stream_,
                                                    kStreamNonBlocking));
  timer_.emplace(driver_, stream_);
  G4RT_TRY(timer_->open());
  staging_.emplace(driver_, stream_);
  return staging_->allocate();
}

GpuDevice::~GpuDevice() {
  if (stream_ && enter().ok())
    (void)synchronize();
  timer_.reset();
  staging_.reset();
  for (void *pointer : hostAllocations_)
    driver_.release<&DriverTable::memFreeHost>(pointer);
  for (DriverAddress at : allocations_)
    driver_.release<&DriverTable::memFree>(at);
  if (stream_)
    driver_.release<&DriverTable::streamDestroy>(stream_);
  platform_->close(driver_);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Result<DeviceMemory> GpuDevice::memory() {
  G4RT_TRY(enter());
  size_t freeBytes = 0, totalBytes = 0;
  G4RT_TRY(driver_.call<&DriverTable::memGetInfo>("looking at the memory",
                                                  &freeBytes, &totalBytes));
  return DeviceMemory{totalBytes, freeBytes};
}

/// Memory with any content.
Result<DriverAddress> GpuDevice::reserve(uint64_t bytes) {
  G4RT_TRY(enter());
  auto noMemory = [&] {
    Result<DeviceMemory> memory = this->memory();
    uint64_t freeBytes = memory ? memory->freeBytes : 0;
    return Status(StatusCode::ResourceExhausted,
                  name_ + ": no memory for " + std::to_string(bytes) +
                      " bytes: " + std::to_string(freeBytes) + " of " +
                      std::to_string(gpu_.totalBytes) + " are free");
  };
  if (bytes > gpu_.totalBytes)
    return noMemory();
  uint64_t size =
      (std::max<uint64_t>(bytes, 1) + kAlignment - 1) & ~(kAlignment - 1);
  DriverAddress at = 0;
  Status status = driver_.call<&DriverTable::memAlloc>(
      "reserving memory of the GPU", &at, static_cast<size_t>(size));
  if (status.code() == StatusCode::ResourceExhausted)
    return noMemory();
  G4RT_TRY(std::move(status));
  allocations_.push_back(at);
  return at;
}

Result<DeviceAddress> GpuDevice::allocate(uint64_t bytes) {
  G4RT_ASSIGN(DriverAddress at, reserve(bytes));
  G4RT_TRY(clear(DeviceAddress{at}, bytes));
  return DeviceAddress{at};
}

Result<DeviceAddress> GpuDevice::adopt(std::span<const std::byte> bytes) {
  G4RT_ASSIGN(DriverAddress at, reserve(bytes.size()));
  G4RT_TRY(staging_->write(at, bytes));
  return DeviceAddress{at};
}

Result<std::span<std::byte>> GpuDevice::allocateHost(uint64_t bytes) {
  G4RT_TRY(enter());
  void *pointer = nullptr;
  G4RT_TRY(driver_.call<&DriverTable::memHostAlloc>(
      "page-locked memory of the host", &pointer,
      static_cast<size_t>(std::max<uint64_t>(bytes, 1)), 0u));
  hostAllocations_.push_back(pointer);
  return std::span(static_cast<std::byte *>(pointer), bytes);
}

Status GpuDevice::copyIn(DeviceAddress to, std::span<const std::byte> from) {
  G4RT_TRY(enter());
  return staging_->write(static_cast<DriverAddress>(to), from);
}

Status GpuDevice::copy(DeviceAddress to, DeviceAddress from, uint64_t bytes) {
  G4RT_TRY(enter());
  if (bytes == 0)
    return Status();
  return driver_.call<&DriverTable::memcpyOnDevice>(
      "copying memory", static_cast<DriverAddress>(to),
      static_cast<DriverAddress>(from), static_cast<size_t>(bytes), stream_);
}

Status GpuDevice::clear(DeviceAddress at, uint64_t bytes) {
  G4RT_TRY(enter());
  if (bytes == 0)
    return Status();
  return driver_.call<&DriverTable::memset>(
      "clearing memory", static_cast<DriverAddress>(at),
      static_cast<unsigned char>(0), static_cast<size_t>(bytes), stream_);
}

Status GpuDevice::copyOut(std::span<std::byte> to, DeviceAddress from) {
  HostCopy copy{to, from};
  return copyOutAll({&copy, 1});
}

Status GpuDevice::copyOutAll(std::span<const HostCopy> copies) {
  G4RT_TRY(enter());
  bool isEmpty = true;
  for (const HostCopy &copy : copies) {
    if (copy.to.empty())
      continue;
    isEmpty = false;
    G4RT_TRY(driver_.call<&DriverTable::memcpyToHost>(
        "copying to the host", static_cast<void *>(copy.to.data()),
        static_cast<DriverAddress>(copy.from), copy.to.size(), stream_));
  }
  return isEmpty ? Status() : synchronize();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

Result<std::unique_ptr<KernelModule>>
GpuDevice::loadCode(const artifact::CodeObject &code,
                    std::span<const std::byte> bytes) {
  G4RT_TRY(enter());
  G4RT_ASSIGN(std::unique_ptr<CodeModule> module,
              CodeModule::load(driver_, gpu_, *platform_, code, bytes));
  return std::unique_ptr<KernelModule>(std::move(module));
}

static Status wrongCall(const std::string &what) {
  return Status(StatusCode::InvalidArgument, "launch: " + what);
}

Status GpuDevice::enqueue(const KernelCall &call) {
  const auto &module = static_cast<const CodeModule &>(*call.module);
  if (call.kernel >= module.kernels.size())
    return wrongCall("no kernel " + std::to_string(call.kernel));
  const GpuKernel &kernel = module.kernels[call.kernel];
  // The driver reads as many as the kernel has.
  if (call.args.size() != kernel.numParams || call.args.size() > kMaxLaunchArgs)
    return wrongCall(std::to_string(call.args.size()) +
                     " arguments, the kernel takes " +
                     std::to_string(kernel.numParams));
  if (call.gridX > gpu_.maxGridX || call.gridY > gpu_.maxGridY)
    return wrongCall("a grid of " + std::to_string(call.gridX) + " x " +
                     std::to_string(call.gridY) + " items, the GPU has " +
                     std::to_string(gpu_.maxGridX) + " x " +
                     std::to_string(gpu_.maxGridY));
  if (call.gridX == 0 || call.gridY == 0)
    return Status();
  if (call.gridX > gpu_.maxThreadsX / std::max(1u, kernel.threads))
    return wrongCall(std::to_string(call.gridX) + " blocks of " +
                     std::to_string(kernel.threads) +
                     " threads in a row of the grid, the GPU has " +
                     std::to_string(gpu_.maxThreadsX) + " threads there");
  std::array<void *, kMaxLaunchArgs> params = {};
  for (size_t i = 0; i < call.args.size(); ++i)
    params[i] = const_cast<uint64_t *>(&call.args[i]);
  return driver_.call<&DriverTable::launchKernel>(
      "launch", kernel.function, static_cast<unsigned>(call.gridX),
      static_cast<unsigned>(call.gridY), 1u, kernel.threads, 1u, 1u,
      kernel.scratchBytes, stream_, params.data(),
      static_cast<void **>(nullptr));
}

Status GpuDevice::launch(const KernelCall &call) {
  G4RT_TRY(enter());
  return enqueue(call);
}

Result<double> GpuDevice::launchTimed(const KernelCall &call) {
  G4RT_TRY(enter());
  return timer_->time([&] { return enqueue(call); });
}

Status GpuDevice::synchronize() {
  G4RT_TRY(enter());
  return driver_.call<&DriverTable::streamSynchronize>("waiting for the GPU",
                                                       stream_);
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

Result<std::unique_ptr<KernelGraph>>
GpuDevice::capture(std::span<const KernelCall> calls) {
  G4RT_TRY(enter());
  G4RT_ASSIGN(std::unique_ptr<LaunchGraph> graph,
              LaunchGraph::capture(
                  driver_, stream_, calls,
                  [this](const KernelCall &call) { return enqueue(call); }));
  return std::unique_ptr<KernelGraph>(std::move(graph));
}

Status GpuDevice::launchGraph(const KernelGraph &graph) {
  G4RT_TRY(enter());
  return static_cast<const LaunchGraph &>(graph).launch(stream_);
}

} // namespace

Result<std::unique_ptr<Device>>
openGpuDevice(const DriverTable &table, Gpu gpu,
              std::unique_ptr<Platform> platform) {
  std::string name = gpu.text();
  auto device =
      std::make_unique<GpuDevice>(table, std::move(gpu), std::move(platform));
  if (Status status = device->open(); !status.ok())
    return std::move(status).during(name);
  return std::unique_ptr<Device>(std::move(device));
}

} // namespace g4rt::gpu
