//===- DriverLibrary.h - Find the CUDA driver at run time -------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CUDA_DRIVERLIBRARY_H
#define G4_RUNTIME_DEVICE_CUDA_DRIVERLIBRARY_H

#include "runtime/base/Status.h"
#include "runtime/device/cuda/DriverTable.h"

#include <functional>
#include <string>

namespace g4rt::cuda {

/// What a library has under a symbol's name; null if nothing.
using SymbolFinder = std::function<void *(const char *symbol)>;

/// The driver of this machine. The library stays loaded as long as the
/// process: drivers do not like to be unloaded.
///
/// Errors: NotFound if there is no library `path`; those of findFunctions.
Result<DriverTable> loadDriver(const char *path = "libcuda.so.1");

/// The table of what `find` finds, the version asked first: a driver that is
/// too old says so, and not which symbol it lacks.
///
/// Errors: NotFound, with the symbol's name or
/// `CUDA driver: this one is for CUDA 11.4, CUDA 12.0 or newer is needed`.
Result<DriverTable> findFunctions(const SymbolFinder &find);

/// 12080 to "12.8".
std::string driverVersionText(int version);

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_DRIVERLIBRARY_H
