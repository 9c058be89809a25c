//===- CodeModule.h - The kernels of a code object on a GPU -----*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_GPU_CODEMODULE_H
#define G4_RUNTIME_DEVICE_GPU_CODEMODULE_H

#include "runtime/device/Device.h"
#include "runtime/device/gpu/Driver.h"
#include "runtime/device/gpu/Gpu.h"
#include "runtime/device/gpu/Platform.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace g4rt::gpu {

/// A kernel and how its blocks are launched.
struct GpuKernel {
  DriverFunctionHandle function = nullptr;
  unsigned threads = 1;      // of a block
  unsigned scratchBytes = 0; // dynamic shared memory of a block
  size_t numParams = 0;
};

class CodeModule final : public KernelModule {
public:
  /// Loads the code and finds the kernels of `code`, in their order. `driver`
  /// outlives the module.
  ///
  /// Errors: DataLoss if the bytes are no code for this GPU and driver (with
  /// the driver's log where it writes one), lack a kernel, or if one needs more
  /// threads or scratch memory than `gpu` has.
  static Result<std::unique_ptr<CodeModule>>
  load(Driver &driver, const Gpu &gpu, Platform &platform,
       const artifact::CodeObject &code, std::span<const std::byte> bytes);
  ~CodeModule() override;

  std::vector<GpuKernel> kernels;

private:
  explicit CodeModule(Driver &driver) : driver_(driver) {}
  Status loadImage(const void *image);
  Result<GpuKernel> find(const artifact::Kernel &kernel);
  Status add(const artifact::Kernel &kernel, const Gpu &gpu,
             Platform &platform);

  Driver &driver_;
  DriverModule module_ = nullptr;
  std::string image_; // where the driver needs it
};

/// "loading GPU code: " and what is wrong with it, DataLoss.
Status wrongCode(const std::string &what);

/// Whether an ELF file is whole: a driver reads to where the file's head says
/// that it ends. `noun` is what it should be, "cubin". Errors: DataLoss.
Status checkElf(std::span<const std::byte> bytes, const std::string &noun);

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_CODEMODULE_H
