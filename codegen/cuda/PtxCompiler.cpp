//===- PtxCompiler.cpp - GPU functions to PTX -----------------------------===//

#include "codegen/cuda/PtxCompiler.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Instructions.h"
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

/// Whether the threads of a block meet in a round of the loop.
static bool hasBarrier(const llvm::Loop &loop) {
  for (const llvm::BasicBlock *block : loop.blocks())
    for (const llvm::Instruction &instruction : *block)
      if (auto *call = llvm::dyn_cast<llvm::CallInst>(&instruction))
        if (const llvm::Function *callee = call->getCalledFunction();
            callee && callee->getName().starts_with("llvm.nvvm.barrier"))
          return true;
  return false;
}

// A loop whose rounds end in a barrier gains nothing by being unrolled, and the
// assembler does it at the price of spills: a staged linear over 8,192 of depth
// takes 255 registers and 184 bytes of spills on sm_80 instead of 126
// registers.
static void keepLoopsOfBarriers(llvm::Module &module) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    llvm::DominatorTree dominators(function);
    llvm::LoopInfo loops(dominators);
    for (llvm::Loop *loop : loops.getLoopsInPreorder())
      if (hasBarrier(*loop))
        loop->setLoopAlreadyUnrolled();
  }
}

// LLVM knows of ldmatrix that all lanes of a warp come to it, and not of mma:
// it might sink one to where only some lanes want the result.
static void keepLanesTogether(llvm::Module &module) {
  for (llvm::Function &function : module) {
    if (!function.getName().starts_with("llvm.nvvm.mma."))
      continue;
    for (llvm::User *user : function.users())
      llvm::cast<llvm::CallInst>(user)->setConvergent();
  }
}

void optimizeForPtx(DeviceModule &device) {
  keepLanesTogether(*device.module);
  optimizeModule(*device.module, *device.machine);
  keepLoopsOfBarriers(*device.module);
}

llvm::Expected<std::string> printPtx(DeviceModule &device) {
  return emitMachineCode(*device.module, *device.machine,
                         llvm::CodeGenFileType::AssemblyFile);
}

llvm::Expected<std::string> compileToPtx(gpu::GPUModuleOp module,
                                         const NvidiaTarget &target) {
  auto device = lowerToDevice(module, target);
  if (!device)
    return device.takeError();
  optimizeForPtx(*device);
  return printPtx(*device);
}

} // namespace g4
