//===- HsacoCompiler.cpp - GPU functions to AMD code objects --------------===//

#include "codegen/hip/HsacoCompiler.h"

#include "codegen/common/LinkSharedObject.h"
#include "codegen/gpu/DeviceCompiler.h"

#include "mlir/Conversion/GPUToROCDL/GPUToROCDLPass.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/ROCDL/ROCDLToLLVMIRTranslation.h"

namespace g4 {

using namespace mlir;

llvm::ArrayRef<AmdTarget> allAmdTargets() {
  static const AmdTarget targets[] = {{"gfx942", 64}};
  return targets;
}

/// What the loader wants to know that no op says.
static void setKernelAttributes(llvm::Module &module) {
  for (llvm::Function &function : module)
    if (function.getCallingConv() == llvm::CallingConv::AMDGPU_KERNEL)
      function.addFnAttr("uniform-work-group-size", "true");
  // Code object version 5: what ROCm loads since 2022.
  module.addModuleFlag(llvm::Module::Error, "amdhsa_code_object_version", 500);
}

static llvm::Expected<std::string> compile(gpu::GPUModuleOp module,
                                           const AmdTarget &target,
                                           llvm::CodeGenFileType type) {
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
  auto device =
      translateDeviceModule(module, {"amdgcn-amd-amdhsa", target.name, ""});
  if (!device)
    return device.takeError();
  setKernelAttributes(*device->module);
  return compileDeviceModule(*device, type);
}

llvm::Expected<std::string> compileToGcn(gpu::GPUModuleOp module,
                                         const AmdTarget &target) {
  return compile(module, target, llvm::CodeGenFileType::AssemblyFile);
}

llvm::Expected<std::string> compileToHsaco(gpu::GPUModuleOp module,
                                           const AmdTarget &target) {
  auto object = compile(module, target, llvm::CodeGenFileType::ObjectFile);
  if (!object)
    return object.takeError();
  return linkSharedObject(*object);
}

} // namespace g4
