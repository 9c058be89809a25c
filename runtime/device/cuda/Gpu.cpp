//===- Gpu.cpp - Which NVIDIA GPUs the driver shows -----------------------===//

#include "runtime/device/cuda/Gpu.h"

#include <charconv>

namespace g4rt::cuda {

/// 16 bytes as 8-4-4-4-12 hexadecimal digits. The driver has no question for
/// parts of a GPU; nvidia-smi writes them so.
static std::string uuidText(const gpu::Gpu &gpu, const gpu::DriverUuid &uuid) {
  static constexpr char kDigits[] = "0123456789abcdef";
  bool isPart = gpu.name.find(" MIG ") != std::string::npos;
  std::string text = isPart ? "MIG-" : "GPU-";
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      text += '-';
    auto byte = static_cast<unsigned char>(uuid.bytes[i]);
    text += kDigits[byte / 16];
    text += kDigits[byte % 16];
  }
  return text;
}

static Status describe(gpu::Driver &driver, gpu::Gpu &gpu) {
  gpu::Questions ask{driver, gpu.device};
  gpu.major = ask.attribute(kComputeCapabilityMajor);
  gpu.minor = ask.attribute(kComputeCapabilityMinor);
  gpu.numMultiprocessors = ask.attribute(kMultiprocessorCount);
  gpu.maxThreads = ask.attribute(kMaxThreadsPerBlock);
  gpu.maxScratchBytes = ask.attribute(kMaxSharedMemoryPerBlockOptin);
  gpu.maxGridX = static_cast<uint64_t>(ask.attribute(kMaxGridX));
  gpu.maxGridY = static_cast<uint64_t>(ask.attribute(kMaxGridY));
  return ask.status;
}

static std::string whatHides() {
  return gpu::variablesText({"CUDA_VISIBLE_DEVICES"});
}

gpu::GpuLook nvidiaGpus() {
  return {.maker = "NVIDIA",
          .uuidText = uuidText,
          .describe = describe,
          .whatHides = whatHides,
          .whatHidesAll = whatHides};
}

bool gpuHasFeature(std::string_view feature, int major, int minor) {
  auto take = [&](std::string_view prefix) {
    if (!feature.starts_with(prefix))
      return false;
    feature.remove_prefix(prefix.size());
    return true;
  };
  bool isPtx = take("compute_");
  if (!isPtx && !take("sm_"))
    return false;
  int number = 0; // the last digit is the minor one
  auto [rest, error] =
      std::from_chars(feature.data(), feature.data() + feature.size(), number);
  if (error != std::errc())
    return false;
  std::string_view suffix = feature.substr(rest - feature.data());
  int here = major * 10 + minor;
  if (suffix == "a")
    return here == number;
  if (!(suffix.empty() || (suffix == "f" && !isPtx)))
    return false;
  return here >= number && (isPtx || number / 10 == major);
}

std::string gpuTarget(int major, int minor) {
  for (const char *number : {"120", "100", "90", "89", "80"})
    if (gpuHasFeature(std::string("sm_") + number, major, minor))
      return std::string("sm") + number;
  return {};
}

} // namespace g4rt::cuda
