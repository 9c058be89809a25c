//===- CudaModule.h - The kernels of a code object on a GPU -----*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CUDA_CUDAMODULE_H
#define G4_RUNTIME_DEVICE_CUDA_CUDAMODULE_H

#include "runtime/device/Device.h"
#include "runtime/device/cuda/Driver.h"
#include "runtime/device/cuda/Gpu.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace g4rt::cuda {

/// A kernel and how its blocks are launched.
struct CudaKernel {
  DriverFunction function = nullptr;
  unsigned threads = 1;      // of a block
  unsigned scratchBytes = 0; // dynamic shared memory of a block
  size_t numParams = 0;
};

class CudaModule final : public KernelModule {
public:
  /// Loads a cubin or PTX and finds the kernels of `code`, in their order.
  /// `driver` outlives the module.
  ///
  /// Errors: DataLoss if the bytes are no code for this GPU and driver (with
  /// the driver's log), lack a kernel, or if one needs more threads or scratch
  /// memory than `gpu` has.
  static Result<std::unique_ptr<CudaModule>>
  load(Driver &driver, const Gpu &gpu, const artifact::CodeObject &code,
       std::span<const std::byte> bytes);
  ~CudaModule() override;

  std::vector<CudaKernel> kernels;

private:
  explicit CudaModule(Driver &driver) : driver_(driver) {}
  Status add(const artifact::Kernel &kernel, const Gpu &gpu);

  Driver &driver_;
  DriverModule module_ = nullptr;
};

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_CUDAMODULE_H
