//===- Gpu.h - Which GPUs a driver shows ------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_GPU_GPU_H
#define G4_RUNTIME_DEVICE_GPU_GPU_H

#include "runtime/base/Status.h"
#include "runtime/device/gpu/Driver.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

namespace g4rt::gpu {

/// A GPU as a program needs to know it.
struct Gpu {
  const char *kind = ""; // "cuda"
  /// Its number among the visible ones: N of "cuda:N".
  int ordinal = 0;
  DriverDevice device = 0;
  std::string name = {}; // "NVIDIA H200"
  std::string uuid = {}; // "GPU-8f6d...", as the vendor's tools print it
  /// Compute capability of NVIDIA's.
  int major = 0, minor = 0;
  /// The architecture of AMD's, without settings: "gfx942".
  std::string arch = {};
  uint64_t totalBytes = 0;
  int numMultiprocessors = 0;
  int maxThreads = 0;      // of a block
  int maxScratchBytes = 0; // of a block: what a launch may ask for
  uint64_t maxGridX = 0, maxGridY = 0;
  /// Of all blocks of a grid's row together.
  uint64_t maxThreadsX = std::numeric_limits<uint64_t>::max();

  /// "cuda:0 NVIDIA H200 (GPU-8f6d...)".
  std::string text() const;
};

/// How a vendor's GPUs are looked at.
struct GpuLook {
  const char *maker; // "NVIDIA"
  /// A UUID as the vendor's tools write that of this GPU, whose name is known.
  std::string (*uuidText)(const Gpu &gpu, const DriverUuid &uuid);
  /// Fills what is not filled yet: ordinal, device, name, memory, UUID are.
  std::function<Status(Driver &driver, Gpu &gpu)> describe;
  /// What is a common reason for a GPU that is not there, "; " before it; empty
  /// if nothing is.
  std::string (*whatHides)();
  /// The same where none is there at all.
  std::string (*whatHidesAll)();
};

/// The GPUs that the vendor's variables leave, which the driver reads itself.
///
/// Errors: NotFound if there is none, with what may hide it; Unavailable or
/// Internal if the driver does not answer.
Result<std::vector<Gpu>> listGpus(const DriverTable &table,
                                  const GpuLook &look);

/// The GPU of this number.
///
/// Errors: those of listGpus; InvalidArgument, with all visible GPUs, if there
/// is none of this number.
Result<Gpu> findGpu(const DriverTable &table, const GpuLook &look, int ordinal);

/// "; NAME is "value"" for each of these variables of the environment that is
/// set.
std::string variablesText(std::initializer_list<const char *> names);

/// What is done when GPUs are listed, in errors.
inline constexpr const char *kLooking = "looking at a GPU";

/// Asks one GPU for numbers; `status` is its first refusal.
struct Questions {
  Driver &driver;
  DriverDevice device;
  Status status = {};

  int attribute(int which);
};

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_GPU_H
