//===- Gpu.cpp - Which AMD GPUs the HIP runtime shows ---------------------===//

#include "runtime/device/hip/Gpu.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <unistd.h>

namespace g4rt::hip {

using gpu::kLooking;

// hipModuleLaunchKernel refuses a grid whose threads in x are no 32-bit number.
constexpr uint64_t kMaxThreadsX = UINT32_MAX;

std::string_view archOf(std::string_view gcnArchName) {
  return gcnArchName.substr(0, gcnArchName.find(':'));
}

bool gpuHasFeature(std::string_view feature, std::string_view arch) {
  return !arch.empty() && feature == arch;
}

std::string gpuTarget(std::string_view arch) {
  for (const char *name :
       {"gfx950", "gfx942", "gfx90a", "gfx1201", "gfx1151", "gfx1100"})
    if (arch == name)
      return name;
  return {};
}

static Status askArch(gpu::Driver &driver, const HipTable &table,
                      gpu::Gpu &gpu) {
  auto properties = std::make_unique<DeviceProperties>();
  G4RT_TRY(driver.callOwn(table.deviceGetProperties, kLooking, properties.get(),
                          gpu.device));
  const std::array name = std::to_array(properties->gcnArchName);
  gpu.arch = archOf({name.data(), ::strnlen(name.data(), name.size())});
  if (gpu.arch.starts_with("gfx"))
    return Status();
  return Status(StatusCode::Internal, std::string(kLooking) + ": " +
                                          table.deviceGetProperties.symbol +
                                          " names no architecture");
}

/// 16 characters, as rocminfo prints them after "GPU-" and HIP_VISIBLE_DEVICES
/// takes them; "XX" of a GPU that has no number.
static std::string uuidText(const gpu::Gpu &, const gpu::DriverUuid &uuid) {
  return "GPU-" +
         std::string(uuid.bytes, ::strnlen(uuid.bytes, sizeof(uuid.bytes)));
}

static Status describe(gpu::Driver &driver, const HipTable &table,
                       gpu::Gpu &gpu) {
  G4RT_TRY(askArch(driver, table, gpu));
  gpu::Questions ask{driver, gpu.device};
  gpu.numMultiprocessors = ask.attribute(kMultiprocessorCount);
  gpu.maxThreads = ask.attribute(kMaxThreadsPerBlock);
  gpu.maxScratchBytes = ask.attribute(kMaxSharedMemoryPerBlock);
  gpu.maxGridX = static_cast<uint64_t>(ask.attribute(kMaxGridX));
  gpu.maxGridY = static_cast<uint64_t>(ask.attribute(kMaxGridY));
  gpu.maxThreadsX = kMaxThreadsX;
  return ask.status;
}

static std::string whatHides() {
  return gpu::variablesText(
      {"ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"});
}

/// The kernel's door to all GPUs: without it, or without the right to use it,
/// the runtime says no more than that there is no GPU.
static std::string doorText() {
  constexpr const char *kDoor = "/dev/kfd";
  if (::access(kDoor, R_OK | W_OK) == 0)
    return {};
  bool isForbidden = errno == EACCES;
  return std::string("; ") + kDoor + ": " + std::strerror(errno) +
         (isForbidden ? " (the groups render and video may use it)" : "");
}

gpu::GpuLook amdGpus(const HipTable &table) {
  return {.maker = "AMD",
          .uuidText = uuidText,
          .describe =
              [table](gpu::Driver &driver, gpu::Gpu &gpu) {
                return describe(driver, table, gpu);
              },
          .whatHides = whatHides,
          .whatHidesAll = [] { return whatHides() + doorText(); }};
}

} // namespace g4rt::hip
