//===- CpuBackend.cpp - Kernels for x86 processors ------------------------===//

#include "codegen/cpu/CpuBackend.h"

#include "codegen/common/LinkSharedObject.h"
#include "codegen/cpu/CpuCompiler.h"
#include "codegen/cpu/CpuLowering.h"

#include "llvm/Object/ELFObjectFile.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace g4 {

using namespace mlir;

/// Success if the object needs nothing but what any C library has: a function
/// of LLVM's own library would be missing where the code is loaded.
static llvm::Error checkSelfContained(StringRef object) {
  auto file = llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(object, "kernels"));
  if (!file)
    return file.takeError();
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    uint32_t flags = llvm::cantFail(symbol.getFlags());
    StringRef name = llvm::cantFail(symbol.getName());
    bool isMissing = (flags & llvm::object::SymbolRef::SF_Undefined) &&
                     !name.empty() && name != "memcpy" && name != "memset";
    if (isMissing)
      return llvm::createStringError("the kernels need a function %s, which "
                                     "nothing has where they are loaded",
                                     name.str().c_str());
  }
  return llvm::Error::success();
}

namespace {

class CpuBackend final : public KernelBackend {
public:
  explicit CpuBackend(const CpuTarget &target) : target_(target) {}

  llvm::StringRef name() const override { return target_.name; }

  tile::TargetAttr describe(MLIRContext *context) const override {
    context->loadDialect<tile::G4TDialect>();
    SmallVector<StringAttr> features;
    for (const std::string &feature : target_.features)
      features.push_back(StringAttr::get(context, feature));
    return tile::TargetAttr::get(context, target_.name, "cpu", /*warpSize=*/1,
                                 /*scratchBytes=*/int64_t{1} << 20, features);
  }

  llvm::Expected<KernelCode> emit(ModuleOp module) const override {
    MLIRContext *context = module.getContext();
    context->loadDialect<func::FuncDialect, LLVM::LLVMDialect,
                         vector::VectorDialect>();
    OwningOpRef<ModuleOp> lowered = ModuleOp::create(module.getLoc());
    OpBuilder b = OpBuilder::atBlockEnd(lowered->getBody());
    KernelCode code;
    code.format = "elf_shared_object";
    for (auto kernel : module.getOps<tile::KernelOp>()) {
      FailureOr<CpuFunction> function = lowerKernelToCpu(kernel, target_, b);
      if (failed(function))
        return llvm::createStringError("@%s: no code for %s",
                                       kernel.getSymName().str().c_str(),
                                       target_.name.c_str());
      code.kernels.push_back(
          {kernel.getSymName().str(), function->scratchBytes});
    }
    if (failed(lowerCpuModuleToLlvm(*lowered, target_)))
      return llvm::createStringError("lowering kernels for %s",
                                     target_.name.c_str());
    auto object = compileToObject(*lowered, target_);
    if (!object)
      return object.takeError();
    if (llvm::Error error = checkSelfContained(*object))
      return error;
    auto linked = linkSharedObject(*object);
    if (!linked)
      return linked.takeError();
    code.binary = std::move(*linked);
    return code;
  }

private:
  const CpuTarget &target_;
};

} // namespace

std::unique_ptr<KernelBackend> createCpuBackend(const CpuTarget &target) {
  return std::make_unique<CpuBackend>(target);
}

} // namespace g4
