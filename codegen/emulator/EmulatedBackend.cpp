//===- EmulatedBackend.cpp - GPU kernels as code for this CPU -------------===//

#include "codegen/emulator/EmulatedBackend.h"

#include "codegen/common/LinkSharedObject.h"
#include "codegen/cpu/CpuCompiler.h"
#include "codegen/emulator/Emulate.h"
#include "codegen/emulator/EmulatedCode.h"
#include "codegen/gpu/GpuKernels.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace g4 {

using namespace mlir;

namespace {

class EmulatedBackend final : public KernelBackend {
public:
  explicit EmulatedBackend(std::unique_ptr<KernelBackend> gpu)
      : gpu_(std::move(gpu)) {}

  llvm::StringRef name() const override { return gpu_->name(); }
  tile::TargetAttr describe(MLIRContext *context) const override {
    return gpu_->describe(context);
  }
  llvm::Expected<KernelCode> emit(ModuleOp module) const override;

private:
  std::unique_ptr<KernelBackend> gpu_;
};

} // namespace

static void loadDialects(MLIRContext &context) {
  context
      .loadDialect<func::FuncDialect, gpu::GPUDialect, LLVM::LLVMDialect,
                   NVVM::NVVMDialect, scf::SCFDialect, vector::VectorDialect>();
}

/// The 90 of the feature "sm_90" or "compute_90", the 0x942 of "gfx942"; 0 if
/// there is none.
static int64_t capabilityOf(tile::TargetAttr target) {
  for (StringAttr feature : target.getFeatures()) {
    int64_t capability = 0;
    StringRef chip = feature.getValue();
    if (chip.consume_front("gfx") && !chip.getAsInteger(16, capability))
      return capability;
    if (!feature.getValue().rsplit('_').second.getAsInteger(10, capability))
      return capability;
  }
  return 0;
}

static EmulatedInfo infoOf(gpu::GPUFuncOp function, tile::TargetAttr target) {
  EmulatedInfo info{
      .threads = (*function.getKnownBlockSize())[0],
      .warpSize = target.getWarpSize(),
      .scratchBytes =
          function->getAttrOfType<IntegerAttr>(kScratchBytes).getInt(),
      .numParams = static_cast<int64_t>(function.getNumArguments()),
      .addressParams = 0};
  for (BlockArgument argument : function.getArguments())
    if (isa<LLVM::LLVMPointerType>(argument.getType()))
      info.addressParams |= int64_t{1} << argument.getArgNumber();
  return info;
}

/// Behind the lowering to LLVM, which takes functions alone.
static void addNumbers(ModuleOp host, const llvm::Twine &name,
                       ArrayRef<int64_t> numbers) {
  OpBuilder b = OpBuilder::atBlockEnd(host.getBody());
  auto count = static_cast<int64_t>(numbers.size());
  Type i64 = b.getI64Type();
  LLVM::GlobalOp::create(
      b, host.getLoc(), LLVM::LLVMArrayType::get(i64, count),
      /*isConstant=*/true, LLVM::Linkage::External, name.str(),
      DenseElementsAttr::get(RankedTensorType::get({count}, i64), numbers));
}

static void addInfo(ModuleOp host, StringRef kernel, const EmulatedInfo &info) {
  addNumbers(host, kEmulatedInfoPrefix + kernel,
             {info.threads, info.warpSize, info.scratchBytes, info.numParams,
              info.addressParams});
}

static llvm::Expected<std::string>
compileOnHost(ModuleOp host, llvm::ArrayRef<EmulatedInfo> infos,
              const KernelCode &code, int64_t capability) {
  const CpuTarget &target = *findCpuTarget("x86-64-v3");
  if (failed(lowerCpuModuleToLlvm(host, target)))
    return llvm::createStringError("lowering emulated kernels to LLVM");
  for (auto [entry, info] : llvm::zip_equal(code.kernels, infos))
    addInfo(host, entry.symbol, info);
  addNumbers(host, kEmulatedCapability, capability);
  auto object = compileToObject(host, target);
  if (!object)
    return object.takeError();
  return linkSharedObject(*object);
}

llvm::Expected<KernelCode> EmulatedBackend::emit(ModuleOp module) const {
  MLIRContext *context = module.getContext();
  loadDialects(*context);
  tile::TargetAttr target = describe(context);
  OwningOpRef<ModuleOp> device = ModuleOp::create(module.getLoc());
  OwningOpRef<ModuleOp> host = ModuleOp::create(module.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(device->getBody());
  auto functions = gpu::GPUModuleOp::create(b, module.getLoc(), "kernels");
  bool isAmd = target.getDevice() == "hip";
  auto entries = lowerKernelsToGpu(
      module, isAmd ? GpuVendor::Amd : GpuVendor::Nvidia, target, functions);
  if (!entries)
    return entries.takeError();
  KernelCode code;
  code.format = isAmd ? "hsaco" : "cubin";
  code.kernels = std::move(*entries);
  SmallVector<EmulatedInfo> infos;
  for (auto function : functions.getOps<gpu::GPUFuncOp>())
    infos.push_back(infoOf(function, target));
  if (failed(emulateOnHost(functions, *host,
                           findMatrixIntrinsic(target.getIntrinsic().str()))))
    return llvm::createStringError("kernels of %s cannot be emulated",
                                   name().str().c_str());
  auto binary = compileOnHost(*host, infos, code, capabilityOf(target));
  if (!binary)
    return binary.takeError();
  code.binary = std::move(*binary);
  return code;
}

std::unique_ptr<KernelBackend>
createEmulatedBackend(std::unique_ptr<KernelBackend> gpu) {
  return std::make_unique<EmulatedBackend>(std::move(gpu));
}

} // namespace g4
