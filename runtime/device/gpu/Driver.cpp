//===- Driver.cpp - Calls to a GPU's driver, with their errors ------------===//

#include "runtime/device/gpu/Driver.h"

#include "runtime/base/Log.h"

#include <algorithm>
#include <span>

namespace g4rt::gpu {

static bool isAmong(std::span<const DriverResult> all, DriverResult result) {
  return std::find(all.begin(), all.end(), result) != all.end();
}

std::string Driver::errorText(DriverResult result) const {
  const char *name = nullptr, *text = nullptr;
  if (table_.getErrorName.call(result, &name) != kSuccess || !name)
    return std::string(facts().api) + " error " + std::to_string(result);
  if (table_.getErrorString.call(result, &text) != kSuccess || !text)
    return name;
  return std::string(name) + " (" + text + ")";
}

constexpr const char *kBusyText = "the GPU is busy or in exclusive mode: ";

Status Driver::check(DriverResult result, const char *symbol,
                     std::string_view what) {
  if (result == kSuccess)
    return Status();
  bool isSticky = isAmong(facts().sticky, result);
  bool isBusy = isAmong(facts().busy, result);
  StatusCode code = isSticky || isBusy       ? StatusCode::Unavailable
                    : result == kOutOfMemory ? StatusCode::ResourceExhausted
                                             : StatusCode::Internal;
  Status status(code, std::string(what) + ": " + (isBusy ? kBusyText : "") +
                          symbol + ": " + errorText(result));
  if (isSticky)
    lost_ = Status(status).during("the GPU is lost");
  return lost_.ok() ? status : lost_;
}

// The later ones mostly follow from the first.
void Driver::noteRelease(DriverResult result, const char *symbol) {
  if (result == kSuccess || hasReleaseFailed_)
    return;
  hasReleaseFailed_ = true;
  logEvent(LogLevel::Debug, facts().kind, "release_failed",
           {{"call", symbol}, {"error", errorText(result)}});
}

} // namespace g4rt::gpu
