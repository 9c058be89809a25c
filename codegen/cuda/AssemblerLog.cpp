//===- AssemblerLog.cpp - What ptxas says about kernels -------------------===//

#include "codegen/cuda/AssemblerLog.h"

#include "llvm/ADT/SmallVector.h"

#include <algorithm>

namespace g4 {

/// The number right before ` unit`; 0 if the line has none.
static int64_t numberBefore(llvm::StringRef line, llvm::StringRef unit) {
  size_t end = line.find(unit);
  if (end == llvm::StringRef::npos)
    return 0;
  llvm::StringRef head = line.take_front(end).rtrim();
  int64_t value = 0;
  head.take_back(head.size() - head.find_last_not_of("0123456789") - 1)
      .getAsInteger(10, value);
  return value;
}

llvm::StringMap<KernelResources> parseAssemblerLog(llvm::StringRef log) {
  llvm::StringMap<KernelResources> kernels;
  llvm::SmallVector<llvm::StringRef> lines;
  log.split(lines, '\n');
  KernelResources *current = nullptr;
  for (llvm::StringRef line : lines) {
    if (auto name = line.split("Function properties for ").second;
        !name.empty())
      current = &kernels[name.trim("':\r ")];
    if (!current)
      continue;
    auto raise = [&](int64_t &value, llvm::StringRef unit) {
      value = std::max(value, numberBefore(line, unit));
    };
    raise(current->registers, "registers");
    raise(current->stackBytes, "bytes stack frame");
    raise(current->stackBytes, "bytes lmem");
    raise(current->spillBytes, "bytes spill stores");
    raise(current->spillBytes, "bytes spill loads");
  }
  return kernels;
}

} // namespace g4
