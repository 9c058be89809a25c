//===- DeviceCompiler.h - GPU functions to LLVM and device code -*- C++ -*-===//

#ifndef G4_CODEGEN_GPU_DEVICECOMPILER_H
#define G4_CODEGEN_GPU_DEVICECOMPILER_H

#include "codegen/common/MachineCode.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/PassManager.h"

#include <memory>
#include <string>

namespace g4 {

/// Runs the passes that NVIDIA and AMD share before and after the conversion of
/// the gpu dialect, which `addConversion` adds. Errors are reported on the ops.
mlir::LogicalResult lowerDeviceModule(
    mlir::gpu::GPUModuleOp module,
    llvm::function_ref<void(mlir::OpPassManager &)> addConversion);

/// Kernels as LLVM IR for a machine, with all that it needs: it may be compiled
/// on another thread than the one that made it.
struct DeviceModule {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::Module> module;
};

/// The functions of a module that lowerDeviceModule() lowered, not optimised.
/// Errors: LLVM was built without the target.
llvm::Expected<DeviceModule>
translateDeviceModule(mlir::gpu::GPUModuleOp module,
                      const MachineSpec &machine);

/// Optimises with `tuning`, and makes assembly or an object file.
llvm::Expected<std::string>
compileDeviceModule(DeviceModule &device, llvm::CodeGenFileType type,
                    llvm::PipelineTuningOptions tuning);

} // namespace g4

#endif // G4_CODEGEN_GPU_DEVICECOMPILER_H
