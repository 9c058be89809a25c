//===- Gpu.cpp - Which GPUs the driver shows ------------------------------===//

#include "runtime/device/cuda/Gpu.h"

#include "runtime/device/cuda/Driver.h"

#include <charconv>
#include <cstdlib>

namespace g4rt::cuda {

std::string Gpu::text() const {
  return "cuda:" + std::to_string(ordinal) + " " + name + " (" + uuid + ")";
}

/// 16 bytes as 8-4-4-4-12 hexadecimal digits.
static std::string uuidText(const DriverUuid &uuid) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      text += '-';
    auto byte = static_cast<unsigned char>(uuid.bytes[i]);
    text += kDigits[byte / 16];
    text += kDigits[byte % 16];
  }
  return text;
}

namespace {

/// Asks one GPU; `status` is its first refusal.
struct Questions {
  Driver &driver;
  DriverDevice device;
  Status status;

  int attribute(DeviceAttribute which) {
    int value = 0;
    if (status.ok())
      status = driver.call<&DriverTable::deviceGetAttribute>(
          "looking at a GPU", &value, which, device);
    return value;
  }
};

} // namespace

static Status askName(Driver &driver, Gpu &gpu) {
  char name[256] = {};
  DriverUuid uuid = {};
  G4RT_TRY(driver.call<&DriverTable::deviceGetName>(
      "looking at a GPU", name, int{sizeof(name)} - 1, gpu.device));
  G4RT_TRY(driver.call<&DriverTable::deviceGetUuid>("looking at a GPU", &uuid,
                                                    gpu.device));
  gpu.name = name;
  // The driver has no question for it; nvidia-smi writes parts of a GPU so.
  bool isPart = gpu.name.find(" MIG ") != std::string::npos;
  gpu.uuid = (isPart ? "MIG-" : "GPU-") + uuidText(uuid);
  return Status();
}

static Result<Gpu> describe(Driver &driver, int ordinal) {
  Gpu gpu{.ordinal = ordinal, .name = {}, .uuid = {}};
  G4RT_TRY(driver.call<&DriverTable::deviceGet>("looking at a GPU", &gpu.device,
                                                ordinal));
  G4RT_TRY(askName(driver, gpu));
  size_t bytes = 0;
  G4RT_TRY(driver.call<&DriverTable::deviceTotalMem>("looking at a GPU", &bytes,
                                                     gpu.device));
  gpu.totalBytes = bytes;
  Questions ask{driver, gpu.device, {}};
  gpu.major = ask.attribute(kComputeCapabilityMajor);
  gpu.minor = ask.attribute(kComputeCapabilityMinor);
  gpu.numMultiprocessors = ask.attribute(kMultiprocessorCount);
  gpu.maxThreads = ask.attribute(kMaxThreadsPerBlock);
  gpu.maxScratchBytes = ask.attribute(kMaxSharedMemoryPerBlockOptin);
  gpu.maxGridX = static_cast<uint64_t>(ask.attribute(kMaxGridX));
  gpu.maxGridY = static_cast<uint64_t>(ask.attribute(kMaxGridY));
  G4RT_TRY(ask.status);
  return gpu;
}

/// What the variable hides is a common reason for a GPU that is not there.
static std::string visibleText() {
  const char *value = std::getenv("CUDA_VISIBLE_DEVICES");
  return value ? "; CUDA_VISIBLE_DEVICES is \"" + std::string(value) + "\""
               : "";
}

static Status noGpu() {
  return Status(StatusCode::NotFound,
                "no NVIDIA GPU is visible" + visibleText());
}

Result<std::vector<Gpu>> listGpus(const DriverTable &table) {
  DriverResult started = table.init(0);
  if (started == kNoDevice)
    return noGpu();
  Driver driver(table);
  if (started != kSuccess)
    return Status(StatusCode::Unavailable,
                  "starting the CUDA driver: cuInit: " +
                      driver.errorText(started));
  int count = 0;
  G4RT_TRY(driver.call<&DriverTable::deviceGetCount>("counting GPUs", &count));
  if (count == 0)
    return noGpu();
  std::vector<Gpu> gpus;
  for (int i = 0; i < count; ++i) {
    G4RT_ASSIGN(Gpu gpu, describe(driver, i));
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

Result<Gpu> findGpu(const DriverTable &table, int ordinal) {
  G4RT_ASSIGN(std::vector<Gpu> gpus, listGpus(table));
  if (ordinal >= 0 && static_cast<size_t>(ordinal) < gpus.size())
    return gpus[static_cast<size_t>(ordinal)];
  std::string all;
  for (const Gpu &gpu : gpus)
    all += (all.empty() ? "" : ", ") + gpu.text();
  return Status(StatusCode::InvalidArgument,
                "cuda:" + std::to_string(ordinal) + ": no such GPU; " +
                    std::to_string(gpus.size()) +
                    (gpus.size() == 1 ? " is" : " are") + " visible: " + all +
                    visibleText());
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
