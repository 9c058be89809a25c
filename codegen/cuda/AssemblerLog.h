//===- AssemblerLog.h - What ptxas says about kernels -----------*- C++ -*-===//

#ifndef G4_CODEGEN_CUDA_ASSEMBLERLOG_H
#define G4_CODEGEN_CUDA_ASSEMBLERLOG_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace g4 {

/// What a thread of a kernel needs.
struct KernelResources {
  int64_t registers = 0;
  /// Stored for lack of registers, and local memory of any kind.
  int64_t spillBytes = 0, stackBytes = 0;
};

/// Reads a verbose log, which has for each kernel
///
///   ptxas info    : Compiling entry function 'NAME' for 'sm_90'
///   ptxas info    : Function properties for NAME
///       16 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads
///   ptxas info    : Used 40 registers, used 1 barriers, ...
///
/// Lines that are none of these are passed over.
llvm::StringMap<KernelResources> parseAssemblerLog(llvm::StringRef log);

} // namespace g4

#endif // G4_CODEGEN_CUDA_ASSEMBLERLOG_H
