//===- DriverLibrary.h - Find a driver at run time --------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_GPU_DRIVERLIBRARY_H
#define G4_RUNTIME_DEVICE_GPU_DRIVERLIBRARY_H

#include "runtime/base/Status.h"
#include "runtime/device/gpu/DriverTable.h"

#include <functional>
#include <span>
#include <string>

namespace g4rt::gpu {

/// What a library has under a symbol's name; null if nothing.
using SymbolFinder = std::function<void *(const char *symbol)>;

/// "CUDA driver: " and what is wrong with it, NotFound.
Status noDriver(const DriverFacts &facts, const std::string &what);

/// The first of these libraries that can be loaded. It stays loaded as long as
/// the process: drivers do not like to be unloaded.
///
/// Errors: NotFound; of a library that is there and cannot be loaded it says
/// why, else that the first is not there.
Result<SymbolFinder> openDriver(const DriverFacts &facts,
                                std::span<const char *const> names);

/// The version that the driver says to be.
///
/// Errors: NotFound if it has no function `symbol`, or that one fails.
Result<int> askVersion(const DriverFacts &facts, const SymbolFinder &find,
                       const char *symbol);

/// The function of this name. Errors: NotFound.
template <typename Type>
Status findFunction(const DriverFacts &facts, const SymbolFinder &find,
                    const char *symbol, DriverFunction<Type> &function) {
  function = {reinterpret_cast<Type *>(find(symbol)), symbol};
  return function.call
             ? Status()
             : noDriver(facts, std::string("the library has no ") + symbol);
}

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_DRIVERLIBRARY_H
