//===- HipFace.cpp - The fake driver as AMD's -----------------------------===//

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <limits>

#include "test/fakedriver/Face.h"

namespace g4::fakedriver {

/// The 0x942 of "gfx942"; 0 if it is no such name.
static int64_t numberOf(const std::string &arch) {
  if (!arch.starts_with("gfx"))
    return 0;
  int64_t number = 0;
  const char *end = arch.data() + std::min(arch.find(':'), arch.size());
  auto [rest, error] = std::from_chars(arch.data() + 3, end, number, 16);
  return error == std::errc() && rest == end ? number : 0;
}

/// "gfx942", which a driver gives with its settings after it.
static bool describe(const std::string &arch, DeviceSettings &device) {
  int64_t number = numberOf(arch);
  // Lanes of a wavefront and bytes of LDS: LLVM's "User Guide for AMDGPU".
  bool isCdna = number >= 0x900 && number < 0x1000;
  device.arch = isCdna ? arch + ":sramecc+:xnack-" : arch;
  device.name = "AMD " + arch + " (emulated)";
  device.warpSize = isCdna ? 64 : 32;
  device.maxSharedBytes = (number == 0x950 ? 160 : 64) << 10;
  return number != 0;
}

/// 16 hexadecimal digits, as characters.
static std::array<char, 16> uuidOf(int number) {
  char digits[17];
  std::snprintf(digits, sizeof(digits), "67346661%08x", number);
  std::array<char, 16> uuid;
  std::memcpy(uuid.data(), digits, uuid.size());
  return uuid;
}

static std::string uuidText(const std::array<char, 16> &uuid) {
  return "GPU-" + std::string(uuid.data(), uuid.size());
}

// Code of one chip runs on no other.
static bool runs(int64_t code, const DeviceSettings &device) {
  return code == numberOf(device.arch);
}

static int scratchBytes(const DeviceSettings &device) {
  return device.maxSharedBytes;
}

// ROCr reads the first; HIP takes an empty text for none.
static constexpr VisibleVariable kVisible[] = {
    {"ROCR_VISIBLE_DEVICES", /*doesEmptyHideAll=*/true},
    {"HIP_VISIBLE_DEVICES", /*doesEmptyHideAll=*/false}};

static constexpr ErrorText kErrors[] = {
    {kSuccess, "hipSuccess", "no error"},
    {kInvalidValue, "hipErrorInvalidValue", "invalid argument"},
    {kOutOfMemory, "hipErrorOutOfMemory", "out of memory"},
    {kNotInitialized, "hipErrorNotInitialized", "initialization error"},
    {kInvalidConfiguration, "hipErrorInvalidConfiguration",
     "invalid configuration argument"},
    {kNoDevice, "hipErrorNoDevice", "no ROCm-capable device is detected"},
    {kInvalidDevice, "hipErrorInvalidDevice", "invalid device ordinal"},
    {kInvalidImage, "hipErrorInvalidImage", "device kernel image is invalid"},
    {kInvalidContext, "hipErrorInvalidContext", "invalid device context"},
    {kNoBinaryForGpu, "hipErrorNoBinaryForGpu",
     "no kernel image is available for execution on the device"},
    {kInvalidHandle, "hipErrorInvalidHandle", "invalid resource handle"},
    {kNotFound, "hipErrorNotFound", "named symbol not found"},
    {kNotReady, "hipErrorNotReady", "device not ready"},
    {kIllegalAddress, "hipErrorIllegalAddress",
     "an illegal memory access was encountered"},
    {kLaunchFailed, "hipErrorLaunchFailure", "unspecified launch failure"},
    {kCaptureUnsupported, "hipErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {kCaptureInvalidated, "hipErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
};

const Face &face() {
  static constexpr Face amd = {.name = "fakehip",
                               .variables = "G4_FAKE_HIP_",
                               .device = "gfx942",
                               .version = 60241133,
                               .visible = kVisible,
                               .errors = kErrors,
                               .describe = describe,
                               .uuidOf = uuidOf,
                               .uuidText = uuidText,
                               .runs = runs,
                               .scratchBytes = scratchBytes,
                               .maxThreadsX =
                                   std::numeric_limits<uint32_t>::max(),
                               .keepsImage = true,
                               .hasFirstDevice = true};
  return amd;
}

} // namespace g4::fakedriver
