//===- Driver.h - Calls to the CUDA driver, with their errors ---*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CUDA_DRIVER_H
#define G4_RUNTIME_DEVICE_CUDA_DRIVER_H

#include "runtime/base/Status.h"
#include "runtime/device/cuda/DriverTable.h"

#include <string>
#include <string_view>

namespace g4rt::cuda {

/// Whether every later call of the process on this device will fail too: an
/// illegal address in a kernel, memory that cannot be corrected, a GPU that
/// fell off the bus. Only a new process helps.
bool isSticky(DriverResult result);

/// Whether the GPU takes nobody new at present: it is in exclusive mode and
/// somebody has it, or is prohibited, or its MPS server has no place. Later it
/// may.
bool isBusy(DriverResult result);

/// The driver as one device uses it: each error becomes a Status that names the
/// call, what it was for and the driver's words, and after a sticky one nothing
/// is called any more. Not thread-safe.
class Driver {
public:
  explicit Driver(const DriverTable &table) : table_(table) {}

  /// Calls a function: `call<&DriverTable::memAlloc>("the KV cache", ...)`.
  ///
  /// Errors: `the KV cache: cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (out of
  /// memory)`; ResourceExhausted for no memory, Unavailable if the device is
  /// lost, now or before, or busy, Internal otherwise.
  template <auto Member, typename... Args>
  Status call(std::string_view what, Args... args) {
    if (!lost_.ok())
      return lost_;
    return check((table_.*Member)(args...), kSymbol<Member>, what);
  }

  /// Calls a function that gives something back: its failure changes nothing,
  /// the first one is a debug line in the log.
  template <auto Member, typename... Args>
  void release(Args... args) {
    // After a sticky error the driver frees everything with the process.
    if (lost_.ok())
      noteRelease((table_.*Member)(args...), kSymbol<Member>);
  }

  /// Success, or the first sticky error, Unavailable.
  const Status &lost() const { return lost_; }

  /// "CUDA_ERROR_OUT_OF_MEMORY (out of memory)", in the driver's words.
  std::string errorText(DriverResult result) const;

private:
  Status check(DriverResult result, const char *symbol, std::string_view what);

  void noteRelease(DriverResult result, const char *symbol);

  DriverTable table_;
  Status lost_;
  bool hasReleaseFailed_ = false;
};

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_DRIVER_H
