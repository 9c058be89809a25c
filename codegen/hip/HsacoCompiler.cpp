//===- HsacoCompiler.cpp - GPU functions to AMD code objects --------------===//

#include "codegen/hip/HsacoCompiler.h"

#include "codegen/common/LinkSharedObject.h"

#include "mlir/Conversion/GPUToROCDL/GPUToROCDLPass.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/ROCDL/ROCDLToLLVMIRTranslation.h"

namespace g4 {

using namespace mlir;

llvm::ArrayRef<AmdTarget> allAmdTargets() {
  // LDS of a workgroup: AMD's ISA documents, "Local Data Share". CDNA3 section
  // 11.1, 64 KB; CDNA4 11.1, 160 KB; RDNA3 12.1 and RDNA4 12.1, 64 KB of the
  // 128 KB of a workgroup processor.
  static const AmdTarget targets[] = {
      {"gfx950", 64, 160 << 10, "mfma_16x16x32"},
      {"gfx942", 64, 64 << 10, "mfma_16x16x16"},
      {"gfx90a", 64, 64 << 10, "mfma_16x16x16"},
      {"gfx1201", 32, 64 << 10, "wmma_16x16x16_gfx12"},
      {"gfx1151", 32, 64 << 10, "wmma_16x16x16_gfx11"},
      {"gfx1100", 32, 64 << 10, "wmma_16x16x16_gfx11"},
  };
  return targets;
}

const AmdTarget *findAmdTarget(llvm::StringRef name) {
  for (const AmdTarget &target : allAmdTargets())
    if (name == target.name)
      return &target;
  return nullptr;
}

/// What the loader wants to know that no op says.
static void setKernelAttributes(llvm::Module &module) {
  for (llvm::Function &function : module)
    if (function.getCallingConv() == llvm::CallingConv::AMDGPU_KERNEL)
      function.addFnAttr("uniform-work-group-size", "true");
  // Code object version 5: what ROCm loads since 2022.
  module.addModuleFlag(llvm::Module::Error, "amdhsa_code_object_version", 500);
}

llvm::Expected<DeviceModule> lowerToDevice(gpu::GPUModuleOp module,
                                           const AmdTarget &target) {
  auto addConversion = [&](OpPassManager &passes) {
    ConvertGpuOpsToROCDLOpsOptions options;
    options.chipset = target.name;
    options.runtime = gpu::amd::Runtime::HIP;
    passes.addPass(createConvertGpuOpsToROCDLOps(options));
  };
  if (failed(lowerDeviceModule(module, addConversion)))
    return llvm::createStringError("%s: kernels cannot be lowered",
                                   target.name);
  registerROCDLDialectTranslation(*module.getContext());
  // RDNA runs wavefronts of either size; CDNA has no such feature.
  const char *features = target.warpSize == 32 ? "+wavefrontsize32" : "";
  auto device = translateDeviceModule(
      module, {"amdgcn-amd-amdhsa", target.name, features});
  if (device)
    setKernelAttributes(*device->module);
  return device;
}

// Kernels unroll what is worth it. LLVM unrolls loops over LDS much further and
// then loads for all rounds at once: gfx1100 has 1,500 registers too few for a
// linear of 8,192 columns.
llvm::PipelineTuningOptions amdTuning() {
  llvm::PipelineTuningOptions options;
  options.LoopUnrolling = false;
  return options;
}

llvm::Expected<std::string> compileToGcn(gpu::GPUModuleOp module,
                                         const AmdTarget &target) {
  auto device = lowerToDevice(module, target);
  if (!device)
    return device.takeError();
  return compileDeviceModule(*device, llvm::CodeGenFileType::AssemblyFile,
                             amdTuning());
}

llvm::Expected<std::string> compileToHsaco(gpu::GPUModuleOp module,
                                           const AmdTarget &target) {
  auto device = lowerToDevice(module, target);
  if (!device)
    return device.takeError();
  auto object = compileDeviceModule(*device, llvm::CodeGenFileType::ObjectFile,
                                    amdTuning());
  if (!object)
    return object.takeError();
  return linkSharedObject(*object);
}

} // namespace g4
