//===- HipDriver.cpp - The functions of ROCm's HIP runtime ----------------===//

#include "runtime/device/hip/HipDriver.h"

namespace g4rt::hip {

static_assert(sizeof(DeviceProperties) == 4096);

// hipError: Deinitialized, PriorLaunchFailure, ECCNotCorrectable,
// IllegalAddress, LaunchTimeOut, ContextIsDestroyed, Assert, LaunchFailure,
// Unknown, RuntimeMemory, RuntimeOther.
static constexpr gpu::DriverResult kSticky[] = {4,   53,  214, 700,  702, 709,
                                                710, 719, 999, 1052, 1053};

// Of the image FatBinaryInfo::AddDevProgram() makes no copy (hip_fatbin.cpp).
constinit const gpu::DriverFacts kHipFacts = {.api = "HIP",
                                              .kind = "hip",
                                              .sticky = kSticky,
                                              .busy = {},
                                              .hasLoadLog = false,
                                              .keepsImage = true};

std::span<const char *const> libraryNames() {
  static constexpr const char *kNames[] = {"libamdhip64.so.7",
                                           "libamdhip64.so.6",
                                           "libamdhip64.so",
                                           "libamdhip64.so.5",
                                           "/opt/rocm/lib/libamdhip64.so.7",
                                           "/opt/rocm/lib/libamdhip64.so.6",
                                           "/opt/rocm/lib/libamdhip64.so",
                                           "/opt/rocm/lib/libamdhip64.so.5"};
  return kNames;
}

std::string driverVersionText(int version) {
  return std::to_string(version / 10000000) + "." +
         std::to_string(version % 10000000 / 100000);
}

Result<HipTable> findFunctions(const gpu::SymbolFinder &find) {
  G4RT_ASSIGN(int version,
              gpu::askVersion(kHipFacts, find, "hipDriverGetVersion"));
  std::string least = driverVersionText(G4_HIP_DRIVER_VERSION);
  if (version < G4_HIP_DRIVER_VERSION)
    return gpu::noDriver(
        kHipFacts, "this one is HIP " + driverVersionText(version) + ", HIP " +
                       least + " (ROCm " + least + ") or newer is needed");
  HipTable table;
#define G4_HIP_FIND(member, symbol, ...)                                       \
  G4RT_TRY(gpu::findFunction(kHipFacts, find, #symbol, table.member));
  G4_HIP_SHARED_FUNCTIONS(G4_HIP_FIND)
  G4_HIP_OWN_FUNCTIONS(G4_HIP_FIND)
#undef G4_HIP_FIND
  return table;
}

Result<HipTable> loadDriver(std::span<const char *const> names) {
  G4RT_ASSIGN(gpu::SymbolFinder find, gpu::openDriver(kHipFacts, names));
  return findFunctions(find);
}

} // namespace g4rt::hip
