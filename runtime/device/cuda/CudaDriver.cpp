//===- CudaDriver.cpp - The functions of the CUDA driver ------------------===//

#include "runtime/device/cuda/CudaDriver.h"

namespace g4rt::cuda {

// CUDA_ERROR_*: DEINITIALIZED, ECC_UNCORRECTABLE, NVLINK_UNCORRECTABLE,
// CONTAINED, ILLEGAL_ADDRESS, LAUNCH_TIMEOUT, CONTEXT_IS_DESTROYED, ASSERT,
// HARDWARE_STACK_ERROR, ILLEGAL_INSTRUCTION, MISALIGNED_ADDRESS,
// INVALID_ADDRESS_SPACE, INVALID_PC, LAUNCH_FAILED, TENSOR_MEMORY_LEAK,
// MPS_RPC_FAILURE, MPS_CLIENT_TERMINATED, EXTERNAL_DEVICE, UNKNOWN.
static constexpr gpu::DriverResult kSticky[] = {
    4,   214, 220, 226, 700, 702, 709, 710, 714, 715,
    716, 717, 718, 719, 721, 806, 810, 911, 999};

// CUDA_ERROR_*: DEVICE_UNAVAILABLE, MPS_SERVER_NOT_READY,
// MPS_MAX_CLIENTS_REACHED, MPS_MAX_CONNECTIONS_REACHED.
static constexpr gpu::DriverResult kBusy[] = {kDeviceUnavailable, 807, 808,
                                              809};

constinit const gpu::DriverFacts kCudaFacts = {.api = "CUDA",
                                               .kind = "cuda",
                                               .sticky = kSticky,
                                               .busy = kBusy,
                                               .hasLoadLog = true,
                                               .keepsImage = false};

std::string driverVersionText(int version) {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

Result<CudaTable> findFunctions(const gpu::SymbolFinder &find) {
  G4RT_ASSIGN(int version,
              gpu::askVersion(kCudaFacts, find, "cuDriverGetVersion"));
  if (version < G4_CUDA_DRIVER_VERSION)
    return gpu::noDriver(
        kCudaFacts, "this one is for CUDA " + driverVersionText(version) +
                        ", CUDA " + driverVersionText(G4_CUDA_DRIVER_VERSION) +
                        " or newer is needed");
  CudaTable table;
#define G4_CUDA_FIND(member, symbol, ...)                                      \
  G4RT_TRY(gpu::findFunction(kCudaFacts, find, #symbol, table.member));
  G4_CUDA_SHARED_FUNCTIONS(G4_CUDA_FIND)
  G4_CUDA_OWN_FUNCTIONS(G4_CUDA_FIND)
#undef G4_CUDA_FIND
  return table;
}

Result<CudaTable> loadDriver(const char *path) {
  G4RT_ASSIGN(gpu::SymbolFinder find, gpu::openDriver(kCudaFacts, {&path, 1}));
  return findFunctions(find);
}

} // namespace g4rt::cuda
