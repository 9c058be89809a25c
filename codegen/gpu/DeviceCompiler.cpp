//===- DeviceCompiler.cpp - GPU functions to LLVM and device code ---------===//

#include "codegen/gpu/DeviceCompiler.h"

#include "codegen/common/Passes.h"

#include "llvm/Support/TargetSelect.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"

namespace g4 {

using namespace mlir;

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
makeDeviceMachine(const MachineSpec &machine) {
  llvm::InitializeAllTargetInfos();
  llvm::InitializeAllTargets();
  llvm::InitializeAllTargetMCs();
  llvm::InitializeAllAsmPrinters();
  return makeTargetMachine(machine);
}

/// How the passes lower the dialects that a kernel is made of.
static void registerLowerings(MLIRContext *context) {
  DialectRegistry registry;
  arith::registerConvertArithToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerConvertMathToLLVMInterface(registry);
  vector::registerConvertVectorToLLVMInterface(registry);
  context->appendDialectRegistry(registry);
}

/// The conversions of the gpu dialect turn a square root into a call of a
/// device library; as an intrinsic the back ends select it.
static void useSquareRootIntrinsic(gpu::GPUModuleOp module) {
  module.walk([](math::SqrtOp op) {
    OpBuilder b(op);
    auto intrinsic = LLVM::CallIntrinsicOp::create(b, op.getLoc(), op.getType(),
                                                   b.getStringAttr("llvm.sqrt"),
                                                   ValueRange{op.getOperand()});
    op.replaceAllUsesWith(intrinsic.getResult(0));
    op.erase();
  });
}

LogicalResult
lowerDeviceModule(gpu::GPUModuleOp module,
                  llvm::function_ref<void(OpPassManager &)> addConversion) {
  registerLowerings(module.getContext());
  StringRef anchor = gpu::GPUModuleOp::getOperationName();
  PassManager expansion(module.getContext(), anchor);
  expansion.addPass(createCanonicalizerPass());
  expansion.addPass(createCSEPass());
  expansion.addPass(createExpandMathPass());
  expansion.addPass(createCSEPass());
  if (failed(expansion.run(module)))
    return failure();
  useSquareRootIntrinsic(module);
  PassManager passes(module.getContext(), anchor);
  passes.addPass(createSCFToControlFlowPass());
  // Before the gpu dialect, whose conversion would call device libraries.
  passes.addPass(createConvertMathToLLVMPass());
  addConversion(passes);
  passes.addPass(createConvertToLLVMPass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  return passes.run(module);
}

llvm::Expected<DeviceModule> translateDeviceModule(gpu::GPUModuleOp module,
                                                   const MachineSpec &spec) {
  auto machine = makeDeviceMachine(spec);
  if (!machine)
    return machine.takeError();
  registerBuiltinDialectTranslation(*module.getContext());
  registerGPUDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  DeviceModule device{std::make_unique<llvm::LLVMContext>(),
                      std::move(*machine), nullptr};
  device.module =
      translateModuleToLLVMIR(module, *device.context, module.getName());
  if (!device.module)
    return llvm::createStringError("translating kernels to LLVM IR");
  device.module->setTargetTriple(device.machine->getTargetTriple());
  device.module->setDataLayout(device.machine->createDataLayout());
  return device;
}

llvm::Expected<std::string>
compileDeviceModule(DeviceModule &device, llvm::CodeGenFileType type,
                    llvm::PipelineTuningOptions tuning) {
  optimizeModule(*device.module, *device.machine, tuning);
  return emitMachineCode(*device.module, *device.machine, type);
}

} // namespace g4
