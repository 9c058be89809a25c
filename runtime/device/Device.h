//===- Device.h - What runs kernels -----------------------------*- C++ -*-===//
//
// The executor knows a machine only through this interface. Calls that copy,
// clear or launch are put on the device's one stream, in order, and may return
// before they have happened; synchronize() waits for all of them. Memory lives
// as long as the device.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_DEVICE_H
#define G4_RUNTIME_DEVICE_DEVICE_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// A place in a device's memory; on a CPU the pointer.
enum class DeviceAddress : uint64_t {};

inline DeviceAddress operator+(DeviceAddress address, uint64_t bytes) {
  return DeviceAddress{static_cast<uint64_t>(address) + bytes};
}

/// The kernels of a code object, ready to launch.
class KernelModule {
public:
  virtual ~KernelModule() = default;
};

/// One kernel over a grid. `args` has 8 bytes a parameter: an address or a
/// number; it is read before launch() returns.
struct KernelCall {
  const KernelModule *module = nullptr;
  uint32_t kernel = 0;
  uint64_t gridX = 1, gridY = 1;
  std::span<const uint64_t> args;
};

/// Launches in order, ready to be started by one call. Its arguments and grids
/// are those of the capture.
class KernelGraph {
public:
  virtual ~KernelGraph() = default;
};

/// What kernels, weights and caches can lie in.
struct DeviceMemory {
  uint64_t totalBytes = 0;
  /// What nobody uses now.
  uint64_t freeBytes = 0;
};

/// A part of a device's memory and where the host wants it.
struct HostCopy {
  std::span<std::byte> to;
  DeviceAddress from{};
};

/// Used by one thread at a time: the one that loads, then the engine thread.
class Device {
public:
  virtual ~Device() = default;

  /// "cpu", "cuda:0 NVIDIA H200 (GPU-8f6d...)", "hip:0 AMD Instinct MI300X
  /// (GPU-4f0e...)".
  virtual std::string_view name() const = 0;
  virtual artifact::DeviceKind kind() const = 0;
  /// Whether the machine has a feature that a variant may need: "avx512f".
  virtual bool hasFeature(std::string_view feature) const = 0;
  /// What `g4c compile --target` calls this machine: "native", "sm90",
  /// "gfx942"; empty where it has no target for it.
  virtual std::string targetName() const = 0;
  /// Errors: Unavailable if the device is lost.
  virtual Result<DeviceMemory> memory() = 0;

  /// `bytes` of zeros, 64-byte aligned. Errors: ResourceExhausted, also where
  /// the machine would only run out of memory when the bytes are used.
  virtual Result<DeviceAddress> allocate(uint64_t bytes) = 0;
  /// Memory with the content of `bytes`, which stay where they are as long as
  /// the device lives: in place where the device can read them.
  /// Errors: ResourceExhausted.
  virtual Result<DeviceAddress> adopt(std::span<const std::byte> bytes) = 0;
  /// Errors: DataLoss if the code cannot be loaded or lacks a kernel.
  virtual Result<std::unique_ptr<KernelModule>>
  loadCode(const artifact::CodeObject &code,
           std::span<const std::byte> bytes) = 0;

  // On the stream. Errors: Unavailable if the device is lost, InvalidArgument
  // if the module has no such kernel or the grid is too large to count.
  virtual Status copyIn(DeviceAddress to, std::span<const std::byte> from) = 0;
  /// `bytes` from one place of the device's memory to another one; they do not
  /// overlap.
  virtual Status copy(DeviceAddress to, DeviceAddress from, uint64_t bytes) = 0;
  /// Makes `bytes` from `at` on zeros.
  virtual Status clear(DeviceAddress at, uint64_t bytes) = 0;
  virtual Status launch(const KernelCall &call) = 0;
  virtual Status synchronize() = 0;
  /// Copies to the host and waits for it.
  virtual Status copyOut(std::span<std::byte> to, DeviceAddress from) = 0;
  /// The same for several places with one wait.
  virtual Status copyOutAll(std::span<const HostCopy> copies) {
    for (const HostCopy &copy : copies)
      G4RT_TRY(copyOut(copy.to, copy.from));
    return Status();
  }
  /// Where the host can read `address` without a copy; null if it cannot.
  virtual const std::byte *hostPointer(DeviceAddress address) const = 0;
  /// Memory of the host that copyOut() fills at the full speed of the machine,
  /// as long as the device lives. Errors: ResourceExhausted.
  virtual Result<std::span<std::byte>> allocateHost(uint64_t bytes) = 0;

  /// Launches, waits and gives the seconds that the kernel took.
  virtual Result<double> launchTimed(const KernelCall &call) = 0;
  /// Of those seconds of the last call, the ones in which this device's threads
  /// had work, the mean over the threads; none where that is not known.
  virtual std::optional<double> busySeconds() const { return std::nullopt; }

  /// Whether capture() and launchGraph() are there.
  virtual bool hasGraphs() const { return false; }
  /// `calls` in their order as a graph that is ready on the device: its first
  /// launch is as quick as the others. Modules outlive it.
  ///
  /// Errors: as launch(), and Unimplemented without graphs.
  virtual Result<std::unique_ptr<KernelGraph>>
  capture(std::span<const KernelCall> calls) {
    return Status(StatusCode::Unimplemented,
                  std::string(name()) + " has no graphs");
  }
  /// Puts a graph of this device's capture() on the stream.
  virtual Status launchGraph(const KernelGraph &graph) {
    return Status(StatusCode::Unimplemented,
                  std::string(name()) + " has no graphs");
  }
};

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_DEVICE_H
