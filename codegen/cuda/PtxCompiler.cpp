//===- PtxCompiler.cpp - GPU functions to PTX -----------------------------===//

#include "codegen/cuda/PtxCompiler.h"

#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"

namespace g4 {

using namespace mlir;

llvm::ArrayRef<NvidiaTarget> allNvidiaTargets() {
  // Shared memory: CUDA programming guide, "Technical specifications per
  // compute capability", maximum of a block.
  static const NvidiaTarget targets[] = {
      {"sm120", "sm_120", 99 << 10}, {"sm100", "sm_100", 227 << 10},
      {"sm90", "sm_90", 227 << 10},  {"sm89", "sm_89", 99 << 10},
      {"sm80", "sm_80", 163 << 10},
  };
  return targets;
}

const NvidiaTarget *findNvidiaTarget(llvm::StringRef name) {
  for (const NvidiaTarget &target : allNvidiaTargets())
    if (name == target.name)
      return &target;
  return nullptr;
}

llvm::Expected<DeviceModule> lowerToDevice(gpu::GPUModuleOp module,
                                           const NvidiaTarget &target) {
  auto addConversion = [](OpPassManager &passes) {
    passes.addPass(createConvertGpuOpsToNVVMOps());
    passes.addPass(createConvertNVVMToLLVMPass());
  };
  if (failed(lowerDeviceModule(module, addConversion)))
    return llvm::createStringError("%s: kernels cannot be lowered",
                                   target.name);
  registerNVVMDialectTranslation(*module.getContext());
  return translateDeviceModule(module,
                               {"nvptx64-nvidia-cuda", target.chip, ""});
}

llvm::Expected<std::string> compileToPtx(DeviceModule &device) {
  return compileDeviceModule(device, llvm::CodeGenFileType::AssemblyFile);
}

llvm::Expected<std::string> compileToPtx(gpu::GPUModuleOp module,
                                         const NvidiaTarget &target) {
  auto device = lowerToDevice(module, target);
  if (!device)
    return device.takeError();
  return compileToPtx(*device);
}

} // namespace g4
