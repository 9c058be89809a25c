//===- DeviceChoice.h - Which device runs a model ---------------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_DEVICECHOICE_H
#define G4_RUNTIME_EXEC_DEVICECHOICE_H

#include "runtime/base/Heartbeat.h"
#include "runtime/device/Device.h"
#include "runtime/exec/VariantChoice.h"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace g4rt {

/// What --device says.
struct DeviceName {
  std::optional<artifact::DeviceKind> kind; // none: auto
  int ordinal = 0;                          // N of "cuda:N", "hip:N"
};

/// Of "auto", "cpu", "cuda", "cuda:N", "hip" or "hip:N". Errors:
/// InvalidArgument.
Result<DeviceName> parseDeviceName(std::string_view text);

/// Makes a device. Errors: NotFound if the machine has none of this kind.
using DeviceOpener = std::function<Result<std::unique_ptr<Device>>(
    artifact::DeviceKind kind, int ordinal)>;

/// The devices of this machine; `numThreads` and `heartbeat` as for
/// createCpuDevice(). A GPU does not beat.
DeviceOpener machineDevices(int numThreads, Heartbeat *heartbeat = nullptr);

struct DeviceChoice {
  std::unique_ptr<Device> device;
  VariantChoice variant;
};

/// The named device and the file's first variant that runs on it. For "auto"
/// the first variant, in the file's order, whose device the machine has.
///
/// Errors: those of `open`, but "auto" passes over what is NotFound; NotFound
/// if no variant runs: the message lists the file's and how to add one.
Result<DeviceChoice> chooseDevice(const artifact::Artifact &root,
                                  const DeviceName &name,
                                  const DeviceOpener &open);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_DEVICECHOICE_H
