//===- KernelTimer.h - How long a kernel runs on a GPU ----------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_GPU_KERNELTIMER_H
#define G4_RUNTIME_DEVICE_GPU_KERNELTIMER_H

#include "runtime/device/gpu/Driver.h"

#include <functional>

namespace g4rt::gpu {

class KernelTimer {
public:
  /// Of launches on `stream`; both it and `driver` outlive this.
  KernelTimer(Driver &driver, DriverStream stream)
      : driver_(driver), stream_(stream) {}
  KernelTimer(const KernelTimer &) = delete;
  KernelTimer &operator=(const KernelTimer &) = delete;
  ~KernelTimer();

  /// Before the first time().
  Status open();

  /// Seconds that the GPU took for what `launch` puts on the stream, without
  /// those that the host took to put it there. Waits for it.
  ///
  /// Errors: those of `launch`, ResourceExhausted.
  Result<double> time(const std::function<Status()> &launch);

private:
  Status occupy();

  Driver &driver_;
  DriverStream stream_;
  DriverEvent before_ = nullptr, after_ = nullptr;
  DriverAddress lead_ = 0;
};

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_KERNELTIMER_H
