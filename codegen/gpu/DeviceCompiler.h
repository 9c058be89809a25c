//===- DeviceCompiler.h - GPU functions to LLVM and device code -*- C++ -*-===//

#ifndef G4_CODEGEN_GPU_DEVICECOMPILER_H
#define G4_CODEGEN_GPU_DEVICECOMPILER_H

#include "codegen/common/MachineCode.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <memory>
#include <string>

namespace g4 {

/// makeTargetMachine for any target that LLVM has.
/// Errors: LLVM was built without the target.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeDeviceMachine(const MachineSpec &machine);

/// Runs the passes that NVIDIA and AMD share before and after the conversion of
/// the gpu dialect, which `addConversion` adds. Errors are reported on the ops.
mlir::LogicalResult lowerDeviceModule(
    mlir::gpu::GPUModuleOp module,
    llvm::function_ref<void(mlir::OpPassManager &)> addConversion);

/// The module as optimised LLVM IR for `machine`.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateDeviceModule(mlir::gpu::GPUModuleOp module, llvm::LLVMContext &context,
                      llvm::TargetMachine &machine);

} // namespace g4

#endif // G4_CODEGEN_GPU_DEVICECOMPILER_H
