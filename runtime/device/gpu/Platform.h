//===- Platform.h - What a vendor's GPUs do in their own way ----*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_GPU_PLATFORM_H
#define G4_RUNTIME_DEVICE_GPU_PLATFORM_H

#include "runtime/device/Device.h"
#include "runtime/device/gpu/Driver.h"

#include <memory>
#include <string>
#include <string_view>

namespace g4rt::gpu {

/// One GPU's side of what differs between vendors. A GpuDevice owns it.
class Platform {
public:
  virtual ~Platform() = default;

  // As Device has them.
  virtual artifact::DeviceKind kind() const = 0;
  virtual bool hasFeature(std::string_view feature) const = 0;
  virtual std::string targetName() const = 0;

  /// Before enter(): takes hold of the GPU. Errors: Unavailable if it cannot be
  /// used.
  virtual Status open(Driver &driver) = 0;
  /// Before every call of the driver: whose GPU is meant is a property of the
  /// thread, which may have been another one, or used another GPU since.
  virtual Status enter(Driver &driver) = 0;
  /// Lets go of it; also after an open() that failed.
  virtual void close(Driver &driver) = 0;

  /// Whether these bytes can be given to the driver, which is told no size.
  /// Errors: DataLoss.
  virtual Status checkCode(Driver &driver, const artifact::CodeObject &code,
                           std::span<const std::byte> bytes) = 0;
  /// Lets launches of a kernel ask for so many bytes of scratch memory.
  virtual Status allowScratch(Driver &driver, const std::string &kernel,
                              DriverFunctionHandle function,
                              unsigned bytes) = 0;
};

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_PLATFORM_H
