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
    auto [before, entry] = line.split("Compiling entry function '");
    if (!entry.empty())
      current = &kernels[entry.split('\'').first];
    if (!current)
      continue;
    if (int64_t registers = numberBefore(line, "registers"))
      current->registers = registers;
    if (!line.contains("bytes stack frame"))
      continue;
    current->stackBytes = numberBefore(line, "bytes stack frame");
    current->spillBytes = std::max(numberBefore(line, "bytes spill stores"),
                                   numberBefore(line, "bytes spill loads"));
  }
  return kernels;
}

} // namespace g4
