//===- DriverLibrary.cpp - Find a driver at run time ----------------------===//

#include "runtime/device/gpu/DriverLibrary.h"

#include <dlfcn.h>

namespace g4rt::gpu {

Status noDriver(const DriverFacts &facts, const std::string &what) {
  return Status(StatusCode::NotFound,
                std::string(facts.api) + " driver: " + what);
}

/// Whether the loader says that the library itself is not there, rather than
/// one that it needs, or what is wrong with it.
static bool isAbsence(const std::string &error, const std::string &name) {
  return error.starts_with(name + ": cannot open shared object file: No such");
}

Result<SymbolFinder> openDriver(const DriverFacts &facts,
                                std::span<const char *const> names) {
  std::string absence, problem;
  for (const char *name : names) {
    void *library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library)
      return SymbolFinder(
          [library](const char *symbol) { return ::dlsym(library, symbol); });
    std::string error = ::dlerror();
    std::string &kept = isAbsence(error, name) ? absence : problem;
    if (kept.empty())
      kept = error;
  }
  return problem.empty()
             ? noDriver(facts, "none is installed: " + absence)
             : noDriver(facts, "the one that is installed cannot be loaded: " +
                                   problem);
}

Result<int> askVersion(const DriverFacts &facts, const SymbolFinder &find,
                       const char *symbol) {
  auto *getVersion =
      reinterpret_cast<decltype(DriverTable::driverGetVersion.call)>(
          find(symbol));
  if (!getVersion)
    return noDriver(facts, std::string("the library has no ") + symbol);
  int version = 0;
  if (DriverResult result = getVersion(&version); result != kSuccess)
    return noDriver(facts, std::string(symbol) + " says error " +
                               std::to_string(result));
  return version;
}

} // namespace g4rt::gpu
