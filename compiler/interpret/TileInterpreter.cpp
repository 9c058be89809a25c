//===- TileInterpreter.cpp - Runs a g4t.kernel, slowly --------------------===//

#include "compiler/interpret/TileInterpreter.h"

#include "compiler/interpret/TileItem.h"

namespace g4 {

using namespace mlir;

static llvm::Error runItem(tile::KernelOp kernel,
                           ArrayRef<KernelArgument> arguments, int64_t x,
                           int64_t y, Precision precision) {
  TileItem item(precision);
  for (auto [param, argument] : llvm::zip(kernel.getParams(), arguments)) {
    if (auto *number = std::get_if<int64_t>(&argument))
      item.bind(param, static_cast<double>(*number));
    else
      item.bind(param, std::get<HostArray>(argument));
  }
  item.bind(kernel.getGridX(), static_cast<double>(x));
  item.bind(kernel.getGridY(), static_cast<double>(y));
  item.run(kernel.getBody().front());
  if (item.error())
    return llvm::createStringError(
        "interpreting @%s, item (%lld, %lld): %s",
        kernel.getSymName().str().c_str(), static_cast<long long>(x),
        static_cast<long long>(y), item.error()->c_str());
  return llvm::Error::success();
}

llvm::Error interpretKernel(tile::KernelOp kernel,
                            ArrayRef<KernelArgument> arguments, GridSize grid,
                            Precision precision) {
  if (arguments.size() != kernel.getParams().size())
    return llvm::createStringError(
        "interpreting @%s: %zu arguments, it takes %zu",
        kernel.getSymName().str().c_str(), arguments.size(),
        kernel.getParams().size());
  for (int64_t y = 0; y < grid.y; ++y)
    for (int64_t x = 0; x < grid.x; ++x)
      if (llvm::Error error = runItem(kernel, arguments, x, y, precision))
        return error;
  return llvm::Error::success();
}

} // namespace g4
