//===- HipBackend.cpp - Kernels for AMD GPUs ------------------------------===//

#include "codegen/hip/HipBackend.h"

#include "codegen/common/LinkSharedObject.h"
#include "codegen/gpu/CountWork.h"
#include "codegen/gpu/GpuKernels.h"
#include "codegen/hip/CodeObjectNotes.h"

#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace g4 {

using namespace mlir;

namespace {

class HipBackend final : public KernelBackend {
public:
  explicit HipBackend(const AmdTarget &target) : target_(target) {}

  llvm::StringRef name() const override { return target_.name; }

  tile::TargetAttr describe(MLIRContext *context) const override {
    context->loadDialect<tile::G4TDialect>();
    return tile::TargetAttr::get(
        context, target_.name, "hip", target_.warpSize, target_.scratchBytes,
        StringAttr::get(context, target_.name), target_.intrinsic);
  }

  llvm::Expected<KernelCode> emit(ModuleOp module) const override;
  llvm::Expected<CodeJob> prepare(ModuleOp module) const override;
  llvm::Error finish(KernelCode &code) const override;

private:
  const AmdTarget &target_;
};

} // namespace

llvm::Expected<KernelCode> HipBackend::emit(ModuleOp module) const {
  auto job = prepare(module);
  if (!job)
    return job.takeError();
  auto code = (*job)();
  if (!code)
    return code.takeError();
  if (llvm::Error error = finish(*code))
    return std::move(error);
  return code;
}

llvm::Expected<CodeJob> HipBackend::prepare(ModuleOp module) const {
  MLIRContext *context = module.getContext();
  context->loadDialect<gpu::GPUDialect, LLVM::LLVMDialect, ROCDL::ROCDLDialect,
                       vector::VectorDialect>();
  OwningOpRef<ModuleOp> lowered = ModuleOp::create(module.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(lowered->getBody());
  auto kernels = gpu::GPUModuleOp::create(b, module.getLoc(), "kernels");
  auto entries =
      lowerKernelsToGpu(module, GpuVendor::Amd, describe(context), kernels);
  if (!entries)
    return entries.takeError();
  auto device = lowerToDevice(kernels, target_);
  if (!device)
    return device.takeError();
  KernelCode code;
  code.format = "hsaco";
  code.kernels = std::move(*entries);
  auto shared = std::make_shared<DeviceModule>(std::move(*device));
  int64_t warpSize = target_.warpSize;
  return CodeJob(
      [shared, code, warpSize]() mutable -> llvm::Expected<KernelCode> {
        optimizeModule(*shared->module, *shared->machine, amdTuning());
        countWork(*shared->module, warpSize, code.kernels);
        auto object = emitMachineCode(*shared->module, *shared->machine,
                                      llvm::CodeGenFileType::ObjectFile);
        if (!object)
          return object.takeError();
        code.binary = std::move(*object);
        return std::move(code);
      });
}

llvm::Error HipBackend::finish(KernelCode &code) const {
  auto linked = linkSharedObject(code.binary);
  if (!linked)
    return linked.takeError();
  code.binary = std::move(*linked);
  auto notes = readCodeObjectNotes(code.binary);
  if (!notes)
    return notes.takeError();
  code.log = std::move(notes->text);
  for (KernelCode::Entry &entry : code.kernels) {
    auto found = notes->kernels.find(entry.symbol);
    if (found == notes->kernels.end())
      return llvm::createStringError("@%s: not in the code object for %s",
                                     entry.symbol.c_str(), target_.name);
    const AmdResources &needs = found->second;
    entry.registers = needs.vgprs;
    entry.spillBytes = needs.scratchBytes;
    if (entry.spillBytes > 0)
      code.warnings.push_back(spillWarning(entry, target_.name));
  }
  return llvm::Error::success();
}

std::unique_ptr<KernelBackend> createHipBackend(const AmdTarget &target) {
  return std::make_unique<HipBackend>(target);
}

} // namespace g4
