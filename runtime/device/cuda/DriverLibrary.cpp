//===- DriverLibrary.cpp - Find the CUDA driver at run time ---------------===//

#include "runtime/device/cuda/DriverLibrary.h"

#include <dlfcn.h>

namespace g4rt::cuda {

static Status noDriver(const std::string &what) {
  return Status(StatusCode::NotFound, "CUDA driver: " + what);
}

std::string driverVersionText(int version) {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

static Status checkVersion(const SymbolFinder &find) {
  auto *getVersion = reinterpret_cast<decltype(DriverTable::driverGetVersion)>(
      find("cuDriverGetVersion"));
  if (!getVersion)
    return noDriver("the library has no cuDriverGetVersion");
  int version = 0;
  if (DriverResult result = getVersion(&version); result != kSuccess)
    return noDriver("cuDriverGetVersion says error " + std::to_string(result));
  if (version >= G4_CUDA_DRIVER_VERSION)
    return Status();
  return noDriver("this one is for CUDA " + driverVersionText(version) +
                  ", CUDA " + driverVersionText(G4_CUDA_DRIVER_VERSION) +
                  " or newer is needed");
}

Result<DriverTable> findFunctions(const SymbolFinder &find) {
  G4RT_TRY(checkVersion(find));
  DriverTable table;
#define G4_CUDA_FIND(member, symbol, parameters)                               \
  table.member = reinterpret_cast<decltype(table.member)>(find(#symbol));      \
  if (!table.member)                                                           \
    return noDriver("the library has no " #symbol);
  G4_CUDA_FUNCTIONS(G4_CUDA_FIND)
#undef G4_CUDA_FIND
  return table;
}

Result<DriverTable> loadDriver(const char *path) {
  void *library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return noDriver(std::string("none is installed: ") + ::dlerror());
  return findFunctions(
      [library](const char *symbol) { return ::dlsym(library, symbol); });
}

} // namespace g4rt::cuda
