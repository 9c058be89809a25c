//===- DeviceCompiler.h - GPU functions to LLVM and device code -*- C++ -*-===//

#ifndef G4_CODEGEN_GPU_DEVICECOMPILER_H
#define G4_CODEGEN_GPU_DEVICECOMPILER_H

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <memory>
#include <string>

namespace g4 {

/// Names of LLVM's for a device.
struct DeviceMachine {
  std::string triple; // "nvptx64-nvidia-cuda"
  std::string chip;   // "sm_90a"
  std::string features;
};

/// Errors: LLVM was built without the target.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeDeviceMachine(const DeviceMachine &machine);

/// Runs the passes that NVIDIA and AMD share before and after the conversion of
/// the gpu dialect, which `addConversion` adds. Errors are reported on the ops.
mlir::LogicalResult lowerDeviceModule(
    mlir::gpu::GPUModuleOp module,
    llvm::function_ref<void(mlir::OpPassManager &)> addConversion);

/// The module as optimised LLVM IR for `machine`.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateDeviceModule(mlir::gpu::GPUModuleOp module, llvm::LLVMContext &context,
                      llvm::TargetMachine &machine);

/// Assembly or an object file.
llvm::Expected<std::string> emitDeviceFile(llvm::Module &module,
                                           llvm::TargetMachine &machine,
                                           llvm::CodeGenFileType type);

} // namespace g4

#endif // G4_CODEGEN_GPU_DEVICECOMPILER_H
