//===- Everywhere.cpp - A kernel in all its readings ----------------------===//

#include "test/codegen/Everywhere.h"

#include "gtest/gtest.h"

namespace g4 {

using namespace mlir;

static KernelCase caseOf(const RowKernel &kernel, bool onGpu) {
  return {.name = kernel.name,
          .build =
              [&kernel, onGpu](OpBuilder &b) {
                TileConfig tile;
                if (onGpu)
                  tile = {.layout =
                              tile::BlockedAttr::get(b.getContext(), 1, 128, 2),
                          .threads = 128,
                          .colBlock = 256};
                return kernel.build(b, tile);
              },
          .params = kernel.params,
          .grid = kernel.grid};
}

void expectEverywhere(const RowKernel &kernel, int output,
                      const std::vector<double> &plain, double tolerance) {
  expectEverywhere(kernel, {{output, plain}}, tolerance);
}

void expectEverywhere(const RowKernel &kernel,
                      const std::vector<Expected> &outputs, double tolerance) {
  KernelCase onCpu = caseOf(kernel, /*onGpu=*/false);
  CaseResult meaning = runInterpreted(onCpu, Precision::F64);
  for (const Expected &expected : outputs)
    EXPECT_LE(largestError({expected.content}, {meaning[expected.output]}),
              tolerance)
        << kernel.name << ": the interpreter, parameter " << expected.output;
  for (const CpuTarget &target : allCpuTargets())
    if (&target >= nativeCpuTarget()) {
      EXPECT_LE(largestError(meaning, runOnCpu(onCpu, target)), tolerance)
          << kernel.name << ": " << target.name;
    }
  KernelCase onGpu = caseOf(kernel, /*onGpu=*/true);
  for (auto [vendor, warp] :
       {std::pair(GpuVendor::Nvidia, 32), std::pair(GpuVendor::Amd, 64),
        std::pair(GpuVendor::Amd, 32)})
    EXPECT_LE(largestError(meaning, runEmulated(onGpu, vendor, warp, 17)),
              tolerance)
        << kernel.name << ": emulated, "
        << (vendor == GpuVendor::Amd ? "AMD" : "NVIDIA") << ", warps of "
        << warp;
}

} // namespace g4
