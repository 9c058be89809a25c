//===- CpuCompiler.cpp - Kernels to native code ---------------------------===//

#include "codegen/cpu/CpuCompiler.h"

#include "codegen/common/MachineCode.h"
#include "codegen/common/Passes.h"

#include "llvm/Support/TargetSelect.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"

#include <memory>

namespace g4 {

using namespace mlir;

LogicalResult lowerCpuModuleToLlvm(ModuleOp module, const CpuTarget &target) {
  PassManager passes(module.getContext());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createExpandMathPass());
  // Without the instruction LLVM calls a function for each conversion to bf16.
  if (!target.hasBf16Dot) {
    passes.addPass(arith::createArithExpandOpsPass({.includeBf16 = true}));
    passes.addPass(createBf16AsBitsPass());
  }
  passes.addPass(createCSEPass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createConvertIndexToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  return passes.run(module);
}

static void initializeX86() {
  static const bool initialized = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    return true;
  }();
  (void)initialized;
}

static void setFunctionAttributes(llvm::Module &module,
                                  const CpuTarget &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.llvmCpu);
    if (!target.llvmFeatures.empty())
      function.addFnAttr("target-features", target.llvmFeatures);
    function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

static llvm::Expected<std::string>
emitFile(ModuleOp module, const CpuTarget &target, llvm::CodeGenFileType type) {
  initializeX86();
  auto machine = makeTargetMachine(
      {"x86_64-unknown-linux-gnu", target.llvmCpu, target.llvmFeatures});
  if (!machine)
    return machine.takeError();
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(module, context, "g4");
  if (!llvmModule)
    return llvm::createStringError("translating kernels to LLVM IR");
  llvmModule->setTargetTriple((*machine)->getTargetTriple());
  llvmModule->setDataLayout((*machine)->createDataLayout());
  setFunctionAttributes(*llvmModule, target);
  llvm::PipelineTuningOptions tuning;
  // The kernels are vectors already; what is left is scalar bookkeeping.
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  optimizeModule(*llvmModule, **machine, tuning);
  return emitMachineCode(*llvmModule, **machine, type);
}

llvm::Expected<std::string> compileToObject(ModuleOp module,
                                            const CpuTarget &target) {
  return emitFile(module, target, llvm::CodeGenFileType::ObjectFile);
}

llvm::Expected<std::string> compileToAssembly(ModuleOp module,
                                              const CpuTarget &target) {
  return emitFile(module, target, llvm::CodeGenFileType::AssemblyFile);
}

} // namespace g4
