//===- Driver.h - Calls to a GPU's driver, with their errors ----*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_GPU_DRIVER_H
#define G4_RUNTIME_DEVICE_GPU_DRIVER_H

#include "runtime/base/Status.h"
#include "runtime/device/gpu/DriverTable.h"

#include <string>
#include <string_view>

namespace g4rt::gpu {

/// The driver as one device uses it: each error becomes a Status that names the
/// call, what it was for and the driver's words, and after a sticky one nothing
/// is called any more. Not thread-safe.
class Driver {
public:
  explicit Driver(const DriverTable &table) : table_(table) {}

  const DriverFacts &facts() const { return *table_.facts; }

  /// Calls a function: `call<&DriverTable::memAlloc>("the KV cache", ...)`.
  ///
  /// Errors: `the KV cache: cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (out of
  /// memory)`; ResourceExhausted for no memory, Unavailable if the device is
  /// lost, now or before, or busy, Internal otherwise.
  template <auto Member, typename... Args>
  Status call(std::string_view what, Args... args) {
    return callOwn(table_.*Member, what, args...);
  }

  /// The same of a function that only this driver has.
  template <typename Type, typename... Args>
  Status callOwn(const DriverFunction<Type> &function, std::string_view what,
                 Args... args) {
    if (!lost_.ok())
      return lost_;
    return check(function.call(args...), function.symbol, what);
  }

  /// Calls a function that gives something back: its failure changes nothing,
  /// the first one is a debug line in the log.
  template <auto Member, typename... Args>
  void release(Args... args) {
    releaseOwn(table_.*Member, args...);
  }

  /// The same of a function that only this driver has.
  template <typename Type, typename... Args>
  void releaseOwn(const DriverFunction<Type> &function, Args... args) {
    // After a sticky error the driver frees everything with the process.
    if (lost_.ok())
      noteRelease(function.call(args...), function.symbol);
  }

  /// Success, or the first sticky error, Unavailable.
  const Status &lost() const { return lost_; }

  /// "CUDA_ERROR_OUT_OF_MEMORY (out of memory)", in the driver's words.
  std::string errorText(DriverResult result) const;

  /// The status of what a call of `symbol` gave.
  Status check(DriverResult result, const char *symbol, std::string_view what);

private:
  void noteRelease(DriverResult result, const char *symbol);

  DriverTable table_;
  Status lost_;
  bool hasReleaseFailed_ = false;
};

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_DRIVER_H
