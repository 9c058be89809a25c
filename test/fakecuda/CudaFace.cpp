//===- CudaFace.cpp - The fake driver as NVIDIA's -------------------------===//

#include <charconv>
#include <cstdio>
#include <limits>

#include "test/fakecuda/CudaTypes.h"
#include "test/fakedriver/Face.h"

namespace g4::fakedriver {

// "NVIDIA's CUDA C++ Programming Guide", technical specifications: KiB of
// shared memory a block may opt in to.
static int maxSharedBytes(int major, int minor) {
  int capability = 10 * major + minor;
  if (capability == 80 || capability == 87)
    return 163 << 10;
  if (capability < 90 || major >= 12)
    return 99 << 10;
  return 227 << 10;
}

/// "9.0".
static bool describe(const std::string &arch, DeviceSettings &device) {
  const char *end = arch.data() + arch.size();
  auto [dot, error] = std::from_chars(arch.data(), end, device.major);
  if (error != std::errc() || dot == end || *dot != '.')
    return false;
  auto [rest, minorError] = std::from_chars(dot + 1, end, device.minor);
  device.name = "NVIDIA H200 (emulated)";
  device.maxSharedBytes = maxSharedBytes(device.major, device.minor);
  return minorError == std::errc() && rest == end;
}

/// "GPU-67346661-6b65-0000-0000-000000000000" and so on.
static std::array<char, 16> uuidOf(int number) {
  std::array<char, 16> uuid{'g', '4', 'f', 'a', 'k', 'e'};
  uuid[15] = static_cast<char>(number);
  return uuid;
}

static std::string uuidText(const std::array<char, 16> &uuid) {
  std::string text = "GPU-";
  for (size_t i = 0; i < uuid.size(); ++i) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x",
                  static_cast<unsigned char>(uuid[i]));
    text += digits;
    if (i == 3 || i == 5 || i == 7 || i == 9)
      text += '-';
  }
  return text;
}

// As a cubin: the same major number, and a minor one that is not newer.
static bool runs(int64_t code, const DeviceSettings &device) {
  int64_t here = 10 * device.major + device.minor;
  return code / 10 == here / 10 && code <= here;
}

static int scratchBytes(const DeviceSettings &) {
  return fakecuda::kDefaultSharedBytes;
}

static constexpr VisibleVariable kVisible[] = {
    {"CUDA_VISIBLE_DEVICES", /*doesEmptyHideAll=*/true}};

static constexpr ErrorText kErrors[] = {
    {kSuccess, "CUDA_SUCCESS", "no error"},
    {kInvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {kOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {kNotInitialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {kNoDevice, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {kInvalidDevice, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {kInvalidImage, "CUDA_ERROR_INVALID_IMAGE",
     "device kernel image is invalid"},
    {kInvalidContext, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {kNoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {kInvalidPtx, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {kInvalidHandle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {kNotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {kNotReady, "CUDA_ERROR_NOT_READY", "device not ready"},
    {kIllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS",
     "an illegal memory access was encountered"},
    {kMisalignedAddress, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {kLaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {kCaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {kCaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
};

const Face &face() {
  static constexpr Face nvidia = {.name = "fakecuda",
                                  .variables = "G4_FAKE_CUDA_",
                                  .device = "9.0",
                                  .version = 13000,
                                  .visible = kVisible,
                                  .errors = kErrors,
                                  .describe = describe,
                                  .uuidOf = uuidOf,
                                  .uuidText = uuidText,
                                  .runs = runs,
                                  .scratchBytes = scratchBytes,
                                  .maxThreadsX =
                                      std::numeric_limits<uint64_t>::max(),
                                  .keepsImage = false,
                                  .hasFirstDevice = false};
  return nvidia;
}

} // namespace g4::fakedriver
