//===- CudaBackend.cpp - Kernels for NVIDIA GPUs --------------------------===//

#include "codegen/cuda/CudaBackend.h"

#include "codegen/cuda/AssemblerLog.h"
#include "codegen/gpu/CountWork.h"
#include "codegen/gpu/GpuKernels.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace g4 {

using namespace mlir;

std::string featureOf(const NvidiaTarget &target) {
  StringRef number = StringRef(target.chip).drop_front(strlen("sm_"));
  return (canAssemblePtx() ? "sm_" : "compute_") + number.str();
}

namespace {

class CudaBackend final : public KernelBackend {
public:
  explicit CudaBackend(const NvidiaTarget &target) : target_(target) {}

  llvm::StringRef name() const override { return target_.name; }

  tile::TargetAttr describe(MLIRContext *context) const override {
    context->loadDialect<tile::G4TDialect>();
    return tile::TargetAttr::get(
        context, target_.name, "cuda", kWarpSize, target_.scratchBytes,
        StringAttr::get(context, featureOf(target_)), kMma16x8x16);
  }

  llvm::Expected<KernelCode> emit(ModuleOp module) const override {
    auto job = prepare(module);
    if (!job)
      return job.takeError();
    return (*job)();
  }
  llvm::Expected<CodeJob> prepare(ModuleOp module) const override;

private:
  static constexpr int64_t kWarpSize = 32;

  llvm::Expected<KernelCode> assemblyOf(DeviceModule &device,
                                        KernelCode code) const;
  llvm::Error assemble(KernelCode &code) const;

  const NvidiaTarget &target_;
};

} // namespace

/// Makes a cubin of the PTX in `code`, and notes what the kernels need.
llvm::Error CudaBackend::assemble(KernelCode &code) const {
  auto cubin = assemblePtx(code.binary, target_);
  if (!cubin)
    return cubin.takeError();
  code.assembly = std::exchange(code.binary, std::move(cubin->binary));
  code.format = "cubin";
  code.log = std::move(cubin->log);
  llvm::StringMap<KernelResources> found = parseAssemblerLog(code.log);
  for (KernelCode::Entry &entry : code.kernels) {
    const KernelResources &resources = found[entry.symbol];
    entry.registers = resources.registers;
    entry.spillBytes = std::max(resources.spillBytes, resources.stackBytes);
    if (entry.spillBytes > 0)
      code.warnings.push_back(spillWarning(entry, target_.name));
  }
  return llvm::Error::success();
}

llvm::Expected<KernelCode> CudaBackend::assemblyOf(DeviceModule &device,
                                                   KernelCode code) const {
  optimizeForPtx(device);
  countWork(*device.module, kWarpSize, code.kernels);
  auto ptx = printPtx(device);
  if (!ptx)
    return ptx.takeError();
  code.format = "ptx";
  code.binary = std::move(*ptx);
  if (!canAssemblePtx()) {
    code.warnings.push_back(std::string(target_.name) +
                            ": the code stays PTX, which the driver assembles "
                            "at load: this build has no nvJitLink");
    return code;
  }
  if (llvm::Error error = assemble(code))
    return error;
  return code;
}

llvm::Expected<CodeJob> CudaBackend::prepare(ModuleOp module) const {
  module.getContext()
      ->loadDialect<gpu::GPUDialect, LLVM::LLVMDialect, NVVM::NVVMDialect,
                    vector::VectorDialect>();
  OwningOpRef<ModuleOp> lowered = ModuleOp::create(module.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(lowered->getBody());
  auto kernels = gpu::GPUModuleOp::create(b, module.getLoc(), "kernels");
  auto entries = lowerKernelsToGpu(module, GpuVendor::Nvidia,
                                   describe(module.getContext()), kernels);
  if (!entries)
    return entries.takeError();
  KernelCode code;
  code.kernels = std::move(*entries);
  auto device = lowerToDevice(kernels, target_);
  if (!device)
    return device.takeError();
  auto shared = std::make_shared<DeviceModule>(std::move(*device));
  return CodeJob([this, shared, code] { return assemblyOf(*shared, code); });
}

std::unique_ptr<KernelBackend> createCudaBackend(const NvidiaTarget &target) {
  return std::make_unique<CudaBackend>(target);
}

} // namespace g4
