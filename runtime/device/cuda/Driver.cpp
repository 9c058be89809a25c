//===- Driver.cpp - Calls to the CUDA driver, with their errors -----------===//

#include "runtime/device/cuda/Driver.h"

#include "runtime/base/Log.h"

#include <algorithm>
#include <span>

namespace g4rt::cuda {

// CUDA_ERROR_*: DEINITIALIZED, ECC_UNCORRECTABLE, NVLINK_UNCORRECTABLE,
// CONTAINED, ILLEGAL_ADDRESS, LAUNCH_TIMEOUT, CONTEXT_IS_DESTROYED, ASSERT,
// HARDWARE_STACK_ERROR, ILLEGAL_INSTRUCTION, MISALIGNED_ADDRESS,
// INVALID_ADDRESS_SPACE, INVALID_PC, LAUNCH_FAILED, TENSOR_MEMORY_LEAK,
// MPS_RPC_FAILURE, MPS_CLIENT_TERMINATED, EXTERNAL_DEVICE, UNKNOWN.
constexpr DriverResult kSticky[] = {4,   214, 220, 226, 700, 702, 709,
                                    710, 714, 715, 716, 717, 718, 719,
                                    721, 806, 810, 911, 999};

// CUDA_ERROR_*: DEVICE_UNAVAILABLE, MPS_SERVER_NOT_READY,
// MPS_MAX_CLIENTS_REACHED, MPS_MAX_CONNECTIONS_REACHED.
constexpr DriverResult kBusy[] = {46, 807, 808, 809};

static bool isAmong(std::span<const DriverResult> all, DriverResult result) {
  return std::find(all.begin(), all.end(), result) != all.end();
}

bool isSticky(DriverResult result) { return isAmong(kSticky, result); }
bool isBusy(DriverResult result) { return isAmong(kBusy, result); }

std::string Driver::errorText(DriverResult result) const {
  const char *name = nullptr, *text = nullptr;
  if (table_.getErrorName(result, &name) != kSuccess || !name)
    return "CUDA error " + std::to_string(result);
  if (table_.getErrorString(result, &text) != kSuccess || !text)
    return name;
  return std::string(name) + " (" + text + ")";
}

static StatusCode codeOf(DriverResult result) {
  if (isSticky(result) || isBusy(result))
    return StatusCode::Unavailable;
  return result == kOutOfMemory ? StatusCode::ResourceExhausted
                                : StatusCode::Internal;
}

constexpr const char *kBusyText = "the GPU is busy or in exclusive mode: ";

Status Driver::check(DriverResult result, const char *symbol,
                     std::string_view what) {
  if (result == kSuccess)
    return Status();
  Status status(codeOf(result), std::string(what) + ": " +
                                    (isBusy(result) ? kBusyText : "") + symbol +
                                    ": " + errorText(result));
  if (isSticky(result))
    lost_ = Status(status).during("the GPU is lost");
  return lost_.ok() ? status : lost_;
}

// The later ones mostly follow from the first.
void Driver::noteRelease(DriverResult result, const char *symbol) {
  if (result == kSuccess || hasReleaseFailed_)
    return;
  hasReleaseFailed_ = true;
  logEvent(LogLevel::Debug, "cuda", "release_failed",
           {{"call", symbol}, {"error", errorText(result)}});
}

} // namespace g4rt::cuda
