//===- PtxCompiler.cpp - GPU functions to PTX -----------------------------===//

#include "codegen/cuda/PtxCompiler.h"

#include "codegen/gpu/DeviceCompiler.h"

#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"

namespace g4 {

using namespace mlir;

llvm::ArrayRef<NvidiaTarget> allNvidiaTargets() {
  static const NvidiaTarget targets[] = {
      {"sm80", "sm_80"}, {"sm89", "sm_89"}, {"sm90", "sm_90a"}};
  return targets;
}

llvm::Expected<std::string> compileToPtx(gpu::GPUModuleOp module,
                                         const NvidiaTarget &target) {
  auto addConversion = [](OpPassManager &passes) {
    passes.addPass(createConvertGpuOpsToNVVMOps());
    passes.addPass(createConvertNVVMToLLVMPass());
  };
  if (failed(lowerDeviceModule(module, addConversion)))
    return llvm::createStringError("%s: kernels cannot be lowered",
                                   target.name);
  auto machine = makeDeviceMachine({"nvptx64-nvidia-cuda", target.chip, ""});
  if (!machine)
    return machine.takeError();
  registerNVVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  auto llvmModule = translateDeviceModule(module, context, **machine);
  if (!llvmModule)
    return llvmModule.takeError();
  return emitMachineCode(**llvmModule, **machine,
                         llvm::CodeGenFileType::AssemblyFile);
}

} // namespace g4
