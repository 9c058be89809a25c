//===- PrintCode.cpp - The assembly of kernels, for lit tests -------------===//
//
// g4-print-code FILE TARGET: prints the assembly (PTX for NVIDIA) of the
// g4t.kernels of FILE. Exits with 1 if a kernel cannot be lowered, 2 on wrong
// usage.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/CpuCompiler.h"
#include "codegen/cpu/CpuLowering.h"
#include "codegen/cuda/PtxCompiler.h"
#include "codegen/gpu/GpuLowering.h"
#include "codegen/hip/HsacoCompiler.h"

#include "llvm/Support/raw_ostream.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Parser/Parser.h"

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using namespace mlir;
using Text = llvm::Expected<std::string>;

/// The kernels of `source` in one GPU module.
FailureOr<gpu::GPUModuleOp> lowerToGpu(ModuleOp source, GpuVendor vendor,
                                       int64_t warpSize) {
  OpBuilder b = OpBuilder::atBlockEnd(source.getBody());
  auto kernels = llvm::to_vector(source.getOps<tile::KernelOp>());
  auto module = gpu::GPUModuleOp::create(b, source.getLoc(), "kernels");
  for (tile::KernelOp kernel : kernels)
    if (failed(lowerKernelToGpu(kernel, vendor, warpSize, module)))
      return failure();
  return module;
}

Text nvidiaCode(ModuleOp source, const NvidiaTarget &target) {
  auto module = lowerToGpu(source, GpuVendor::Nvidia, 32);
  if (failed(module))
    return llvm::createStringError("no code");
  return compileToPtx(*module, target);
}

Text amdCode(ModuleOp source, const AmdTarget &target) {
  auto module = lowerToGpu(source, GpuVendor::Amd, target.warpSize);
  if (failed(module))
    return llvm::createStringError("no code");
  return compileToGcn(*module, target);
}

Text cpuCode(ModuleOp source, const CpuTarget &target) {
  OwningOpRef<ModuleOp> lowered = ModuleOp::create(source.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(lowered->getBody());
  for (auto kernel : source.getOps<tile::KernelOp>())
    if (failed(lowerKernelToCpu(kernel, target, b)))
      return llvm::createStringError("no code");
  if (failed(lowerCpuModuleToLlvm(*lowered, target)))
    return llvm::createStringError("no code");
  return compileToAssembly(*lowered, target);
}

Text codeFor(ModuleOp source, const std::string &name) {
  for (const NvidiaTarget &target : allNvidiaTargets())
    if (name == target.name)
      return nvidiaCode(source, target);
  for (const AmdTarget &target : allAmdTargets())
    if (name == target.name)
      return amdCode(source, target);
  if (const CpuTarget *target = findCpuTarget(name))
    return cpuCode(source, *target);
  return llvm::createStringError("no target " + name);
}

int run(const char *file, const char *target) {
  auto context = makeKernelContext();
  context->loadDialect<ROCDL::ROCDLDialect>();
  auto source = parseSourceFile<ModuleOp>(file, context.get());
  if (!source)
    return 1;
  Text code = codeFor(*source, target);
  if (!code) {
    llvm::errs() << "g4-print-code: " << llvm::toString(code.takeError())
                 << "\n";
    return 1;
  }
  llvm::outs() << *code;
  return 0;
}

} // namespace
} // namespace g4

int main(int argc, char **argv) {
  if (argc == 3)
    return g4::run(argv[1], argv[2]);
  llvm::errs() << "usage: g4-print-code FILE TARGET\n";
  return 2;
}
