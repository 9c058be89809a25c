//===- GpuKernels.cpp - All kernels of a target in a GPU module -----------===//

#include "codegen/gpu/GpuKernels.h"

namespace g4 {

using namespace mlir;

static llvm::Error checkScratch(const KernelCode::Entry &entry,
                                tile::TargetAttr target) {
  if (entry.scratchBytes <= target.getScratchBytes())
    return llvm::Error::success();
  return llvm::createStringError(
      "@%s: %lld bytes of shared memory, a block has at most %lld on %s",
      entry.symbol.c_str(), static_cast<long long>(entry.scratchBytes),
      static_cast<long long>(target.getScratchBytes()),
      target.getName().str().c_str());
}

static llvm::Expected<KernelCode::Entry> lowerOne(tile::KernelOp kernel,
                                                  GpuVendor vendor,
                                                  tile::TargetAttr target,
                                                  gpu::GPUModuleOp into) {
  std::string symbol = kernel.getSymName().str();
  if (failed(lowerKernelToGpu(kernel, vendor, target.getWarpSize(), into)))
    return llvm::createStringError("@%s: no code for %s", symbol.c_str(),
                                   target.getName().str().c_str());
  auto function = into.lookupSymbol<gpu::GPUFuncOp>(symbol);
  KernelCode::Entry entry{.symbol = symbol,
                          .threads = int64_t(kernel.getThreads())};
  entry.scratchBytes =
      function->getAttrOfType<IntegerAttr>(kScratchBytes).getInt();
  if (llvm::Error error = checkScratch(entry, target))
    return std::move(error);
  return entry;
}

llvm::Expected<std::vector<KernelCode::Entry>>
lowerKernelsToGpu(ModuleOp module, GpuVendor vendor, tile::TargetAttr target,
                  gpu::GPUModuleOp into) {
  std::vector<KernelCode::Entry> entries;
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    auto entry = lowerOne(kernel, vendor, target, into);
    if (!entry)
      return entry.takeError();
    entries.push_back(std::move(*entry));
  }
  return entries;
}

std::string spillWarning(const KernelCode::Entry &entry,
                         const std::string &target) {
  return "@" + entry.symbol + ": " + std::to_string(entry.spillBytes) +
         " bytes of local memory a thread on " + target +
         ", for lack of registers";
}

} // namespace g4
